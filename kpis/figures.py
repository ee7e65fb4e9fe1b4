"""Computing figures from tallies, for any number of them at once, and keeping what was known before.

As with tallies: a figure is locked before the tallies it is made of are read, in a later statement, so that two
workers that change two of its points at once cannot each miss the other's.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from kpis.arrays import columns_of
from kpis.models import Cadence, Closing, Figure, FigureState, FigureVersion, Indicator, IndicatorKind, VersionKind
from kpis.recount import Counted
from kpis.rules import FigureKey, Rules, Seen, observed, parts_of_merged, weighted
from kpis.spans import Places, Span
from kpis.tally import Parts, Tally, quantize

logger = logging.getLogger(__name__)

VALUE_PLACES, PART_PLACES = 12, 18
# Digits before the decimal point that the columns hold; nothing a plant measures comes near.
_VALUE_DIGITS, _PART_DIGITS = 28, 42


class RestatedReason(models.TextChoices):
    """Why a final figure changed; the code is stored with the version."""

    LATE = "late", _("Late observation")
    CORRECTED = "corrected", _("Correction")
    WITHDRAWN = "withdrawn", _("Withdrawn observation")
    PLAN = "plan", _("Plan changed")
    TARGET = "target", _("Target changed")
    RULES = "rules", _("Weights or points changed")


def reason_text(code: str) -> str:
    """A stored reason in the reader's language; as it stands when it is none of ours."""
    return str(RestatedReason(code).label) if code in RestatedReason.values else code


@dataclass(frozen=True, slots=True)
class Values:
    """What a figure holds, rounded as stored."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    planned: int
    done: int
    status: str


@dataclass(slots=True)
class _Row:
    """A figure under lock: what it held, and what it comes to."""

    pk: int
    key: FigureKey
    state: str
    before: Values
    after: Values
    ends_at: dt.datetime


@dataclass(slots=True)
class Touched:
    """The figures to compute again: all in `keys`; a missing one is made only if it is in `live` too."""

    keys: set[FigureKey] = field(default_factory=set)
    live: set[FigureKey] = field(default_factory=set)

    def add(self, key: FigureKey, *, live: bool) -> None:
        self.keys.add(key)
        if live:
            self.live.add(key)


def touched_by(changed: Iterable[Counted], rules: Rules, *, only: int | None = None) -> Touched:
    """The figures that changed tallies feed, with the roll-ups above them; of one indicator alone, if it is named."""
    by_place: defaultdict[tuple[int, str, dt.date, int], list[Counted]] = defaultdict(list)
    for counted in changed:
        by_place[counted.key[:4]].append(counted)
    touched = Touched()
    for place, found in by_place.items():
        feeding: defaultdict[int, list[Counted]] = defaultdict(list)
        for counted in found:
            for indicator_id in rules.by_point.get(counted.key.point, ()):
                feeding[indicator_id].append(counted)
        feeding.update(dict.fromkeys(rules.all_points, found))
        for indicator_id, fed in feeding.items():
            indicator = rules.indicators[indicator_id]
            if place[1] in indicator.cadences and only in (None, indicator_id):
                touched.add(FigureKey(indicator_id, *place), live=any(_is_live(counted, indicator) for counted in fed))
    for figure in list(touched.keys):
        _add_parents(figure, touched, rules)
    return touched


def _is_live(counted: Counted, indicator: Indicator) -> bool:
    """Whether a tally gives an indicator anything to tell: something observed, or something owed."""
    if counted.planned or (counted.opportunities and not indicator.all_points):
        return True
    return observed(indicator.kind, n=counted.n, done=counted.done, answered=counted.answered) > 0


def _add_parents(key: FigureKey, touched: Touched, rules: Rules) -> None:
    for parent in rules.parents(key.indicator, key.cadence, key.first):
        above = key._replace(indicator=parent)
        live = key in touched.live
        if above in touched.keys and (not live or above in touched.live):
            continue
        touched.add(above, live=live)
        _add_parents(above, touched, rules)


def figures_recompute(
    touched: Touched,
    *,
    spans: Mapping[tuple[str, dt.date, int], Span],
    rules: Rules,
    now: dt.datetime,
    reason: RestatedReason | None = None,
) -> int:
    """Compute figures from their tallies and their parts, and write those that differ. Returns how many did.

    `spans` holds the bounds of every period named. A final figure that changes is restated, with `reason` or what
    its counts tell. To be called inside a transaction, after the tallies were written.
    """
    if not touched.keys:
        return 0
    made = _insert(touched.live, spans, now)
    rows = _lock(touched.keys)
    _compute(rows, rules)
    changed = [row for row in rows.values() if row.after != row.before]
    late = _made_after_final({row.key for row in changed if row.pk in made})
    _write(changed, late, reason, now)
    return len(changed)


@transaction.atomic
def figures_refresh(
    *, indicator_ids: Iterable[int], since: dt.date, now: dt.datetime, reason: RestatedReason = RestatedReason.TARGET
) -> int:
    """Compute the stored figures of some indicators again from a production date on, with the roll-ups above.

    To be called when a target, a weight or an edge has changed. Returns how many figures changed.
    """
    rules = Rules(Places())
    touched, spans = Touched(), {}
    stored = Figure.objects.filter(indicator__in=set(indicator_ids) & set(rules.indicators), first__gte=since)
    for figure in stored.values_list("indicator_id", "unit_id", "cadence", "first", "number", "starts_at", "ends_at"):
        key = FigureKey(*figure[:5])
        spans[key.cadence, key.first, key.number] = Span(*figure[2:])
        touched.add(key, live=True)
    for key in list(touched.keys):
        _add_parents(key, touched, rules)
    return figures_recompute(touched, spans=spans, rules=rules, now=now, reason=reason)


_KEY_ROWS = """
unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::int[]) AS k(indicator, unit, cadence, first, number)
"""

_INSERT = f"""
INSERT INTO kpis_figure (indicator_id, unit_id, cadence, first, number, starts_at, ends_at, state, updated_at,
    n, planned, done, status)
