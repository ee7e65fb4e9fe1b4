"""One indicator in one unit and period: why it is what it is, down to the single observation."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amps import display
from kpis import explain
from kpis.board import aim_text, goal_text
from kpis.breakdown import Breakdown, Child, Makeup, Narrow, Part, Step, children_of, makeup
from kpis.choice import Place, crew_of, person_of, place_of
from kpis.events import events_of
from kpis.explain import NotFollowed, RunRow, Subject
from kpis.figures import reason_text
from kpis.frame import BadPeriod, Frame
from kpis.models import FigureVersion, Indicator, IndicatorKind
from kpis.relatives import downward, moved_by, upward
from kpis.rules import COMPUTED
from kpis.series import Reading
from kpis.views.dashboard import crumbs_of
from observations.models import Observation, Result
from observations.planning import grace
from principles.teams.models import Crew, Unit
from principles.teams.permissions import Capability, access_of, visible_names
from principles.teams.tree import UnitTree
from sops.models import ObservationPoint

PAGE = 25
# Rows of a breakdown shown at once; two or fewer more are not worth hiding.
_TOP, _SPARE = 8, 2
_NARROWING = ("point", "where", "step")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a breakdown as the page shows it."""

    part: Part
    label: str
    note: str
    href: str
    is_chosen: bool
    more: str = ""  # an address beyond figures, such as the step's text

    @property
    def running(self) -> str:
        """How much of all that was not right lies in this row and those above it; "" where nothing was not right."""
        if self.part.running is None:
            return ""
        return _("%(share)s %% of all that was not right, with the rows above") % {
            "share": display.format_number(self.part.running, 0)
        }


@dataclass(frozen=True, slots=True)
class Table:
    """One breakdown as the page shows it: `rest` are the rows behind "more"."""

    key: str
    title: str
    head: str
    data: Breakdown
    rows: list[Row]
    clear: str = ""

    @property
    def first(self) -> list[Row]:
        return self.rows if len(self.rows) <= _TOP + _SPARE else self.rows[:_TOP]

    @property
    def rest(self) -> list[Row]:
        return self.rows[len(self.first) :]

    @property
    def rest_failed(self) -> int:
        """How many were not right in the rows behind "more"."""
        return sum(row.part.failed for row in self.rest)

    @property
    def rest_n(self) -> int:
        return sum(row.part.tally.n for row in self.rest)

    @property
    def rest_share(self) -> Decimal | None:
        """What the rows behind "more" add to the gap, so that what is seen adds up."""
        return None if self.data.gap is None else sum((row.part.share or Decimal(0) for row in self.rest), Decimal(0))

    @property
    def has_values(self) -> bool:
        """Whether a part has a figure of its own (those of a roll-up have none)."""
        return any(row.part.value is not None for row in self.rows)


@dataclass(slots=True)
class View:
    """What the indicator's page and its exports read, made from one address."""

    place: Place
    subject: Subject
    made: Makeup
    run: list[RunRow]
    tree: UnitTree
    tables: list[Table] = field(default_factory=list)

    @property
    def reading(self) -> Reading | None:
        return next((row.reading for row in self.run if row.is_chosen), None)


@require_GET
@login_required
def indicator_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page, or by htmx only what a choice changes."""
    indicator = get_object_or_404(Indicator, code=code)
    place = place_of(request)
    if indicator.kind not in COMPUTED or not indicator.active:
        return render(
            request,
            "kpis/indicator_elsewhere.html",
            {"indicator": indicator, "unit": place.unit, "crumbs": [*crumbs_of(place), {"label": str(indicator)}]},
        )
    try:
        view = view_of(request, indicator, place)
    except (NotFollowed, BadPeriod) as problem:
        return _redirected(request, indicator, place, problem)
    context = _context(request, view)
    part = "kpis/indicator.html#makeup" if request.headers.get("HX-Target") == "makeup" else "kpis/indicator.html"
    response = render(request, part, context)
    response["Cache-Control"] = "no-store"
    return response


def _redirected(request: HttpRequest, indicator: Indicator, place: Place, problem: Exception) -> HttpResponse:
    """To the indicator's newest figure, saying why."""
    if isinstance(problem, NotFollowed):
        said = indicator.skip_reason or _("This indicator is not followed at that length.")
    else:
        said = _("There is no such period. Shown is the newest one with data.")
    messages.warning(request, said)
    query = {"unit": place.unit.code}
    if isinstance(problem, BadPeriod) and request.GET.get("cadence") in indicator.cadences:
        query["cadence"] = request.GET["cadence"]
    return redirect(f"{reverse('kpis:indicator', args=[indicator.code])}?{urlencode(query)}")


