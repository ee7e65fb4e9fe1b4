"""Background work of documents: thin tasks around `work`, which finds what waits by itself."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from amps.documents import work
from amps.nudge import nudge

logger = logging.getLogger(__name__)

# The hard end comes later than the soft one, which still lets the document say why it failed.
_HARD_SECONDS = 30


@shared_task(
    soft_time_limit=settings.DOCUMENT_SECONDS,
    time_limit=settings.DOCUMENT_SECONDS + _HARD_SECONDS,
)
def make() -> int | None:
    """Make one document, and ask for a worker for the next."""
    made = work.make_next(now=timezone.now())
    if made is not None and work.is_anything_waiting():
        nudge(make)
    return made.pk if made is not None else None


@shared_task(
    soft_time_limit=settings.DOCUMENT_SECONDS,
    time_limit=settings.DOCUMENT_SECONDS + _HARD_SECONDS,
)
def tick() -> None:
    """Find what no nudge reached: documents whose worker is gone, and documents that still wait."""
    work.requeue_silent(now=timezone.now())
    make()


@shared_task
def clear() -> int:
    """Let go of old documents."""
    from amps.documents.services import documents_clear

    count = documents_clear(now=timezone.now())
    if count:
        logger.info("old documents cleared", extra={"count": count})
    return count
