"""The page of one indicator: its figure in a unit and period, the run up to it, and what stands above and below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from amps import display
from amps.measures import measure_text
from amps.periods import Cadence, Period, PeriodError, next_period, period_at, previous_period
from amps.templatetags.display import seen_text
from kpis import charts
from kpis.events import Event
from kpis.frame import CADENCES, BadPeriod, Frame, cadence_name, period_key
from kpis.models import Figure, FigureState, Indicator, Target
from kpis.rules import direction_of, limits_of
from kpis.series import At, Reading, at, crew_readings, figure_readings
from principles.teams.models import Crew, Unit

# How many periods a run chart holds: two weeks of shifts, five weeks of days, half a year of weeks, two years.
RUN = {Cadence.SHIFT: 42, Cadence.DAY: 35, Cadence.WEEK: 26, Cadence.MONTH: 24}
_AFTER = 6  # periods shown after one that lies in the past
_TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One period of the run: the table's row and the chart's point."""

    period: Period
    name: str
    full_name: str
    reading: Reading | None
    previous: Decimal | None
    target: Target | None
    href: str
    is_chosen: bool

    @property
    def value(self) -> Decimal | None:
        return self.reading.value if self.reading else None


@dataclass(frozen=True, slots=True)
class Step:
    """A neighbour in time: previous or next period."""

    name: str
    href: str


class NotFollowed(ValueError):
    """The indicator is not followed at this cadence, or nowhere."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an indicator's page is about."""

    frame: Frame
    indicator: Indicator
    unit: Unit
    cadence: Cadence
    period: Period
    crew: Crew | None

    def href(self, period: Period | None = None, cadence: Cadence | None = None, **more: str) -> str:
        """The page's address with another period or cadence; the crew stays."""
        query = {"unit": self.unit.code, "cadence": (cadence or self.cadence).value}
        if period is not None:
            query["period"] = period_key(period.first, period.number)
        if self.crew is not None:
            query["crew"] = self.crew.code
        return f"{reverse('kpis:indicator', args=[self.indicator.code])}?{urlencode(query | more)}"

    def target(self, period: Period | None = None) -> Target | None:
        """The target valid when a period began."""
        return self.frame.rules.target(self.indicator.pk, self.unit.pk, (period or self.period).first)


def cadence_of(indicator: Indicator, asked: str) -> Cadence:
    """The cadence asked for, else the day, else the shortest that is followed. Raises NotFollowed."""
    followed = [cadence for cadence in CADENCES if cadence.value in indicator.cadences]
    if asked:
        for cadence in followed:
            if cadence.value == asked:
                return cadence
        raise NotFollowed(asked)
    if not followed:
        raise NotFollowed(indicator.code)
    return Cadence.DAY if Cadence.DAY in followed else followed[0]


def newest_period(frame: Frame, indicator: Indicator, unit: Unit, cadence: Cadence) -> Period:
    """The newest period with data, else the running one (one query)."""
    newest = (
        Figure.objects.filter(
            indicator=indicator, unit=unit, cadence=cadence.value, value__isnull=False, starts_at__lte=frame.now
        )
        .order_by("-first", "-number")
        .values_list("first", "number")
        .first()
    )
    if newest is not None:
        try:
            return frame.period(cadence, *newest)
        except BadPeriod:  # the calendar has changed since
            pass
    return frame.running(cadence)


def run_of(subject: Subject) -> list[RunRow]:
    """The periods around the one in view with their figures, oldest first (one query, three with a crew)."""
    frame, period = subject.frame, subject.period
    last = period
    for _more in range(_AFTER):
        later = next_period(frame.calendars, last)
        if later.start > frame.now:
            break
        last = later
    line = frame.line(last, RUN[subject.cadence] + 1)
    found = readings_of(subject, line)
    rows = []
    for index, item in enumerate(line):
        if index == 0:
            continue
        before = found.get(at(line[index - 1]))
        rows.append(
            RunRow(
                item,
                frame.name(item),
                frame.full_name(item),
                found.get(at(item)),
                before.value if before else None,
                subject.target(item),
                subject.href(item),
                item == period,
            )
        )
    while rows and rows[0].reading is None and not rows[0].is_chosen:
        rows.pop(0)
    return rows


def readings_of(subject: Subject, line: list[Period]) -> Mapping[At, Reading]:
    """The indicator's readings over a line of periods, of the crew in view or of all."""
    wanted = [subject.indicator.pk]
    if subject.crew is not None:
        wanted = _with_children(subject.frame, subject.indicator.pk, subject.period)
    found = figure_readings(subject.unit.pk, [line], wanted)
    if subject.crew is not None:
        found = crew_readings(
            subject.frame.rules, found, unit_id=subject.unit.pk, crew_id=subject.crew.pk, lines=[line]
        )
    return dict(found.get(subject.indicator.pk, {}))


