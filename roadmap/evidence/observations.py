"""Evidence on observing: plans carried out, facts reported in time, points that were not right."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from kpis.models import Indicator, Tally
from kpis.rules import COMPUTED, parts_of_merged
from kpis.tally import Tally as Counted
from observations.models import Observation, Source
from principles.teams.models import Shift
from roadmap.evidence.book import Window, address
from roadmap.evidence.plain import Number, Reading
from roadmap.evidence.registry import Asked, metric, share, to

_COUNTS = ("n", "conforming", "not_conforming", "not_applicable", "planned", "done")


class Pooled(NamedTuple):
    """An indicator over a window: its parts summed over the periods."""

    value: Fraction | None
    numerator: Number | None
    denominator: Number | None


def pooled(asked: Asked, code: str, window: Window | None = None) -> Pooled:
    """An indicator over every point, read over a window in the asked unit (and of its crew), parts summed.

    By the functions that make its figures, from the tallies that its figures are made of: one definition.
    """
    over = window or asked.window
    indicator = indicators_of(asked).get(code)
    counts = asked.book.keep(
        ("tallies", asked.spot.root, over.cadence, over.start, over.end), lambda: _tallies(asked.spot.root, over)
    )
    if indicator is None or indicator.kind not in COMPUTED or not indicator.all_points:
        return Pooled(None, None, None)
    wanted = counts.get(asked.spot.crew, {}) if asked.spot.crew is not None else _together(counts)
    if not wanted:
        return Pooled(None, None, None)
    tally = Counted(
        n=wanted["n"],
        conforming=wanted["conforming"],
        not_conforming=wanted["not_conforming"],
        not_applicable=wanted["not_applicable"],
        planned=wanted["planned"],
        done=wanted["done"],
    )
    parts = parts_of_merged(indicator.kind, indicator.factor, tally)
    return Pooled(parts.value, parts.num, parts.den)


def indicators_of(asked: Asked) -> dict[str, Indicator]:
    """Indicators by code (shared)."""
    return asked.book.keep("indicators", lambda: {row.code: row for row in Indicator.objects.all()})


def _tallies(unit: int, window: Window) -> dict[int | None, dict[str, int]]:
    rows = (
        Tally.objects.filter(
            unit=unit,
            cadence=window.cadence.value,
            first__gte=window.periods[0].first,
            first__lte=window.periods[-1].first,
        )
        .order_by()
        .values_list("crew")
        .annotate(*[Sum(name) for name in _COUNTS])
    )
    return {crew: dict(zip(_COUNTS, map(int, sums), strict=True)) for crew, *sums in rows}


def _together(counts: dict[int | None, dict[str, int]]) -> dict[str, int]:
    return {name: sum(found[name] for found in counts.values()) for name in _COUNTS} if counts else {}


@metric("observation_plan_completion", lambda spot: address("kpis:indicator", "S01", unit=spot.code, cadence="week"))
def observation_plan_completion(asked: Asked) -> Reading:
    found = pooled(asked, "S01")
    return Reading(
        value=found.value,
        numerator=found.numerator if found.value is not None else None,
        denominator=found.denominator if found.value is not None else None,
        missing="" if found.value is not None else _("No round was owed in the period."),
    )


@metric("deviations_per_1000_points", lambda spot: address("kpis:indicator", "S03", unit=spot.code, cadence="week"))
def deviations_per_1000_points(asked: Asked) -> Reading:
    found = pooled(asked, "S03")
    return Reading(
        value=found.value,
        numerator=found.numerator if found.value is not None else None,
        denominator=found.denominator if found.value is not None else None,
        missing="" if found.value is not None else _("No point was judged in the period."),
    )


@metric("deviation_rate_change", lambda spot: address("kpis:indicator", "S03", unit=spot.code, cadence="month"))
def deviation_rate_change(asked: Asked) -> Reading:
    """100 × (rate now − rate before) / rate before, each over a whole window."""
    window = asked.window
    before = asked.book.window(window.cadence.value, window.length, back=window.length)
    if before is None or not _covered(asked, before):
        return Reading(missing=_("There are no figures yet for the whole period before, to compare with."))
    now, then = pooled(asked, "S03"), pooled(asked, "S03", before)
    if now.value is None or not then.value:
        return Reading(missing=_("There are no figures yet for the whole period before, to compare with."))
    return Reading(value=100 * (now.value - then.value) / then.value)


def _covered(asked: Asked, window: Window) -> bool:
    """Whether there is data in every period of a window: half a window is no measure of the whole."""
    rows = asked.book.keep(
        ("months with data", asked.spot.root, window.start),
        lambda: (
            Tally.objects.filter(
                unit=asked.spot.root,
                cadence=window.cadence.value,
                first__gte=window.periods[0].first,
                first__lte=window.periods[-1].first,
                n__gt=0,
            )
            .order_by()
            .values("first")
            .distinct()
            .count()
        ),
    )
    return rows == window.length


@metric("observation_reported_same_shift", to("observations:shift"))
def observation_reported_same_shift(asked: Asked) -> Reading:
    """First reports only: a later correction says nothing about when it was reported."""
    window = asked.window
    rows: dict[tuple[int, int | None], tuple[int, int]] = asked.book.keep(
        ("reported", window.start, window.end), lambda: _reported(window)
    )
    kept: defaultdict[str, int] = defaultdict(int)
    for (area, crew), (n, in_time) in rows.items():
        if area in asked.spot.units and asked.spot.crew in (None, crew):
            kept["n"] += n
            kept["in time"] += in_time
    return share(kept["in time"], kept["n"], _("Nothing was observed in the period."))


def _reported(window: Window) -> dict[tuple[int, int | None], tuple[int, int]]:
    shifts = Shift.objects.between(window.start, window.end).values("pk")
    rows = (
        Observation.objects.filter(shift__in=shifts, supersedes__isnull=True)
        .exclude(source=Source.IMPORT)
        .order_by()
        .values_list("area", "crew")
        .annotate(n=Count("pk"), in_time=Count("pk", filter=Q(received_at__lt=F("shift__ends_at"))))
    )
    return {(area, crew): (n, in_time) for area, crew, n, in_time in rows}
