"""A person's own documents: ask for one, see how far it is, take it, let it go."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amps.documents import reading, services
from amps.documents.registry import NothingToShow, UnknownKind, kind_of
from amps.documents.rendering import PANGO, is_available
from amps.models import Document, DocumentState

_ON_A_PAGE = 25
_LONGEST = 100
_LANGUAGES = dict(Document._meta.get_field("language").flatchoices)


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """What this person asked for, the newest first."""
    page = Paginator(reading.documents_of(_person(request)), _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "documents": [_shown(document) for document in page],
        "keep_days": settings.DOCUMENT_KEEP_DAYS,
        **_frame(),
    }
    return render(request, "documents/list.html", context)


@require_POST
@login_required
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a document of this kind with `params` (JSON), in `language` (the person's own when left out).

    404 for a kind or parameters that this person may not have.
    """
    language = request.POST.get("language", "")
    if language not in _LANGUAGES:
        language = "en" if (get_language() or "nb").startswith("en") else "nb"
    if not is_available():
        messages.error(request, _("PDF files cannot be made here, so nothing was asked for."))
        return redirect("documents:list")
    try:
        made = services.document_request(
            kind=kind, params=_params(request), language=language, actor=request.user, now=timezone.now()
        )
    except (UnknownKind, PermissionDenied, NothingToShow) as problem:
        raise Http404(kind) from problem
    return redirect("documents:document", pk=made.pk)


@require_GET
@login_required
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: how far it is, or the file."""
    found = _own(request, pk)
    return render(request, "documents/document.html", {"shown": _shown(found), "document": found, **_frame()})


@require_GET
@login_required
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while it is made; it asks for itself until the document is done."""
    found = _own(request, pk)
    shown = _shown(found)
    context = {"shown": shown, "document": found, "said": request.GET.get("seen") != shown["key"]}
    response = render(request, "documents/inc/progress.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@login_required
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF, to open here (?open=1) or to keep; only while the person may read what it is about."""
    found = _own(request, pk)
    try:
        allowed = kind_of(found.kind).is_allowed(request.user, found.params)
    except UnknownKind:
        allowed = False
    if not allowed:
        raise PermissionDenied(_("You may not read what this document is about any more."))
    if found.state != DocumentState.DONE or reading.is_lost(found):
        raise Http404(pk)
    made = timezone.localdate(found.made_at) if found.made_at else None
    response = FileResponse(
        found.file.open("rb"),
        as_attachment="open" not in request.GET,
        filename=reading.file_name(found, made),
        content_type="application/pdf",
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@login_required
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a failed one again, or ask for a finished one afresh, with what is known now."""
    found, now = _own(request, pk), timezone.now()
    try:
        if found.state == DocumentState.FAILED:
            made = services.document_retry(document=found, actor=request.user, now=now)
        else:
            made = services.document_request(
                kind=found.kind, params=found.params, language=found.language, actor=request.user, now=now
            )
    except (UnknownKind, NothingToShow, PermissionDenied):
        messages.error(request, _("What this document is about is gone, or you may not read it any more."))
        return redirect("documents:document", pk=pk)
    return redirect("documents:document", pk=made.pk)


@require_http_methods(["GET", "POST"])
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Let go of it, after a question."""
    found = _own(request, pk)
    if request.method == "POST":
        services.document_delete(document=found)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": found.title})
        return redirect("documents:list")
    return render(request, "documents/delete.html", {"document": found, "shown": _shown(found), **_frame()})


def _own(request: HttpRequest, pk: int) -> Document:
    """A document is known to whoever asked for it, and to nobody else (404)."""
    return get_object_or_404(Document, pk=pk, requested_by=_person(request))


def _person(request: HttpRequest) -> int:
    return int(str(request.user.pk))


def _params(request: HttpRequest) -> dict[str, Any]:
    """Names with numbers or short texts, as the button wrote them; anything else is 404."""
    try:
        params = json.loads(request.POST.get("params") or "{}")
    except (ValueError, RecursionError) as problem:
        raise Http404("params") from problem
    if not isinstance(params, dict) or not all(_is_plain(value) for value in (*params, *params.values())):
        raise Http404("params")
    return params


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and "\0" not in value
    return value is None or (isinstance(value, int) and abs(value) < 2**63)


def _frame() -> dict[str, Any]:
    return {"can_make": is_available(), "how_to_get_it": PANGO}


def _shown(document: Document) -> dict[str, Any]:
    """What a template says about a document, in words of the reader's language."""
    state = document.state
    return {
        "document": document,
        "key": f"{state}-{document.step}",
        "pending": state in reading.PENDING,
        "ready": state == DocumentState.DONE and not reading.is_lost(document),
        "lost": reading.is_lost(document),
        "failed": state == DocumentState.FAILED,
        "step": reading.step_text(document),
        "error": reading.error_text(document) if state == DocumentState.FAILED else "",
    }
