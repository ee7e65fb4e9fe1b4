"""The audit trail: every change of master data, standards and plans, to search, read and take along."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amps.models import AuditEntry
from principles.teams.audit_pages import SUBJECTS, AuditReach, Line, lines, reach_of
from principles.teams.forms.audit import AuditFilterForm
from principles.teams.http import HttpRequest
from principles.teams.permissions import Capability, access_of

_ON_A_PAGE = 50
_ROWS_AT_MOST = 20_000


@require_GET
@login_required
def audit(request: HttpRequest) -> HttpResponse:
    """The newest first, with filters."""
    reach = _reach(request)
    form = AuditFilterForm(request.GET)
    page = Paginator(_found(form, reach), _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter_form": form,
        "page_obj": page,
        "lines": lines(page, reach),
        "is_filtered": any(form.data.get(name) for name in form.fields),
    }
    return render(request, "teams/audit.html", context)


@require_GET
@login_required
def audit_export(request: HttpRequest) -> HttpResponse:
    """What the filters leave, as CSV for a spreadsheet."""
    reach = _reach(request)
    entries = _found(AuditFilterForm(request.GET), reach)[:_ROWS_AT_MOST]
    response = HttpResponse(_csv(lines(entries, reach)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _reach(request: HttpRequest) -> AuditReach:
    access = access_of(request.user)
    if not access.can_somewhere(Capability.READ_AUDIT):
        raise PermissionDenied(_("The audit trail is read by technical leads, leaders and administrators."))
    return reach_of(request.user, access)


def _found(form: AuditFilterForm, reach: AuditReach) -> QuerySet[AuditEntry]:
    entries = reach.entries()
    if not form.is_valid():
        return entries.none()
    chosen = form.cleaned_data
    if chosen["who"]:
        entries = entries.filter(actor_name__icontains=chosen["who"])
        if not reach.is_everything:
            # Names that may not be seen can't be found out by searching for them either.
            entries = entries.filter(actor__in=reach.people)
    if chosen["what"]:
        prefixes = Q()
        for prefix in SUBJECTS[chosen["what"]][1]:
            prefixes |= Q(action__startswith=prefix)
        entries = entries.filter(prefixes)
    if chosen["thing"]:
        entries = entries.filter(target_label__icontains=chosen["thing"])
    if chosen["start"]:
        entries = entries.filter(at__gte=_midnight(chosen["start"]))
    if chosen["end"]:
        entries = entries.filter(at__lt=_midnight(chosen["end"] + dt.timedelta(days=1)))
    return entries


def _midnight(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.min, tzinfo=timezone.get_current_timezone())


def _csv(rows: Iterable[Line]) -> str:
    text = io.StringIO()
    # The mark that makes spreadsheets read the letters right.
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([_("When"), _("Who"), _("What"), _("Which thing"), _("Before"), _("After")])
    for row in rows:
        before = "; ".join(f"{change.label}: {change.before}" for change in row.changes)
        after = "; ".join(f"{change.label}: {change.after}" for change in row.changes)
        who = _("somebody of another unit") if row.who is None else row.who or _("AMPS")
        at = timezone.localtime(row.entry.at).isoformat(timespec="seconds")
        writer.writerow([_plain(cell) for cell in (at, who, row.what, row.thing, before, after)])
    return text.getvalue()


def _plain(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
