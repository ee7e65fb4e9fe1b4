"""Making what waits: one document at a time per process, and nothing lost or doubled when a process dies.

A document is taken in one short transaction (SKIP LOCKED), which counts the attempt and writes down where its file
will be. While it is drawn, a thread keeps `touched_at` fresh; a document whose worker is gone is found by its standing
`touched_at` and waits again. Whatever a worker writes later names its attempt: one that was given up changes nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation

from amps.documents.reading import STEPS
from amps.documents.registry import NothingToShow, UnknownKind, kind_of, plant_zone
from amps.documents.rendering import Rendered, Unavailable, pdf_write
from amps.models import Document, DocumentState

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
TOUCH_SECONDS = 5.0
# What can be said about a failure; everything else is "something went wrong", with its traceback in the log.
_REASONS: dict[type[Exception], str] = {
    SoftTimeLimitExceeded: "too_long",
    Unavailable: "unavailable",
    NothingToShow: "gone",
    UnknownKind: "gone",
}


class GivenUp(Exception):
    """The document was deleted, or given to another worker, while this one drew it."""


class NoLongerAllowed(Exception):
    """Whoever asked for it may not have it any more."""


class Claim:
    """One attempt at one document: what may be written about it, and only while it is this attempt's."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.file_name = document.file.name or ""

    def write(self, **changes: object) -> None:
        """Write it and say that the work goes on. Raises GivenUp."""
        mine = Document.objects.filter(
            pk=self.document.pk, state=DocumentState.WORKING, attempts=self.document.attempts
        )
        if not mine.update(touched_at=timezone.now(), **changes):
            raise GivenUp

    def tell(self, step: str, share: float = 0.0) -> None:
        """The work has come to this step, and `share` (0 to 1) of it is done. Raises GivenUp."""
        start = STEPS[step][0]
        end = min((other for other, _words in STEPS.values() if other > start), default=100)
        self.write(step=step, progress=round(start + (end - start) * max(0.0, min(share, 1.0))))


def make_next(*, now: dt.datetime) -> Document | None:
    """Take the document that has waited longest and make it; None when none waits. Never raises for a bad one."""
    claim = _take(now=now)
    if claim is None:
        return None
    with _alive(claim):
        _make(claim, now=now)
    return claim.document


def is_anything_waiting() -> bool:
    """Whether any document waits for a worker."""
    return Document.objects.filter(state=DocumentState.QUEUED).exists()


def requeue_silent(*, now: dt.datetime) -> int:
    """Let documents wait again whose worker has been silent too long; those tried often enough have failed."""
    since = now - dt.timedelta(seconds=settings.DOCUMENT_SILENT_SECONDS)
    silent = Document.objects.filter(state=DocumentState.WORKING, touched_at__lt=since)
    again = silent.filter(attempts__lt=MOST_ATTEMPTS).update(state=DocumentState.QUEUED, progress=0, step="")
    failed = silent.update(state=DocumentState.FAILED, error="stopped", progress=0, step="")
    if again or failed:
        logger.warning("documents whose worker was gone", extra={"again": again, "failed": failed})
    return again + failed


def _take(*, now: dt.datetime) -> Claim | None:
    with transaction.atomic():
        queued = Document.objects.filter(state=DocumentState.QUEUED).order_by("requested_at", "pk")
        document = queued.select_for_update(skip_locked=True).first()
        if document is None:
            return None
        left_behind = document.file.name
        document.state, document.step, document.progress = DocumentState.WORKING, "gathering", 0
        document.attempts, document.touched_at, document.error = document.attempts + 1, now, ""
        # Known before it is written, so that the file of a worker that dies can be found and removed.
        document.file.name = f"documents/{now:%Y/%m}/{uuid.uuid4().hex}.pdf"
        document.save()
    if left_behind:
        default_storage.delete(left_behind)
    return Claim(document)


def _make(claim: Claim, *, now: dt.datetime) -> None:
    document = claim.document
    try:
        with tempfile.TemporaryFile() as target:
            rendered = _draw(claim, target, now=now)
            target.seek(0)
            default_storage.save(claim.file_name, File(target))
        claim.write(
            state=DocumentState.DONE,
            step="",
            progress=100,
            pages=rendered.pages,
            size=rendered.size,
            made_at=timezone.now(),
        )
    except GivenUp:
        default_storage.delete(claim.file_name)
        logger.info("a document was given up while it was made", extra={"document": document.pk})
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with one document, the next ones are made
        default_storage.delete(claim.file_name)
        _fail(claim, problem)
    else:
        logger.info("document made", extra={"document": document.pk, "kind": document.kind, "pages": rendered.pages})


def _draw(claim: Claim, target: IO[bytes], *, now: dt.datetime) -> Rendered:
    document = claim.document
    kind = kind_of(document.kind)
    if not kind.is_allowed(document.requested_by, document.params):
        raise NoLongerAllowed
    with translation.override(document.language), timezone.override(plant_zone()):
        claim.tell("gathering")
        content = kind.build(
            document.params,
            reader=document.requested_by,
            language=document.language,
            now=now,
            progress=lambda share: claim.tell("gathering", share),
        )
        return pdf_write(content, target, now=now, tell=claim.tell)


def _fail(claim: Claim, problem: Exception) -> None:
    reason = "refused" if isinstance(problem, NoLongerAllowed) else _REASONS.get(type(problem), "broken")
    if reason == "broken":
        logger.error("a document could not be made", extra={"document": claim.document.pk}, exc_info=problem)
    try:
        claim.write(state=DocumentState.FAILED, error=reason, step="", progress=0)
    except GivenUp:
        logger.info("a document was given up while it was made", extra={"document": claim.document.pk})


@contextmanager
def _alive(claim: Claim) -> Iterator[None]:
    """Say every few seconds that this worker is still at it, also through the minutes of a long layout."""
    done = threading.Event()

    def touch() -> None:
        try:
            while not done.wait(TOUCH_SECONDS):
                claim.write()
        except GivenUp:
            pass
        except DatabaseError as error:
            # The document is then given to another worker, and this one's result is not kept.
            logger.warning("no sign of life could be written", extra={"error": str(error)})
        finally:
            connection.close()

    thread = threading.Thread(target=touch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(TOUCH_SECONDS)
