"""Evidence on following figures up: reviews, reactions to red, values on the board, indicators on target."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from kpis.models import Closing, Figure, FigureDeviation, FigureVersion, Review, VersionKind
from principles.teams.models import Shift
from roadmap.evidence.book import Window, address
from roadmap.evidence.plain import Reading
from roadmap.evidence.registry import Asked, metric, share, to
from roadmap.evidence.sops import Tree, tree_of

_FINAL = ("final", "restated")
_ONE_DAY = dt.timedelta(days=1)


class Count2(NamedTuple):
    """How many of one area, crew (None: longer than a shift) and in all, and how many of those are as wished."""

    unit: int
    crew: int | None
    n: int
    right: int


def _crew() -> Subquery:
    """The crew that worked the shift of a figure."""
    shift = Shift.objects.filter(production_date=OuterRef("first"), number=OuterRef("number"))
    return Subquery(shift.values("crew")[:1])


def _counted(asked: Asked, rows: list[Count2], *, shared: bool) -> tuple[int, int]:
    """(right, all) of a place; of one crew: its own shifts, and with `shared` the periods that all crews share."""
    areas = set(asked.book.areas(asked.spot))
    right = whole = 0
    for unit, crew, n, good in rows:
        mine = asked.spot.crew in (None, crew) or (shared and crew is None)
        if unit in areas and mine:
            right, whole = right + good, whole + n
    return right, whole


def _executions(tree: Tree) -> list[int]:
    return [pk for pk, row in tree.indicators.items() if row.level == "execution"]


@metric("indicator_reviewed_at_planned_cadence", lambda spot: address("kpis:followup", spot.code, "shift"))
def indicator_reviewed_at_planned_cadence(asked: Asked) -> Reading:
    """Planned: the closed periods of an area that have a figure of an execution indicator followed at that cadence.

    A crew answers for its own shifts, and together with the others for the day, the week and the month.
    """
    window = asked.window
    rows = asked.book.keep(("reviews", window.start, window.end), lambda: _reviews(asked, window))
    return share(*_counted(asked, rows, shared=True), _("No period of these indicators was closed."))


def _reviews(asked: Asked, window: Window) -> list[Count2]:
    closing = Closing.objects.filter(
        unit=OuterRef("unit"), cadence=OuterRef("cadence"), first=OuterRef("first"), number=OuterRef("number")
    )
    signed = closing.filter(Exists(Review.objects.filter(closing=OuterRef("pk"))))
    rows = (
        _within(window)
        .filter(indicator__in=_executions(tree_of(asked.book)))
        .filter(Exists(closing), indicator__cadences__contains=_as_array("cadence"))
        .annotate(crew=_crew(), signed=Exists(signed))
        .order_by()
        .values_list("unit", "crew")
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(signed=True)))
    )
    return [Count2(*row) for row in rows]


def _as_array(field: str) -> Func:
    """A column as an array of one, to ask whether another array holds it."""
    return Func(F(field), function="ARRAY", template="ARRAY[%(expressions)s]", output_field=ArrayField(CharField()))


def _within(window: Window) -> QuerySet[Figure]:
    """Figures of areas whose period ended inside a window."""
    return Figure.objects.filter(
        unit__kind="area",
        starts_at__gte=window.start,
        ends_at__lte=window.end,
        cadence__in=["shift", "day", "week", "month"],
    )


@metric("out_of_limit_with_reaction", to("improvement:deviations", state="all"))
def out_of_limit_with_reaction(asked: Asked) -> Reading:
    """A reaction: a comment at the closing's review, or a deviation opened from the figure, within a day of its end."""
    window = asked.window
    rows = asked.book.keep(("reactions", window.start, window.end), lambda: _reactions(asked, window))
    return share(*_counted(asked, rows, shared=False), _("No final figure was red in the period."))


def _reactions(asked: Asked, window: Window) -> list[Count2]:
    until = OuterRef("ends_at") + _ONE_DAY
    commented = Review.objects.filter(
        closing__unit=OuterRef("unit"),
        closing__cadence=OuterRef("cadence"),
        closing__first=OuterRef("first"),
        closing__number=OuterRef("number"),
        at__lte=until,
    ).exclude(comment="")
    opened = FigureDeviation.objects.filter(figure=OuterRef("pk"), deviation__reported_at__lte=until)
    rows = (
        _within(window)
        .filter(indicator__in=_executions(tree_of(asked.book)), status="red", state__in=_FINAL)
        .annotate(crew=_crew(), reacted=Q(Exists(commented)) | Q(Exists(opened)))
        .order_by()
        .values_list("unit", "crew")
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(reacted=True)))
    )
    return [Count2(*row) for row in rows]


@metric("board_values_on_time", to("kpis:dashboard"))
def board_values_on_time(asked: Asked) -> Reading:
    """Due: a shift's figures with something planned or seen; present: it had a value when the shift was closed."""
    window = asked.window
    rows = asked.book.keep(("on time", window.start, window.end), lambda: _on_time(window))
    return share(*_counted(asked, rows, shared=False), _("No shift with figures was closed in the period."))


def _on_time(window: Window) -> list[Count2]:
    rows = (
        FigureVersion.objects.filter(
            kind=VersionKind.CLOSED,
            figure__unit__kind="area",
            figure__cadence="shift",
            figure__starts_at__gte=window.start,
            figure__ends_at__lte=window.end,
        )
        .filter(Q(figure__planned__gt=0) | Q(figure__n__gt=0))
        .annotate(
            crew=Subquery(
                Shift.objects.filter(
                    production_date=OuterRef("figure__first"), number=OuterRef("figure__number")
                ).values("crew")[:1]
            )
        )
        .order_by()
        .values_list("figure__unit", "crew")
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(value__isnull=False)))
    )
    return [Count2(*row) for row in rows]


@metric("indicators_on_target", to("kpis:dashboard"))
def indicators_on_target(asked: Asked) -> Reading:
    """The unit's own figures of the last closed month, final, of indicators followed by the month that have limits."""
    period = asked.window.periods[-1]
    rows = Figure.objects.filter(
        unit=asked.spot.root, cadence="month", first=period.first, state__in=_FINAL, indicator__active=True
    ).exclude(status="none")
    followed = rows.filter(indicator__cadences__contains=["month"])
    counted = followed.aggregate(n=Count("pk"), green=Count("pk", filter=Q(status="green")))
    return share(counted["green"], counted["n"], _("The unit has no final figures of the last month."))


def followed_by_teams(asked: Asked) -> dict[int, set[int]]:
    """Indicators that each area's teams follow: those with a figure of the area in the last four closed weeks."""
    window = asked.book.window("week", 4)
    if window is None:
        return {}
    return asked.book.keep("followed", lambda: _followed(window))


def _followed(window: Window) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    rows = Figure.objects.filter(
        cadence="week",
        starts_at__gte=window.start,
        starts_at__lt=window.end,
        unit__kind="area",
        value__isnull=False,
        indicator__active=True,
    )
    for unit, indicator in rows.order_by().values_list("unit", "indicator").distinct():
        found[unit].add(indicator)
    return dict(found)
