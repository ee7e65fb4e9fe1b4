"""From the standard's evidence to facts: each metric once per scope and window, for a whole evaluation in one go."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kpis.models import Direction, Target
from principles.teams.models import Crew, Unit
from roadmap.evidence import (
    actions,
    agreements,
    deviations,
    evaluations,
    flow,
    followup,
    meetings,
    observations,
    sops,
    teams,
)
from roadmap.evidence.book import Book, Spot, Window
from roadmap.evidence.plain import Fact, ItemFacts, Reading, judge, rounded, suggest, worst_of
from roadmap.evidence.registry import COMPUTED, LINKS, Asked, reason_missing
from roadmap.models import Binding, Evidence, FocusItem, Scope

# Importing them registers their metrics.
AREAS = (actions, agreements, deviations, evaluations, flow, followup, meetings, observations, sops, teams)

_NO_WINDOW = _("The plant's calendar does not reach back that far.")
_NO_CREW = _("No shift team has data in the period.")


def facts_of(item: FocusItem, *, unit: Unit, crew: Crew | None = None, now: dt.datetime) -> ItemFacts:
    """The live facts of one focus item for a unit, or one team of it, and what they suggest."""
    return facts_of_many([item], unit=unit, crew=crew, now=now)[item.pk]


def facts_of_many(
    items: Iterable[FocusItem], *, unit: Unit, crew: Crew | None = None, now: dt.datetime
) -> dict[int, ItemFacts]:
    """The facts of many items by their id; a metric that several ask in the same way is read once.

    The number of queries depends on which metrics are asked for, not on how many items, units or
    crews there are.
    """
    wanted = [item.pk for item in items]
    rows: defaultdict[int, list[Evidence]] = defaultdict(list)
    for row in Evidence.objects.filter(item__in=wanted).select_related("metric"):
        rows[row.item_id].append(row)
    reader = _Reader(Book(now), unit, crew)
    return {pk: _item_facts([reader.fact(row) for row in rows.get(pk, ())]) for pk in wanted}


def _item_facts(facts: Sequence[Fact]) -> ItemFacts:
    suggested, binding = suggest([(fact.metric, fact.status) for fact in facts])
    return ItemFacts(suggested, binding, list(facts))


class _Reader:
    """Reads metrics for one unit or team."""

    def __init__(self, book: Book, unit: Unit, crew: Crew | None) -> None:
        self.book, self.unit, self.crew = book, unit, crew
        self._spots: dict[tuple[int, int | None], Spot] = {}

    def fact(self, row: Evidence) -> Fact:
        metric = row.metric
        reading = self._reading(row)
        direction, unit = metric.direction, metric.unit
        yellow_at, green_at = row.yellow_at, row.green_at
        if metric.indicator and metric.name in COMPUTED:
            yellow_at, green_at = self._limits(metric.indicator, yellow_at, green_at)
        value = rounded(reading.value)
        return Fact(
            metric=metric.name,
            label=_localized(metric, "label"),
            value=value,
            unit=unit,
            numerator=rounded(reading.numerator),
            denominator=rounded(reading.denominator),
            yellow_at=yellow_at,
            green_at=green_at,
            status=judge(reading.value, direction, yellow_at, green_at),
            url=reading.url or self._url(row),
            missing=reading.missing,
            direction=direction,
            where=reading.where,
            definition=_localized(metric, "definition"),
            window=_window_words(row.cadence, row.length),
            scope=Scope(row.scope).label,
            is_kept=metric.name in COMPUTED,
        )

    def _reading(self, row: Evidence) -> Reading:
        name = row.metric.name
        reason = reason_missing(name, row.metric.needs)
        if reason:
            return Reading(missing=reason)
        key = (name, row.cadence, row.length, row.scope, row.binding)
        found: Reading = self.book.keep(("reading", *key), lambda: self._measured(row))
        return found

    def _measured(self, row: Evidence) -> Reading:
        window = self.book.window(row.cadence, row.length)
        if window is None:
            return Reading(missing=_NO_WINDOW)
        spots = self._spots_of(row)
        readings = [self._ask(row, spot, window) for spot in spots]
        if len(readings) == 1:
            return readings[0]
        worst = worst_of(readings, row.metric.direction)
        if worst is not None:
            return worst
        return readings[0] if readings else Reading(missing=_NO_CREW)

    def _ask(self, row: Evidence, spot: Spot, window: Window) -> Reading:
        reading = COMPUTED[row.metric.name](Asked(self.book, spot, window, row.metric.name, row.binding))
        if spot.name and not reading.where:
            return Reading(
                reading.value, reading.numerator, reading.denominator, reading.missing, spot.name, reading.url
            )
        return reading

    def _spots_of(self, row: Evidence) -> list[Spot]:
        """The place, or where the limit has to hold for each the several places, that a metric is read for."""
        here = self.unit.pk
        if row.scope == Scope.PLANT:
            return [self.book.spot(self.book.plant_of(here))]
        if row.scope == Scope.TEAM:
            if self.crew is not None:
                return [self.book.spot(here, self.crew.pk)]
            if row.binding == Binding.ALL:
                # One crew after the other; those that have no data do not count.
                return [self.book.spot(here, crew.pk, _localized(crew, "name")) for crew in self.book.crews] or [
                    self.book.spot(here)
                ]
            return [self.book.spot(here)]
        if row.binding == Binding.ALL:
            areas = self.book.areas(self.book.spot(here))
            if areas != [here]:
                return [self.book.spot(area, None, _localized(self.book.units[area], "name")) for area in areas]
        return [self.book.spot(here)]

    def _url(self, row: Evidence) -> str:
        link = LINKS.get(row.metric.name)
        if link is None:
            return ""
        root = self.book.plant_of(self.unit.pk) if row.scope == Scope.PLANT else self.unit.pk
        return link(self.book.spot(root))

    def _limits(self, code: str, yellow_at: Decimal, green_at: Decimal) -> tuple[Decimal, Decimal]:
        """The indicator's own limits where they are set for the unit: the last yellow value and the last green one."""
        indicator = self.book.keep(
            "indicators by code", lambda: {row.code: row.pk for row in sops.tree_of(self.book).indicators.values()}
        ).get(code)
        if indicator is None:
            return yellow_at, green_at
        target: Target | None = self.book.rules.target(indicator, self.unit.pk, self.book.tree.date)
        band = sops.tree_of(self.book).indicators[indicator].direction == Direction.BAND
        if target is None or band or target.red is None or target.yellow is None:
            return yellow_at, green_at
        return target.red, target.yellow


def _localized(row: object, field: str) -> str:
    """A bilingual text that follows the active language when it is shown."""
    found: str = _lazy_text(row, field)
    return found


def _text_now(row: object, field: str) -> str:
    return str(getattr(row, field))


_lazy_text = lazy(_text_now, str)


def _words_now(cadence: str, length: int) -> str:
    if cadence == "shift":
        return ngettext("the last shift", "the last %(n)d shifts", length) % {"n": length}
    if cadence == "day":
        return ngettext("at the end of the last production day", "the last %(n)d production days", length) % {
            "n": length
        }
    if cadence == "week":
        return ngettext("the last closed week", "the last %(n)d closed weeks", length) % {"n": length}
    return ngettext("the last closed month", "the last %(n)d closed months", length) % {"n": length}


_window_words = lazy(_words_now, str)
