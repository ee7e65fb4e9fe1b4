"""A real Celery worker is killed while it makes a document."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from amps.documents import work
from amps.models import Document, DocumentState
from tests.documents.conftest import files
from tests.documents.kinds import HOLD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_it_is_made_by_the_next_worker_once_and_whole(ask, workers, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    own = {"include": "tests.documents.kinds", "environment": {HOLD: str(hold)}}
    asked = ask()
    first = workers.start(**own)
    workers.nudge("amps.documents.tasks", "make")
    workers.wait_until(lambda: list(tmp_path.glob("hold.*")), "document under way")
    assert Document.objects.get().state == DocumentState.WORKING

    workers.kill(first)
    hold.unlink()
    standing = Document.objects.get()
    assert (standing.state, standing.attempts) == (DocumentState.WORKING, 1)

    # Nobody takes it as long as its worker may only be slow; then the schedule's tick gives it to the next one.
    assert work.requeue_silent(now=timezone.now()) == 0
    late = standing.touched_at + dt.timedelta(seconds=django_settings.DOCUMENT_SILENT_SECONDS + 1)
    assert work.requeue_silent(now=late) == 1
    workers.start(**own)
    workers.nudge("amps.documents.tasks", "make")
    workers.wait_until(lambda: Document.objects.get().state == DocumentState.DONE, "document")

    made = Document.objects.get()
    assert (made.pk, made.attempts, made.pages) == (asked.pk, 2, 1)
    [file] = files(tmp_path / "media")
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.read_bytes().rstrip().endswith(b"%%EOF")
