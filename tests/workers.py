"""Real Celery workers on the test database, with a broker folder of their own: to be killed, and followed by others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60


def database_url() -> str:
    """The test database, as a worker's environment names it."""
    used = connection.settings_dict
    host = used["HOST"] or used["OPTIONS"].get("host", "")
    where = f"?host={host}" if str(host).startswith("/") else ""
    address = "" if where else f"{host}:{used['PORT']}" if used["PORT"] else host
    password = f":{used['PASSWORD']}" if used["PASSWORD"] else ""
    return f"postgresql://{used['USER']}{password}@{address}/{used['NAME']}{where}"


class Workers:
    """The workers of one test; `folder` holds their broker, files and logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *, include: str = "", environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start one. `include` is a module with tasks or registrations of the test's own."""
        command = [sys.executable, "-m", "celery", "-A", "amps", "-q", "worker", "--concurrency", "1"]
        with (self.folder / f"log-{len(self.running)}").open("wb") as log:
            process = subprocess.Popen(
                [*command, *(["-I", include] if include else []), "--without-gossip", "--without-mingle"],
                cwd=ROOT,
                env={**self._environment(), "DATABASE_URL": database_url(), **(environment or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End one with its children, so that none of them can do anything about it."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def nudge(self, module: str, task: str) -> None:
        """What a page does: a message in these workers' broker folder."""
        lines = (
            "import django; django.setup()",
            "import amps.celery",
            "from amps.broker import ensure_broker_folders; ensure_broker_folders()",
            f"from {module} import {task}; {task}.delay()",
        )
        subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, env=self._environment(), check=True, timeout=60
        )

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Return when the condition holds; fail with the workers' logs when it does not in time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.1)
        pytest.fail(f"no {what}: " + "\n".join(log.read_text() for log in sorted(self.folder.glob("log-*"))))

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "AMPS_HOME": str(self.folder / "home"),
            "MEDIA_ROOT": str(self.folder / "media"),
            "SECRET_KEY": django_settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "amps.settings",
        }
        environment.pop("REDIS_URL", None)
        return environment


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """No worker yet; whatever is left of them ends with the test."""
    crew = Workers(tmp_path)
    yield crew
    for process in crew.running:
        crew.kill(process)