def view_of(request: HttpRequest, indicator: Indicator, place: Place) -> View:
    """What an address asks for. Raises Http404 for what does not exist, NotFollowed and BadPeriod otherwise."""
    frame = Frame(timezone.now())
    if not frame.calendars:
        raise Http404("no calendar")
    cadence = explain.cadence_of(indicator, request.GET.get("cadence", ""))
    asked = request.GET.get("period", "")
    period = frame.parsed(cadence, asked) if asked else explain.newest_period(frame, indicator, place.unit, cadence)
    crews = list(Crew.objects.all())
    crew = crew_of(request, crews)
    subject = Subject(frame, indicator, place.unit, cadence, period, crew)
    target = subject.target()
    narrow = Narrow(point=_point_of(request), crew=crew, where=_where_of(request))
    made = makeup(frame, indicator, place.unit, period, narrow, target.target if target else None)
    made.narrow = Narrow(narrow.point, crew, narrow.where, _step_of(request, made))
    view = View(place, subject, made, explain.run_of(subject), made.tree)
    view.tables = tables_of(request, view, crews)
    return view


def _point_of(request: HttpRequest) -> ObservationPoint | None:
    code = request.GET.get("point", "")
    return get_object_or_404(ObservationPoint, code=code) if code else None


def _where_of(request: HttpRequest) -> Unit | None:
    code = request.GET.get("cell", "")
    return get_object_or_404(Unit, code=code) if code else None


def _step_of(request: HttpRequest, made: Makeup) -> Step | None:
    code = request.GET.get("step", "")
    if not code:
        return None
    for step in made.steps.values():
        if step.code == code:
            return step
    raise Http404(code)


def tables_of(request: HttpRequest, view: View, crews: list[Crew]) -> list[Table]:
    """What, where, who and which step; a table of one row tells nothing and is left out."""
    made, subject = view.made, view.subject
    by_crew = {crew.pk: crew for crew in crews}
    places = made.by_place()
    units = Unit.objects.in_bulk([part.key for part in places.parts if isinstance(part.key, int)])

    def link(**change: str) -> str:
        return _narrowed(request, subject, **change)

    def point_row(part: Part) -> Row:
        point = made.points[_id(part.key)]
        chosen = made.narrow.point == point
        return Row(part, point.text, made.codes.get(point.pk, ""), link(point="" if chosen else point.code), chosen)

    def place_row(part: Part) -> Row:
        unit = units.get(part.key) if isinstance(part.key, int) else None
        if unit is None:
            return Row(part, _("Not tied to a place below"), "", "", False)
        return Row(part, unit.name, "", link(cell=unit.code), False)

    def crew_row(part: Part) -> Row:
        crew = by_crew.get(part.key) if isinstance(part.key, int) else None
        if crew is None:
            return Row(part, _("Crew not known"), "", "", False)
        chosen = made.narrow.crew == crew
        return Row(part, crew.name, "", link(crew="" if chosen else crew.code), chosen)

    def step_row(part: Part) -> Row:
        step = part.key
        if not isinstance(step, Step):
            return Row(part, _("In no SOP"), "", "", False)
        chosen = made.narrow.step == step
        more = reverse("sops:step_card", args=[step.sop, step.revision, step.number])
        note = _("%(sop)s, step %(number)d") % {"sop": step.sop, "number": step.number}
        return Row(part, step.text, note, link(step="" if chosen else step.code), chosen, more)

    kinds: list[tuple[str, str, str, Breakdown, Any]] = [
        ("points", _("What"), _("Observation point"), made.by_point(), point_row),
        ("steps", _("Which step"), _("Step of the SOP"), made.by_step(), step_row),
        ("places", _("Where"), _("Place"), places, place_row),
        ("crews", _("Who"), _("Crew"), made.by_crew(), crew_row),
    ]
    tables = []
    for key, title, head, data, row in kinds:
        clear = link(cell="") if key == "places" and made.narrow.where is not None else ""
        told = [part for part in data.parts if part.tally.n or part.tally.sum_w or part.share]
        if key == "steps" and not any(isinstance(part.key, Step) for part in told):
            continue
        tables.append(Table(key, title, head, data, [row(part) for part in told], clear))
    return tables


def _id(key: Hashable) -> int:
    return key if isinstance(key, int) else 0


def _narrowed(request: HttpRequest, subject: Subject, **change: str) -> str:
    """The page's address with a choice made or, with "", taken back."""
    chosen = {name: request.GET[name] for name in ("point", "cell", "step", "crew") if request.GET.get(name)}
    chosen |= change
    base = subject.href(subject.period)
    path, _query, query = base.partition("?")
    known = dict(pair.split("=", 1) for pair in query.split("&") if not pair.startswith("crew="))
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in known.items())}" + "".join(
        f"&{urlencode({name: value})}" for name, value in chosen.items() if value
    )


