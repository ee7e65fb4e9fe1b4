"""A real Celery worker is killed while it makes a document."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from amps.documents import work
from amps.models import Document, DocumentState
from tests.documents.conftest import files
from tests.documents.kinds import HOLD

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def database_url() -> str:
    """The test database, as a worker's environment names it."""
    used = connection.settings_dict
    host = used["HOST"] or used["OPTIONS"].get("host", "")
    where = f"?host={host}" if str(host).startswith("/") else ""
    address = "" if where else f"{host}:{used['PORT']}" if used["PORT"] else host
    password = f":{used['PASSWORD']}" if used["PASSWORD"] else ""
    return f"postgresql://{used['USER']}{password}@{address}/{used['NAME']}{where}"


@pytest.fixture
def start_worker(tmp_path):
    """Start a worker of its own broker folder; whatever is left of it ends with the test."""
    running = []

    def start():
        environment = {
            **os.environ,
            "AMPS_HOME": str(tmp_path / "home"),
            "MEDIA_ROOT": str(tmp_path / "media"),
            "DATABASE_URL": database_url(),
            "SECRET_KEY": django_settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "amps.settings",
            HOLD: str(tmp_path / "hold"),
        }
        environment.pop("REDIS_URL", None)
        command = [sys.executable, "-m", "celery", "-A", "amps", "-q", "worker", "--concurrency", "1"]
        with (tmp_path / f"log-{len(running)}").open("wb") as log:
            process = subprocess.Popen(
                [*command, "-I", "tests.documents.kinds", "--without-gossip", "--without-mingle"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def nudge_worker(folder):
    """What a page does: a message in the worker's own broker folder."""
    lines = (
        "import django; django.setup()",
        "import amps.celery",
        "from amps.broker import ensure_broker_folders; ensure_broker_folders()",
        "from amps.documents.tasks import make; make.delay()",
    )
    environment = {
        **os.environ,
        "AMPS_HOME": str(folder / "home"),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "amps.settings",
    }
    environment.pop("REDIS_URL", None)
    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, env=environment, check=True, timeout=60)


def wait_until(condition, what, folder):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"no {what}: " + "\n".join(log.read_text() for log in sorted(folder.glob("log-*"))))


def test_it_is_made_by_the_next_worker_once_and_whole(ask, start_worker, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    asked = ask()
    first = start_worker()
    nudge_worker(tmp_path)
    wait_until(lambda: list(tmp_path.glob("hold.*")), "document under way", tmp_path)
    assert Document.objects.get().state == DocumentState.WORKING

    os.killpg(first.pid, signal.SIGKILL)
    first.wait(10)
    hold.unlink()
    standing = Document.objects.get()
    assert (standing.state, standing.attempts) == (DocumentState.WORKING, 1)

    # Nobody takes it as long as its worker may only be slow; then the schedule's tick gives it to the next one.
    assert work.requeue_silent(now=timezone.now()) == 0
    late = standing.touched_at + dt.timedelta(seconds=django_settings.DOCUMENT_SILENT_SECONDS + 1)
    assert work.requeue_silent(now=late) == 1
    start_worker()
    nudge_worker(tmp_path)
    wait_until(lambda: Document.objects.get().state == DocumentState.DONE, "document", tmp_path)

    made = Document.objects.get()
    assert (made.pk, made.attempts, made.pages) == (asked.pk, 2, 1)
    [file] = files(tmp_path / "media")
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.read_bytes().rstrip().endswith(b"%%EOF")