SELECT k.indicator, k.unit, k.cadence, k.first, k.number, s.starts_at, s.ends_at, 'provisional', %s, 0, 0, 0, 'none'
FROM {_KEY_ROWS}
JOIN unnest(%s::text[], %s::date[], %s::int[], %s::timestamptz[], %s::timestamptz[])
    AS s(cadence, first, number, starts_at, ends_at) USING (cadence, first, number)
ORDER BY k.unit, k.indicator, k.cadence, k.first, k.number
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608 - made of constants

_LOCK = f"""
SELECT f.id, f.indicator_id, f.unit_id, f.cadence, f.first, f.number, f.state, f.ends_at,
    f.value, f.numerator, f.denominator, f.n, f.planned, f.done, f.status
FROM kpis_figure f
JOIN {_KEY_ROWS} ON f.indicator_id = k.indicator AND f.unit_id = k.unit AND f.cadence = k.cadence
    AND f.first = k.first AND f.number = k.number
ORDER BY f.unit_id, f.indicator_id, f.cadence, f.first, f.number
FOR UPDATE OF f
"""  # noqa: S608 - made of constants

_SUMS = """
SELECT k.figure, sum(t.n), sum(t.conforming), sum(t.not_conforming), sum(t.not_applicable), sum(t.planned),
    sum(t.done), sum(t.sum_x), sum(t.sum_w), sum(t.sum_wx), sum({weight} * t.conforming),
    sum({weight} * (t.conforming + t.not_conforming))
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::int[])
    AS k(figure, indicator, unit, cadence, first, number)
{feeds}
JOIN kpis_tally t ON t.unit_id = k.unit AND t.cadence = k.cadence AND t.first = k.first AND t.number = k.number
    {of_point}
GROUP BY k.figure
"""
_SUMS_OF_POINTS = _SUMS.format(
    weight="fd.weight",
    feeds="JOIN kpis_indicatorpoint fd ON fd.indicator_id = k.indicator",
    of_point="AND t.point_id = fd.point_id",
)
_SUMS_OF_ALL = _SUMS.format(weight="1", feeds="", of_point="")