def _context(request: HttpRequest, view: View) -> dict[str, Any]:
    subject, made, person = view.subject, view.made, person_of(request)
    indicator, unit = subject.indicator, subject.unit
    events = events_of(
        indicator,
        unit,
        points=made.points,
        tree=view.tree,
        start=view.run[0].period.start if view.run else subject.period.start,
        end=view.run[-1].period.end if view.run else subject.period.end,
    )
    before, after = explain.neighbours(subject)
    target = subject.target()
    children: list[Child] = []
    children_gap = None
    if indicator.kind == IndicatorKind.WEIGHTED:
        children, children_gap = children_of(
            subject.frame, indicator, subject.period, explain.parts_values(subject), made.target
        )
    chosen = next((row for row in view.run if row.is_chosen), None)
    reading = view.reading
    access = access_of(person)
    return {
        "indicator": indicator,
        "unit": unit,
        "place": view.place,
        "crumbs": [*crumbs_of(view.place), {"label": indicator.name, "url": ""}],
        "subject": subject,
        "period_name": subject.frame.full_name(subject.period),
        "aim": aim_text(target, indicator.decimals),
        "goal": goal_text(target, indicator.decimals, indicator.direction),
        "target": target,
        "awaits_plant": indicator.awaits_plant(target),
        "reading": reading,
        "previous": chosen.previous if chosen else None,
        "until": reading.ends_at + grace() if reading is not None else None,
        "said": explain.sentences(subject, view.run, _mostly(view)),
        "cadences": explain.cadence_links(subject),
        "before": before,
        "after": after,
        "run": view.run,
        "run_latest_first": view.run[::-1],
        "chart": explain.chart_of(subject, view.run, events),
        "events": events,
        "versions": _versions(reading),
        "tables": view.tables,
        "narrow": made.narrow,
        "chosen": made.all_of_it() if made.narrow.is_set else None,
        "clear": subject.href(subject.period) if made.narrow.is_set else "",
        "clear_all": _cleared(subject),
        "children": [(child, _child_href(view, child.indicator)) for child in children],
        "children_gap": children_gap,
        "parents": upward(subject),
        "drivers": downward(subject),
        "is_count": indicator.kind in (IndicatorKind.RATE, IndicatorKind.SUM),
        "page_obj": observations_page(request, made),
        "show": shown_of(request, made),
        "see_names": visible_names(person, [unit.pk]),
        "can_edit": access.can(Capability.EDIT_TARGETS, unit),
    }


def _cleared(subject: Subject) -> str:
    return Subject(subject.frame, subject.indicator, subject.unit, subject.cadence, subject.period, None).href(
        subject.period
    )


def _child_href(view: View, child: Indicator) -> str:
    subject = view.subject
    other = Subject(subject.frame, child, subject.unit, subject.cadence, subject.period, subject.crew)
    return other.href(subject.period)


def _mostly(view: View) -> list[str]:
    """What two fifths of the gap or more lies in: a point, a place, a crew; a persons' name never."""
    named = []
    for table in view.tables:
        worst = table.data.worst
        if table.key != "steps" and worst is not None:
            named += [row.label for row in table.rows if row.part == worst and row.href]
    return named


def _versions(reading: Reading | None) -> list[tuple[FigureVersion, str]]:
    if reading is None or not reading.pk:
        return []
    found = FigureVersion.objects.filter(figure=reading.pk)
    return [(version, reason_text(version.reason)) for version in found]


def shown_of(request: HttpRequest, made: Makeup) -> str:
    """Which observations are listed: "failed" or "all"; what was not right first, where anything was."""
    asked = request.GET.get("show", "")
    if asked in ("failed", "all"):
        return asked
    return "failed" if made.all_of_it().whole.not_conforming else "all"


def observations_of(made: Makeup, show: str) -> Any:
    """The single observations of the choice, newest first; what was not right alone, or all of it."""
    found = made.chosen_facts()
    if show == "failed":
        found = found.filter(result=Result.NOT_OK)
    order = Case(When(result=Result.NOT_OK, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.select_related("point", "equipment", "area", "crew", "observer", "reason", "sop_point").order_by(
        order, "-observed_at", "id"
    )


def observations_page(request: HttpRequest, made: Makeup) -> Page[Observation]:
    """One page of them."""
    return Paginator(observations_of(made, shown_of(request, made)), PAGE).get_page(request.GET.get("page"))


@require_GET
@login_required
def observation_figures(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The figures that one observation moves, as a fragment for the observation's own page."""
    observation = get_object_or_404(Observation.objects.select_related("shift", "area", "point"), pk=pk)
    frame = Frame(timezone.now())
    if not frame.calendars:
        raise Http404("no calendar")
    moved = moved_by(frame, observation)
    return render(request, "kpis/observation_figures.html", {"moved": moved, "unit": observation.area})
