"""Asking for a document, asking again, and letting go of it. Making it is the worker's: `work`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from amps.documents.reading import PENDING
from amps.documents.registry import Params, kind_of
from amps.documents.tasks import make
from amps.models import Document, DocumentState
from amps.nudge import nudge

# A second tap on the button is the same wish, not a second document.
SAME_WISH = dt.timedelta(seconds=10)


@transaction.atomic
def document_request(
    *, kind: str, params: Params, title: str = "", language: str, actor: Any, now: dt.datetime
) -> Document:
    """Ask for a PDF; a worker makes it. The same wish again, while it waits or within seconds, is the same document.

    `title` is what lists call it, in its language; left out, its kind names it. Raises UnknownKind, and
    PermissionDenied for who may not have it.
    """
    wanted = kind_of(kind)
    if not wanted.is_allowed(actor, params):
        raise PermissionDenied(kind)
    # Two taps at once take turns.
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=actor.pk)
    recent = Q(state=DocumentState.QUEUED) | Q(state=DocumentState.WORKING, requested_at__gt=now - SAME_WISH)
    same = Document.objects.filter(recent, requested_by=actor, kind=kind, params=params, language=language).first()
    if same is not None:
        nudge(make)
        return same
    if not title:
        with translation.override(language):
            title = wanted.heading(params)
    document = Document.objects.create(
        kind=kind,
        title=title[:200],
        params=params,
        language=language,
        requested_by=actor,
        requested_at=now,
    )
    nudge(make)
    return document


@transaction.atomic
def document_retry(*, document: Document, actor: Any, now: dt.datetime) -> Document:
    """Try one that failed again, from the start. One that is not failed (any more) stays as it is."""
    failed = Document.objects.select_for_update().get(pk=document.pk)
    if not kind_of(failed.kind).is_allowed(actor, failed.params):
        raise PermissionDenied(failed.kind)
    if failed.state == DocumentState.FAILED:
        failed.state, failed.attempts, failed.error, failed.requested_at = DocumentState.QUEUED, 0, "", now
        failed.save(update_fields=["state", "attempts", "error", "requested_at"])
    nudge(make)
    return failed


@transaction.atomic
def document_delete(*, document: Document) -> None:
    """Let go of a document and its file. One that is being made is given up by its worker."""
    # Its file may have got a name since the page was shown.
    found = Document.objects.select_for_update().filter(pk=document.pk).first()
    if found is None:
        return
    # The file first: a row without a file says so, a file without a row would stay for ever.
    if found.file.name:
        default_storage.delete(found.file.name)
    found.delete()


def documents_clear(*, now: dt.datetime) -> int:
    """Let go of documents that nobody has asked for since `DOCUMENT_KEEP_DAYS`: file and row. Returns how many."""
    before = now - dt.timedelta(days=settings.DOCUMENT_KEEP_DAYS)
    old = Document.objects.filter(requested_at__lt=before).exclude(state__in=PENDING)
    count = 0
    for document in old.iterator(chunk_size=500):
        document_delete(document=document)
        count += 1
    return count
