"""Import observations from a table: upload, say what the columns hold, see what would be stored, store it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from observations.http import person_of
from observations.importing.checking import Checked, check_rows
from observations.importing.columns import BadMapping, Mapping
from observations.importing.drafts import draft_create, draft_import, draft_table
from observations.importing.forms import FileForm, MappingForm
from observations.importing.storing import HasProblems
from observations.importing.table import MAX_BYTES, BadFile
from observations.models import ImportBatch, ImportDraft
from principles.teams.calendars import plant_zone
from principles.teams.models import FIGURE_KINDS_VALUES, Unit, User
from principles.teams.permissions import Capability, access_of, require_somewhere

_SHOWN = 100
_SAMPLE = 8


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file, or look at earlier imports."""
    person = person_of(request)
    require_somewhere(person, Capability.IMPORT)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        # One byte more than allowed is enough to know; a file that lies about its size is not read to its end.
        data = upload.read(MAX_BYTES + 1)
        try:
            draft = draft_create(
                name=upload.name or "", data=data, actor=person, now=timezone.now(), zone=plant_zone().key
            )
        except BadFile as refusal:
            form.add_error("file", str(refusal.message))
        else:
            return redirect("observations:import_draft", draft.pk)
    context = {
        "form": form,
        "drafts": ImportDraft.objects.filter(by=person).defer("content"),
        "batches": ImportBatch.objects.select_related("by")[:50],
    }
    return render(request, "observations/imports.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Say what the columns hold and see what would be stored; with `store`, store it."""
    person = person_of(request)
    require_somewhere(person, Capability.IMPORT)
    found = get_object_or_404(ImportDraft, pk=draft_id, by=person)
    trouble = _choose(request, found, person) if request.method == "POST" and "store" not in request.POST else None
    if request.method == "POST" and trouble is None:
        if "store" not in request.POST:
            return redirect("observations:import_draft", found.pk)
        stored = _store(request, found, person)
        if stored is not None:
            return stored
    return render(request, "observations/import_draft.html", _context(request, found, person, trouble))


@require_POST
@login_required
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Throw an uploaded file away."""
    found = get_object_or_404(ImportDraft, pk=draft_id, by=person_of(request))
    found.delete()
    messages.success(request, _("The file is thrown away. Nothing was stored."))
    return redirect("observations:import")


def _choose(request: HttpRequest, found: ImportDraft, person: User) -> MappingForm | None:
    """Keep what was chosen; the form when it can't be."""
    form = MappingForm(request.POST, table=draft_table(found), areas=_areas(person))
    if not form.is_valid():
        return form
    before = (found.mapping, found.reading)
    found.mapping, found.reading = form.mapping.as_json(), form.reading
    try:
        draft_table(found)
    except BadFile as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        found.mapping, found.reading = before
        return form
    found.save(update_fields=["mapping", "reading"])
    return None


def _store(request: HttpRequest, found: ImportDraft, person: User) -> HttpResponse | None:
    """Store and go back to the list; None when rows are wrong, which the page then tells."""
    try:
        batch, checked = draft_import(
            found,
            actor=person,
            allowed_areas=access_of(person).units(Capability.IMPORT),
            now=timezone.now(),
            only_good="only_good" in request.POST,
        )
    except (HasProblems, BadMapping):
        messages.error(request, _("Nothing was stored. Look at the rows that are wrong."))
        return None
    said = ngettext("%(count)s row stored.", "%(count)s rows stored.", batch.stored) % {"count": batch.stored}
    if batch.known:
        known = ngettext("%(count)s was known already.", "%(count)s were known already.", batch.known)
        said = f"{said} {known % {'count': batch.known}}"
    if checked.problems:
        left = ngettext("%(count)s wrong row left out.", "%(count)s wrong rows left out.", len(checked.problems))
        said = f"{said} {left % {'count': len(checked.problems)}}"
    messages.success(request, said)
    return redirect("observations:import")


def _context(request: HttpRequest, found: ImportDraft, person: User, trouble: MappingForm | None) -> dict[str, object]:
    table = draft_table(found)
    mapping = Mapping.from_json(found.mapping)
    form = trouble or MappingForm(
        initial=MappingForm.initial_of(mapping, found.reading), table=table, areas=_areas(person)
    )
    checked: Checked | None = None
    refusal: BadMapping | None = None
    try:
        checked = check_rows(
            table, mapping, allowed_areas=access_of(person).units(Capability.IMPORT), now=timezone.now()
        )
    except BadMapping as error:
        refusal = error
    return {
        "draft": found,
        "form": form,
        "table": table,
        "sample": table.rows[:_SAMPLE],
        "checked": checked,
        "refusal": refusal,
        "problems": checked.problems[:_SHOWN] if checked else [],
        "problems_left": max(0, len(checked.problems) - _SHOWN) if checked else 0,
    }


def _areas(person: User) -> list[Unit]:
    reach = access_of(person).units(Capability.IMPORT)
    return list(Unit.objects.filter(pk__in=reach, kind__in=FIGURE_KINDS_VALUES))
