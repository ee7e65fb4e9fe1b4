"""Closed periods as they are followed up: what was red and missed when they closed, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from kpis.board import aim_text
from kpis.choice import DIMENSIONS
from kpis.frame import Frame, period_key
from kpis.models import (
    Closing,
    ClosingLine,
    Figure,
    FigureVersion,
    Indicator,
    LineKind,
    Review,
    VersionKind,
)
from observations.models import Round
from principles.improvement.models import Carry
from principles.improvement.services.carrying import REASONS
from principles.teams.models import Unit
from sops.models import Dimension

_SERIOUSNESS = {"red": 0, "yellow": 1, "none": 2, "green": 3}


def closings_of(unit: Unit, cadence: str) -> QuerySet[Closing]:
    """A unit's closings of one cadence, newest first, with counts of what was red, yellow and missed."""
    return (
        Closing.objects.filter(unit=unit, cadence=cadence)
        .annotate(
            red_count=Count("lines", filter=Q(lines__kind=LineKind.RED), distinct=True),
            yellow_count=Count("lines", filter=Q(lines__kind=LineKind.YELLOW), distinct=True),
            missed_count=Count("lines", filter=Q(lines__kind=LineKind.MISSED), distinct=True),
        )
        .prefetch_related("reviews__by")
        .order_by("-first", "-number")
    )


@dataclass(frozen=True, slots=True)
class Known:
    """One figure of a closed period: as it was known then, and as it is now."""

    indicator: Indicator
    then: FigureVersion | None
    now: Figure
    goal: str
    href: str

    @property
    def has_changed(self) -> bool:
        """Whether the meeting would see another number today."""
        if self.then is None:
            return self.now.value is not None
        places = self.indicator.decimals
        then, now = self.then.value, self.now.value
        if then is None or now is None:
            return then is not now
        return round(then, places) != round(now, places) or self.then.status != self.now.status

    @property
    def status_then(self) -> str:
        return self.then.status if self.then is not None else "none"


@dataclass(frozen=True, slots=True)
class MissedRound:
    """A round that was missed: done of planned when the period closed, and now."""

    line: ClosingLine
    round: Round
    done_now: int

    @property
    def is_caught_up(self) -> bool:
        return self.done_now > self.line.done


@dataclass(frozen=True, slots=True)
class Met:
    """An open deviation that met the closing: escalated, for a reason in words, or carried on."""

    carry: Carry
    reason: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a meeting goes through, in order: HSE first, then quality, volume and cost; missed rounds, deviations."""

    groups: list[tuple[str, list[Known]]]
    red: list[Known]
    missed: list[MissedRound]
    deviations: list[Met]
    reviews: list[Review]

    @property
    def escalated(self) -> list[Met]:
        return [met for met in self.deviations if met.carry.escalated]

    @property
    def changed(self) -> int:
        return sum(known.has_changed for _name, rows in self.groups for known in rows)


def agenda(frame: Frame, closing: Closing) -> Agenda:
    """Everything on the page of one closing (six queries)."""
    figures = Figure.objects.filter(
        unit=closing.unit, cadence=closing.cadence, first=closing.first, number=closing.number
    ).select_related("indicator")
    versions = FigureVersion.objects.filter(figure__in=figures.values("pk"), kind=VersionKind.CLOSED)
    then = {version.figure_id: version for version in versions}
    rows = [_known(frame, closing, figure, then.get(figure.pk)) for figure in figures if figure.indicator.active]
    groups = []
    for dimension in DIMENSIONS:
        found = [row for row in rows if row.indicator.dimension == dimension]
        found.sort(key=lambda row: (_SERIOUSNESS.get(row.status_then, 2), row.indicator.position))
        if found:
            groups.append((str(Dimension(dimension).label), found))
    return Agenda(
        groups,
        [row for _name, found in groups for row in found if row.status_then == "red"],
        _missed(closing),
        _met(frame, closing),
        list(closing.reviews.select_related("by")),
    )


def _known(frame: Frame, closing: Closing, figure: Figure, then: FigureVersion | None) -> Known:
    indicator = figure.indicator
    target = frame.rules.target(indicator.pk, closing.unit_id, closing.first)
    query = {
        "unit": closing.unit.code,
        "cadence": closing.cadence,
        "period": period_key(closing.first, closing.number),
    }
    return Known(
        indicator,
        then,
        figure,
        aim_text(target, indicator.decimals),
        f"{reverse('kpis:indicator', args=[indicator.code])}?{urlencode(query)}",
    )


def _met(frame: Frame, closing: Closing) -> list[Met]:
    """Open deviations of the unit and of those below it that met this closing; the escalated ones first."""
    found = Carry.objects.filter(
        unit__in=frame.places.members(closing.unit_id, closing.first),
        cadence=closing.cadence,
        first=closing.first,
        number=closing.number,
    ).select_related("deviation", "unit")
    return [
        Met(carry, str(REASONS.get(carry.reason, "")))
        for carry in found.order_by("-escalated", "deviation__reported_at", "pk")
    ]


def _missed(closing: Closing) -> list[MissedRound]:
    lines = list(
        closing.lines.filter(kind=LineKind.MISSED, round__isnull=False).select_related(
            "round__revision__sop", "round__area", "round__shift", "round__crew"
        )
    )
    now = {
        found.pk: found.progress()[1]
        for found in Round.objects.filter(pk__in=[line.round_id for line in lines]).with_progress()
    }
    return [
        MissedRound(line, line.round, now.get(line.round.pk, line.done)) for line in lines if line.round is not None
    ]


__all__ = ["Agenda", "Known", "Met", "MissedRound", "agenda", "closings_of"]
