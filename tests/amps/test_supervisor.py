"""The whole installation as script/server runs it: real database, web, worker and schedule."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from amps.embedded import EmbeddedError, EmbeddedServer
from amps.supervisor import HomeLock, Part
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


@pytest.fixture
def home():
    """A data folder of its own that the database's user can reach."""
    parent = Path(tempfile.mkdtemp(prefix="amps-run-"))
    parent.chmod(0o711)
    yield parent / "home"
    EmbeddedServer(parent / "home").stop()
    shutil.rmtree(parent)


class Run:
    """One running installation."""

    def __init__(self, home, **variables):
        self.port = free_port()
        self.home = home
        environment = {
            "PATH": os.environ["PATH"],
            "AMPS_HOME": str(home),
            "PORT": str(self.port),
            "LOAD_DEMO": "0",
            "WEB_PROCESSES": "1",
            **variables,
        }
        self.log = home.parent / f"log-{self.port}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "amps.supervisor"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def health(self):
        """What /healthz says; "no answer" while the port is silent or the web process can't answer yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
        except OSError:
            text = b""
        try:
            return json.loads(text)
        except ValueError:
            return {"status": "no answer"}

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if condition():
                return
            time.sleep(0.2)
        pytest.fail(f"{what} did not happen:\n{self.log.read_text(errors='replace')}")

    def wait_until_healthy(self):
        self.wait_until(lambda: self.health()["status"] == "ok", "healthy")

    def children(self, word):
        found = []
        for child in psutil.Process(self.process.pid).children():
            try:
                if word in child.cmdline():
                    found.append(child)
            except psutil.NoSuchProcess:  # a zombie is gone, too
                continue
        return found

    def stop(self, number=signal.SIGINT):
        everyone = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        status = self.process.wait(60)
        _gone, alive = psutil.wait_procs(everyone, timeout=10)
        assert alive == []
        return status


@pytest.fixture
def start(home):
    """Start an installation; it is stopped after the test, whatever happened."""
    runs: list[Run] = []

    def start_one(**variables):
        runs.append(Run(home, **variables))
        return runs[-1]

    yield start_one
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)


def test_it_runs_survives_and_stops(home, start):
    run = start()
    run.wait_until_healthy()

    # A worker that is killed comes back.
    [worker] = run.children("worker")
    worker.kill()
    run.wait_until(lambda: any(child.pid != worker.pid for child in run.children("worker")), "a new worker")

    # The broker's folder is deleted: made anew, and tasks travel again.
    shutil.rmtree(home / "broker")
    run.wait_until(lambda: (home / "broker" / "messages").is_dir(), "a new broker folder")
    run.wait_until_healthy()

    assert run.stop() == 0
    assert not EmbeddedServer(home).is_running()
    text = run.log.read_text()
    assert "AMPS is ready" in text
    assert "Traceback" not in text
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", run.port)) != 0


@pytest.mark.redis
def test_with_a_real_redis_and_nothing_left_after_sigterm(home, start, redis_url):
    # Debug serves static files as they are, which saves collecting them a second time.
    run = start(REDIS_URL=redis_url, AMPS_DEBUG="1")
    run.wait_until_healthy()
    assert not (home / "broker").exists()
    assert run.stop(signal.SIGTERM) == 0


def test_one_data_folder_one_installation(home):
    with HomeLock(home), pytest.raises(EmbeddedError, match="already runs with the data folder"):
        HomeLock(home).__enter__()
    with HomeLock(home):
        assert home.is_dir()


def test_a_taken_port_is_named(home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = subprocess.run(
            [sys.executable, "-m", "amps.supervisor"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "AMPS_HOME": str(home), "PORT": str(other.getsockname()[1])},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert "Set PORT to another." in run.stderr
    assert "Traceback" not in run.stderr


def test_a_part_that_keeps_dying_is_started_less_and_less_often():
    said: list[str] = []
    part = Part("worker", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    part.start()
    for pause in (2, 4, 8, 16, 30, 30):
        assert part.process is not None
        part.process.wait(20)
        part.keep_running(time.monotonic(), said.append)
        assert part.process is None
        assert said[-1] == f"worker ended with 3; starting it again in {pause} s"
        part.keep_running(part.start_after, said.append)


def test_a_part_that_does_not_stop_is_killed():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    part = Part("worker", [sys.executable, "-c", code], dict(os.environ))
    part.start()
    assert part.process is not None
    time.sleep(0.5)
    part.ask_to_stop()
    part.wait_or_kill(time.monotonic() + 0.2)
    assert part.process.returncode in {-signal.SIGKILL, -signal.SIGTERM}
