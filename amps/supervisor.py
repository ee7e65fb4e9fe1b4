"""Runs one installation on one machine: database, web, worker and schedule. `script/server` starts it.

Each part is a child process in a session of its own, so that Ctrl-C reaches only this process, which then stops the
parts in order. A part that dies is started again; a part whose supervisor is gone ends by itself.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.core.exceptions import ImproperlyConfigured

from amps.embedded import EmbeddedError, EmbeddedServer
from amps.environment import env_choice, env_int, env_secret
from amps.home import data_folder

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15.0
STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One child process that is kept running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = 1.0
    start_after: float = field(default=0.0)

    def start(self) -> None:
        """Start it now."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - the product's own parts
            self.command, cwd=ROOT, env=self.environment, start_new_session=True, preexec_fn=_end_with_parent
        )

    def keep_running(self, now: float, say: Callable[[str], None]) -> None:
        """Start it again when it has died; wait longer each time it dies soon after a start."""
        if self.process is not None and self.process.poll() is not None:
            steady = now - self.started > STEADY_SECONDS
            self.pause = 1.0 if steady else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            say(f"{self.name} ended with {self.process.returncode}; starting it again in {self.pause:.0f} s")
            self.process, self.start_after = None, now + self.pause
        if self.process is None and now >= self.start_after:
            self.start()

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then end it with all its children."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Stop(Exception):
    """Somebody asked this installation to stop."""


def main() -> int:
    """Run until asked to stop; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {text}", flush=True)  # noqa: T201 - what is going on, as it happens

    try:
        return _run(say)
    except Stop:
        return 0
    except (EmbeddedError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the reason why nothing runs
        return 1


def _run(say: Callable[[str], None]) -> int:
    home, port = data_folder(), env_int("PORT", 8000, least=1, most=65535)
    env_choice("AMPS_ENV", ("demo", "production"), "demo")
    with HomeLock(home):
        _refuse_taken_port(port)
        server = None if env_secret("DATABASE_URL") else EmbeddedServer(home)
        parts: list[Part] = []
        try:
            if server:
                say(f"Starting the database in {home}")
                server.start()
            say("Preparing the installation")
            _prepare()
            parts.extend(_parts(port))
            say("Starting web, worker and schedule")
            for part in parts:
                part.start()
            _supervise(parts, port, say)
        finally:
            # A second Ctrl-C does not interrupt the orderly stop.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            if parts:
                say("Stopping")
            _stop_parts(parts)
            if server:
                server.stop()
            say("Stopped")
    return 0


def _prepare() -> None:
    # Not every little step of filling a new database has to reach the disk before the next one; all of them do within
    # a second, in their order. What people enter later is on the disk before they are told so.
    options = f"{os.environ.get('PGOPTIONS', '')} -c synchronous_commit=off".strip()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env={**os.environ, "PGOPTIONS": options},
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    try:
        if process.wait():
            raise EmbeddedError("The installation could not be prepared; the reason stands above.")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _parts(port: int) -> list[Part]:
    environment = {**os.environ, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "amps.settings"}
    celery = [sys.executable, "-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "-A", "amps", "-q"]
    processes = str(env_int("WORKER_PROCESSES", 1, least=1, most=64))
    return [
        Part("web", [sys.executable, "-m", "gunicorn", "-c", "python:amps.gunicorn_conf", "amps.wsgi"], environment),
        Part(
            "worker",
            [*celery, "worker", "--concurrency", processes, "--without-gossip", "--without-mingle", "-l", "INFO"],
            environment,
        ),
        Part("schedule", [*celery, "beat", "--pidfile=", "-l", "INFO"], environment),
    ]


def _supervise(parts: list[Part], port: int, say: Callable[[str], None]) -> None:
    is_announced = False
    while True:
        for part in parts:
            part.keep_running(time.monotonic(), say)
        if not is_announced and _answers(port):
            is_announced = True
            _announce(port, say)
        time.sleep(0.25)


def _announce(port: int, say: Callable[[str], None]) -> None:
    say(f"AMPS is ready: http://localhost:{port}")
    if os.environ.get("AMPS_ENV", "demo") == "demo":
        subprocess.run([sys.executable, "manage.py", "demo_logins"], cwd=ROOT, check=False)
    say("Ctrl-C stops it; the data stays.")


def _answers(port: int) -> bool:
    """Whether the web part answers at all; 503 is an answer, worker and schedule may still be on their way."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False


def _stop_parts(parts: list[Part]) -> None:
    for part in parts:
        part.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for part in parts:
        part.wait_or_kill(deadline)


class HomeLock:
    """Holds the data folder for this process; raises EmbeddedError when another one has it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file: IO[str] | None = None

    def __enter__(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self.file = (self.home / "server.lock").open("a")
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.home} cannot be used: {error.strerror}. Set AMPS_HOME to a folder of your own."
            ) from error
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"AMPS already runs with the data folder {self.home}. "
                "For a second one beside it, set AMPS_HOME and PORT to others."
            ) from None

    def __exit__(self, *args: object) -> None:
        if self.file:
            self.file.close()


def _refuse_taken_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - the address that gunicorn will ask for
        except OSError as error:
            raise EmbeddedError(f"Port {port} cannot be used: {error.strerror}. Set PORT to another.") from error


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
