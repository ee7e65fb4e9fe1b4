"""The plan as a spreadsheet or a text table, the same choice as on the page; and as a PDF that a worker makes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amps.documents import document_request
from amps.exports import FORMATS, Cell, tabular_response
from amps.measures import measure_text
from kpis.choice import person_of, place_of, with_units
from principles.teams.calendars import production_date
from roadmap.models import ItemStatus
from roadmap.plan_page import page_of, year_of
from roadmap.plan_rows import PlanRow


@require_GET
@login_required
@with_units
def plan_export(request: HttpRequest, format: str) -> HttpResponse:
    """What the list shows with these filters, all pages of it, as csv or xlsx."""
    if format not in FORMATS:
        raise Http404(format)
    page = page_of(request)
    rows = [_cells(row) for row in page.rows]
    return tabular_response(rows, _headings(), format, f"plan-{page.place.unit.code}-{page.sheet.year}")


@require_POST
@login_required
@with_units
def plan_pdf(request: HttpRequest) -> HttpResponse:
    """Ask for the plan as a PDF in the language of the page; leads on to the document's page."""
    place, now = place_of(request), timezone.now()
    year = year_of(request.GET, production_date(now))
    document = document_request(
        kind="plan",
        params={"unit": place.unit.code, "year": year},
        title=_("Business plan %(year)d, %(unit)s") % {"year": year, "unit": place.unit.name},
        language=(get_language() or "nb")[:2],
        actor=person_of(request),
        now=now,
    )
    return redirect("documents:document", pk=document.pk)


def _headings() -> list[str]:
    return [
        pgettext("plan", "Number"),
        pgettext("plan", "Action"),
        _("Goal"),
        _("State"),
        _("Overdue"),
        _("Unit"),
        _("Owner"),
        _("Due"),
        _("Due at first"),
        _("Opened"),
        _("Carried out"),
        _("Ended"),
        _("Principle"),
        _("Dimension"),
        _("From"),
        _("In the plan"),
        _("Focus item"),
        _("Name of the focus item"),
        _("Status when raised"),
        _("Status at the next evaluation"),
        _("Challenge"),
        _("Indicator"),
        _("Measured in"),
        _("Expected change"),
        _("Before"),
        _("After"),
        _("Measured change"),
        _("Effect"),
        _("What is seen"),
        _("NOK per year"),
        _("USD per tonne"),
    ]


def _cells(row: PlanRow) -> list[Cell]:
    effect, gap = row.effect, row.gap
    return [
        row.number,
        row.title,
        row.goal,
        row.state_label,
        _yes_no(row.is_overdue),
        row.unit,
        row.owner or _("name hidden"),
        row.due,
        row.first_due,
        row.opened,
        row.carried_out,
        row.ended,
        row.principle,
        row.dimension_label,
        row.source_label,
        _yes_no(row.in_plan),
        row.item_code,
        row.item_name,
        str(ItemStatus(gap.status).label) if gap is not None else "",
        str(ItemStatus(gap.next_status).label) if gap is not None and gap.next_status else "",
        row.challenge,
        f"{effect.code} {effect.name}" if effect is not None else "",
        measure_text(effect.unit) if effect is not None else "",
        effect.expected if effect is not None else None,
        effect.before if effect is not None else None,
        effect.after if effect is not None else None,
        effect.measured if effect is not None else None,
        row.verdict_label,
        row.verdict_words,
        row.nok,
        round(row.usd_per_tonne, 4) if row.usd_per_tonne is not None else None,
    ]


def _yes_no(value: bool) -> str:
    return _("Yes") if value else _("No")
