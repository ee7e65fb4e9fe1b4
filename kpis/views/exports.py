"""What a page shows, as CSV or XLSX: the same address, the same choice."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amps.exports import Cell, UnknownFormat, tabular_response
from amps.measures import measure_text
from kpis.choice import crew_of, dimension_of, person_of, place_of, process_of
from kpis.explain import NotFollowed
from kpis.frame import BadPeriod, Frame, period_key
from kpis.models import FigureState, Indicator, Status
from kpis.rules import COMPUTED
from kpis.series import Reading
from kpis.views.dashboard import board_of
from kpis.views.indicator import View, observations_of, shown_of, view_of
from observations.models import Observation
from principles.teams.models import Crew
from principles.teams.permissions import visible_names
from sops.models import CriticalProcess

# More rows than a person reads; a spreadsheet still opens them.
MOST_ROWS = 50_000

type Sheet = tuple[list[str], list[list[Cell]], str]


@require_GET
@login_required
def export(request: HttpRequest, what: str) -> HttpResponse:
    """`what` is dashboard, numbers, makeup or observations; ?format= is csv or xlsx."""
    if what == "dashboard":
        headings, rows, name = _dashboard(request)
    elif what in ("numbers", "makeup", "observations"):
        view = _view(request)
        make = {"numbers": _numbers, "makeup": _makeup, "observations": _observations}[what]
        headings, rows, name = make(request, view)
    else:
        raise Http404(what)
    try:
        return tabular_response(rows, headings, request.GET.get("format", ""), name)
    except UnknownFormat as error:
        raise Http404("format") from error


def _view(request: HttpRequest) -> View:
    indicator = get_object_or_404(Indicator, code=request.GET.get("indicator", ""), kind__in=COMPUTED, active=True)
    try:
        return view_of(request, indicator, place_of(request))
    except (NotFollowed, BadPeriod) as problem:
        raise Http404(str(problem)) from problem


def _status(reading: Reading | None) -> str:
    return str(Status(reading.status).label) if reading is not None else ""


def _state(reading: Reading | None) -> str:
    return str(FigureState(reading.state).label) if reading is not None else ""


def _dashboard(request: HttpRequest) -> Sheet:
    place, frame = place_of(request), Frame(timezone.now())
    crew = crew_of(request, list(Crew.objects.filter(active=True)))
    process = process_of(request, list(CriticalProcess.objects.filter(active=True)))
    board = board_of(request, place, frame, crew, process, dimension_of(request))
    headings = [
        _("Unit"),
        _("Crew"),
        _("Dimension"),
        _("Code"),
        _("Indicator"),
        _("Measured in"),
        _("Target"),
        _("Length"),
        _("Period"),
        _("From"),
        _("To"),
        _("Figure"),
        _("Status"),
        _("Seen"),
        _("Planned"),
        _("Done of planned"),
        _("Outside the plan"),
        _("State"),
        _("Figure before"),
    ]
    rows: list[list[Cell]] = []
    for group, found in board.groups if board is not None else []:
        for row in found:
            for slot in row.slots:
                if slot.cell is None:
                    continue
                reading = slot.cell.reading
                rows.append(
                    [
                        place.unit.name,
                        crew.name if crew is not None else _("All"),
                        group,
                        row.indicator.code,
                        row.indicator.name,
                        measure_text(row.indicator.unit),
                        row.aim,
                        slot.column.label,
                        slot.cell.earlier or slot.column.name,
                        reading.starts_at,
                        reading.ends_at,
                        reading.value,
                        _status(reading),
                        reading.n,
                        reading.planned,
                        reading.done,
                        reading.outside,
                        _state(reading),
                        slot.cell.previous,
                    ]
                )
    return headings, rows, f"amps-{place.unit.code}"


def _numbers(request: HttpRequest, view: View) -> Sheet:
    subject = view.subject
    headings = [
        _("Period"),
        _("Key"),
        _("From"),
        _("To"),
        _("Figure"),
        _("Measured in"),
        _("Target"),
        _("Status"),
        _("Seen"),
        _("Planned"),
        _("Done of planned"),
        _("Outside the plan"),
        _("State"),
    ]
    rows: list[list[Cell]] = [
        [
            row.full_name,
            period_key(row.period.first, row.period.number),
            row.period.start,
            row.period.end,
            row.value,
            measure_text(subject.indicator.unit),
            row.target.target if row.target else None,
            _status(row.reading),
            row.reading.n if row.reading else 0,
            row.reading.planned if row.reading else 0,
            row.reading.done if row.reading else 0,
            row.reading.outside if row.reading else 0,
            _state(row.reading),
        ]
        for row in view.run
    ]
    return headings, rows, f"amps-{subject.indicator.code}-{subject.unit.code}-{subject.cadence.value}"


def _makeup(request: HttpRequest, view: View) -> Sheet:
    subject = view.subject
    headings = [
        _("By"),
        _("Part"),
        _("Note"),
        _("Observations"),
        _("Right"),
        _("Not right"),
        _("Not applicable"),
        _("Figure"),
        _("Of the gap"),
    ]
    rows: list[list[Cell]] = []
    for table in view.tables:
        for row in table.rows:
            tally = row.part.tally
            rows.append(
                [
                    table.title,
                    row.label,
                    row.note,
                    tally.n,
                    tally.conforming,
                    tally.not_conforming,
                    tally.not_applicable,
                    row.part.value,
                    row.part.share,
                ]
            )
    return headings, rows, f"amps-{subject.indicator.code}-{subject.unit.code}-{_key(view)}"


def _observations(request: HttpRequest, view: View) -> Sheet:
    """The single observations; who saw them only for those who may know."""
    subject = view.subject
    names = visible_names(person_of(request), [subject.unit.pk])
    headings = [
        _("Id"),
        _("When"),
        _("Area"),
        _("Equipment"),
        _("Point"),
        _("Text"),
        _("SOP point"),
        _("Result"),
        _("Value"),
        _("Measured in"),
        _("Reason"),
        _("Crew"),
    ]
    if names:
        headings += [_("By"), _("Note")]
    found = observations_of(view.made, shown_of(request, view.made))[:MOST_ROWS]
    rows = list(_observation_rows(found, names=names))
    return headings, rows, f"amps-{subject.indicator.code}-{subject.unit.code}-{_key(view)}-observations"


def _observation_rows(found: list[Observation], *, names: bool) -> Iterator[list[Cell]]:
    for fact in found:
        row: list[Cell] = [
            str(fact.pk),
            fact.observed_at,
            fact.area.name,
            fact.equipment.name if fact.equipment else "",
            fact.point.code,
            fact.point.text,
            fact.sop_point.code if fact.sop_point else "",
            fact.get_result_display(),
            fact.value,
            measure_text(fact.point.unit),
            fact.reason.text if fact.reason else "",
            fact.crew.code if fact.crew else "",
        ]
        if names:
            row += [fact.observer.name if fact.observer else "", fact.note]
        yield row


def _key(view: View) -> str:
    return period_key(view.subject.period.first, view.subject.period.number)