def _with_children(frame: Frame, indicator: int, period: Period) -> list[int]:
    found = [indicator]
    for pk in found:
        found += [child for child, _weight in frame.rules.children(pk, period.first) if child not in found]
    return found


def neighbours(subject: Subject) -> tuple[Step | None, Step | None]:
    """The period before and the one after, as far as there is one that has begun."""
    frame = subject.frame
    before = after = None
    try:
        earlier = previous_period(frame.calendars, subject.period)
        before = Step(frame.name(earlier), subject.href(earlier))
    except PeriodError:
        pass
    try:
        later = next_period(frame.calendars, subject.period)
        if later.start <= frame.now:
            after = Step(frame.name(later), subject.href(later))
    except PeriodError:
        pass
    return before, after


def cadence_links(subject: Subject) -> list[tuple[str, str, bool]]:
    """The cadences that are followed: label, address of the period that holds the one in view, whether current."""
    links = []
    for cadence in CADENCES:
        if cadence.value not in subject.indicator.cadences:
            continue
        try:
            period = period_at(subject.frame.calendars, cadence, end_of(subject))
        except PeriodError:
            period = None
        links.append((cadence_name(cadence.value), subject.href(period, cadence), cadence == subject.cadence))
    return links


def end_of(subject: Subject) -> dt.datetime:
    """The last moment of the period in view that has come."""
    return max(subject.period.start, min(subject.period.end, subject.frame.now) - _TICK)


def chart_of(subject: Subject, run: list[RunRow], events: list[Event]) -> charts.Figure:
    """The run chart of the page."""
    zone = subject.frame.zone(subject.period.first)
    points = [
        charts.RunPoint(
            start=row.period.start.astimezone(zone),
            end=row.period.end.astimezone(zone),
            value=row.value,
            status=row.reading.status if row.reading else "none",
            text=_point_text(subject.indicator, row),
            href=row.href,
            limits=limits_of(row.target),
            is_open=row.reading is not None and row.reading.state == FigureState.PROVISIONAL,
        )
        for row in run
    ]
    flags = [
        charts.Flag(event.at.astimezone(zone), number, event.title, event.href)
        for number, event in enumerate(events, start=1)
    ]
    return charts.run_chart(
        points,
        direction=direction_of(subject.indicator),
        flags=flags,
        chosen=subject.period.start.astimezone(zone),
        unit=measure_text(subject.indicator.unit),
        target_name=_("Target"),
    )


def _point_text(indicator: Indicator, row: RunRow) -> str:
    if row.reading is None or row.reading.value is None:
        return _("%(period)s: no data") % {"period": row.name}
    return _("%(period)s: %(value)s %(unit)s, %(seen)s") % {
        "period": row.name,
        "value": display.format_number(row.reading.value, indicator.decimals),
        "unit": measure_text(indicator.unit),
        "seen": seen_text(row.reading),
    }


def outside_since(run: list[RunRow]) -> RunRow | None:
    """The first period of the unbroken stretch outside target that the one in view ends; None when inside."""
    until = next((index for index, row in enumerate(run) if row.is_chosen), None)
    if until is None:
        return None
    first = None
    for row in reversed(run[: until + 1]):
        if row.value is None or row.reading is None:
            continue
        if row.reading.status not in ("red", "yellow"):
            break
        first = row
    return first


def sentences(subject: Subject, run: list[RunRow], mostly: list[str]) -> list[str]:
    """The figure in words; `mostly` names what most of the gap is."""
    row = next((row for row in run if row.is_chosen), None)
    if row is None or row.reading is None or row.value is None:
        return [_("No data for %(period)s.") % {"period": subject.frame.name(subject.period)}]
    said = []
    since = outside_since(run)
    if since is not None:
        same = since.period == subject.period
        if row.reading.status == "red":
            said.append(
                _("Beyond the limit this period, inside target the one before.")
                if same
                else _("Outside target since %(period)s.") % {"period": since.name}
            )
        else:
            said.append(
                _("Between target and limit.")
                if same
                else _("Outside target since %(period)s.") % {"period": since.name}
            )
        if mostly:
            said.append(_("Most of the gap is %(parts)s.") % {"parts": ", ".join(mostly)})
    elif row.reading.status == "green":
        said.append(_("Inside target."))
    else:
        said.append(_("No target is set."))
    return said


def parts_values(subject: Subject) -> dict[int, tuple[Decimal | None, str]]:
    """Value and status of the roll-up's parts in the same unit and period (one query, three with a crew)."""
    line = [subject.period]
    found = figure_readings(
        subject.unit.pk, [line], _with_children(subject.frame, subject.indicator.pk, subject.period)
    )
    if subject.crew is not None:
        found = crew_readings(
            subject.frame.rules, found, unit_id=subject.unit.pk, crew_id=subject.crew.pk, lines=[line]
        )
    place = at(subject.period)
    return {pk: (readings[place].value, readings[place].status) for pk, readings in found.items() if place in readings}