def _insert(keys: set[FigureKey], spans: Mapping[tuple[str, dt.date, int], Span], now: dt.datetime) -> set[int]:
    """Make the figures that are missing; the ids of those made."""
    if not keys:
        return set()
    places = {spans[key.cadence, key.first, key.number] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, *columns_of(keys), *columns_of(places)])
        return {pk for (pk,) in cursor.fetchall()}


def _lock(keys: set[FigureKey]) -> dict[FigureKey, _Row]:
    nothing = Values(None, None, None, 0, 0, 0, "none")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, columns_of(keys))
        rows = cursor.fetchall()
    return {
        key: _Row(pk=row[0], key=key, state=row[6], ends_at=row[7], before=Values(*row[8:]), after=nothing)
        for row in rows
        for key in (FigureKey(*row[1:6]),)
    }


def _compute(rows: dict[FigureKey, _Row], rules: Rules) -> None:
    """Fill `after` of every row: first those made of tallies, then the roll-ups from the bottom upward."""
    by_pk = {row.pk: row for row in rows.values()}
    leaves = [row for row in by_pk.values() if rules.indicators[row.key.indicator].kind != IndicatorKind.WEIGHTED]
    for everything, sql in ((False, _SUMS_OF_POINTS), (True, _SUMS_OF_ALL)):
        wanted = [row for row in leaves if rules.indicators[row.key.indicator].all_points is everything]
        if not wanted:
            continue
        with connection.cursor() as cursor:
            cursor.execute(sql, columns_of((row.pk, *row.key) for row in wanted))
            for pk, *sums in cursor.fetchall():
                by_pk[pk].after = _leaf(by_pk[pk].key, sums, rules)
    levels: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in by_pk.values():
        if rules.indicators[row.key.indicator].kind == IndicatorKind.WEIGHTED:
            levels[rules.depths[row.key.indicator]].append(row)
    for depth in sorted(levels):
        _roll_up(levels[depth], rows, rules)


def _leaf(key: FigureKey, sums: list[Decimal], rules: Rules) -> Values:
    n, conforming, not_conforming, not_applicable, planned, done = (int(count) for count in sums[:6])
    sum_x, sum_w, sum_wx, right, judged = sums[6:]
    indicator = rules.indicators[key.indicator]
    if indicator.kind == IndicatorKind.CONFORMITY:
        parts = Parts(Fraction(right), Fraction(judged), Fraction(100))
    else:
        tally = Tally(
            n=n,
            conforming=conforming,
            not_conforming=not_conforming,
            not_applicable=not_applicable,
            planned=planned,
            done=done,
            sum_x=sum_x,
            sum_w=sum_w,
            sum_wx=sum_wx,
        )
        parts = parts_of_merged(indicator.kind, indicator.factor, tally)
    seen = observed(indicator.kind, n=n, done=done, answered=conforming + not_conforming + not_applicable)
    return _values(key, parts, Seen(seen, planned, done), rules)


def _roll_up(parents: list[_Row], rows: Mapping[FigureKey, _Row], rules: Rules) -> None:
    """Roll-ups of one depth; their parts come from the figures just computed, else as stored."""
    children = {
        row.key: [
            (row.key._replace(indicator=child), weight)
            for child, weight in rules.children(row.key.indicator, row.key.first)
        ]
        for row in parents
    }
    missing = {child for found in children.values() for child, _ in found if child not in rows}
    stored = _stored(missing)
    for row in parents:
        parts = []
        seen = Seen()
        for child, weight in children[row.key]:
            values = rows[child].after if child in rows else stored.get(child)
            if values is not None:
                parts.append((values.value, weight))
                seen = seen.plus(Seen(values.n, values.planned, values.done))
        row.after = _values(row.key, weighted(parts), seen, rules)


def _stored(keys: set[FigureKey]) -> dict[FigureKey, Values]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.replace("FOR UPDATE OF f", ""), columns_of(keys))
        return {FigureKey(*row[1:6]): Values(*row[8:]) for row in cursor.fetchall()}


def _values(key: FigureKey, parts: Parts | None, seen: Seen, rules: Rules) -> Values:
    value = None if parts is None else parts.value
    if parts is None or value is None:
        return Values(None, None, None, *seen, "none")
    shown, num, den = quantize(value, VALUE_PLACES), quantize(parts.num, PART_PLACES), quantize(parts.den, PART_PLACES)
    if shown.adjusted() >= _VALUE_DIGITS or max(num.adjusted(), den.adjusted()) >= _PART_DIGITS:
        logger.warning("figure too wide to be kept", extra={"figure": str(key)})
        return Values(None, None, None, *seen, "none")
    return Values(
        value=shown,
        numerator=num,
        denominator=den,
        n=seen.n,
        planned=seen.planned,
        done=seen.done,
        status=rules.status(key, value),
    )


def _made_after_final(keys: set[FigureKey]) -> set[FigureKey]:
    """Of figures just made, those of periods whose figures were final already: there was no data, and that was told."""
    if not keys:
        return set()
    final = Closing.objects.filter(
        finalised_at__isnull=False,
        unit__in={key.unit for key in keys},
        first__in={key.first for key in keys},
    ).values_list("unit_id", "cadence", "first", "number")
    known = set(final)
    return {key for key in keys if key[1:] in known}


def _write(changed: list[_Row], late: set[FigureKey], reason: RestatedReason | None, now: dt.datetime) -> None:
    restated = [row for row in changed if row.state != FigureState.PROVISIONAL or row.key in late]
    for row in restated:
        row.state = FigureState.RESTATED
    if not changed:
        return
    columns = columns_of(
        (
            row.pk,
            row.after.value,
            row.after.numerator,
            row.after.denominator,
            row.after.n,
            row.after.planned,
            row.after.done,
            row.after.status,
            row.state,
        )
        for row in changed
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kpis_figure f SET value = c.value, numerator = c.numerator, denominator = c.denominator, n = c.n,
                planned = c.planned, done = c.done, status = c.status, state = c.state, updated_at = %s
            FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::int[], %s::int[], %s::int[],
                %s::text[], %s::text[]) AS c(id, value, numerator, denominator, n, planned, done, status, state)
            WHERE f.id = c.id
            """,
            [now, *columns],
        )
    FigureVersion.objects.bulk_create(
        [
            FigureVersion(
                figure_id=row.pk,
                kind=VersionKind.RESTATED,
                at=now,
                reason=(reason or _reason(row.before, row.after)).value,
                value=row.after.value,
                numerator=row.after.numerator,
                denominator=row.after.denominator,
                n=row.after.n,
                planned=row.after.planned,
                done=row.after.done,
                status=row.after.status,
            )
            for row in restated
        ],
        batch_size=2000,
    )


def _reason(before: Values, after: Values) -> RestatedReason:
    """Why a figure changed, told from what it counts."""
    if after.n > before.n:
        return RestatedReason.LATE
    if after.n < before.n:
        return RestatedReason.WITHDRAWN
    if after.planned != before.planned:
        return RestatedReason.PLAN
    if replace(after, status=before.status) == before:
        return RestatedReason.TARGET
    return RestatedReason.CORRECTED


__all__ = [
    "Cadence",
    "FigureKey",
    "RestatedReason",
    "Touched",
    "Values",
    "figures_recompute",
    "figures_refresh",
    "reason_text",
    "touched_by",
]
