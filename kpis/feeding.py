"""What a point adds up to: which indicators count it, and with which weight.

A change holds for every figure, of the past too: those of the periods in which the point was watched are computed
again at once, and a final one is restated. So a rebuild afterwards finds nothing to do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q, Sum

from amps.audit import record
from kpis.figures import RestatedReason, Touched, figures_recompute, touched_by
from kpis.models import Cadence, Indicator, IndicatorKind, IndicatorPoint, Tally
from kpis.recount import Counted, TallyKey
from kpis.rules import Rules
from kpis.spans import Places, Span, span_of
from principles.teams.models import Shift, User
from sops.models import ObservationPoint, PointKind

REMOVED = "point.feed_removed"  # on the audit trail; what is loaded anew asks for it
_LOCK = 4_003_002
# Kinds of figures that count what was judged; weights tell in these alone.
SHARES = (IndicatorKind.CONFORMITY, IndicatorKind.NOT_OK_RATE)
# What the column of a weight holds.
MOST_WEIGHT, WEIGHT_PLACES = Decimal(10_000), 4


class FeedRefused(ValueError):
    """A feed that cannot be stored; each subclass says why."""


class WrongKind(FeedRefused):
    """The indicator can't count this point: see `takes`."""


class FedAlready(FeedRefused):
    """The point feeds the indicator already; maybe somebody was quicker."""


class FeedGone(FeedRefused):
    """The point does not feed the indicator any more."""


class BadWeight(FeedRefused):
    """A weight is above 0, at most MOST_WEIGHT, with WEIGHT_PLACES decimals at most."""


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """An indicator whose feeds were changed, and how many figures are others for it, roll-ups included."""

    indicator: Indicator
    changed: int


def takes(indicator: Indicator, point: ObservationPoint) -> bool:
    """Whether an indicator can count a point.

    Shares of what is right take what is judged: yes or no, and numbers with limits. Means and sums take numbers, rates
    take events. Nothing feeds a roll-up, what reads every point by itself, or what is not computed here.
    """
    if not indicator.active or indicator.all_points:
        return False
    if indicator.kind in SHARES:
        return point.kind == PointKind.YES_NO or (point.is_numeric and point.has_limits)
    if indicator.kind in (IndicatorKind.MEAN, IndicatorKind.SUM):
        return point.is_numeric
    return indicator.kind == IndicatorKind.RATE and point.kind == PointKind.EVENT


def weight_is_good(weight: Decimal) -> bool:
    """Whether a weight can be stored exactly and means anything."""
    if not weight.is_finite() or not 0 < weight <= MOST_WEIGHT:
        return False
    return weight == weight.quantize(Decimal(1).scaleb(-WEIGHT_PLACES))


def feeds_hold() -> None:
    """Let no feed be changed until the transaction ends; counters of facts hold it together (one query).

    Whoever changes a feed waits for them, and they for it. Else a counter that has read the feeds as they were would
    leave out the new indicator, while the one who feeds it does not see yet what the counter is about to store.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def feed_add(
    *, indicator: Indicator, point: ObservationPoint, weight: Decimal, actor: User, now: dt.datetime
) -> FeedChanged:
    """Let an indicator count a point from now on, and in every figure that there is or could have been.

    Raises BadWeight, WrongKind, FedAlready.
    """
    if not weight_is_good(weight):
        raise BadWeight(str(weight))
    locked, watched = _locked(indicator, point)
    if not takes(locked, watched):
        raise WrongKind(locked.code)
    if IndicatorPoint.objects.filter(indicator=locked, point=watched).exists():
        raise FedAlready(locked.code)
    feed = IndicatorPoint.objects.create(indicator=locked, point=watched, weight=weight)
    record(
        actor=actor, action="point.feed_added", target=watched, after={"indicator": locked.code, "weight": feed.weight}
    )
    places = Places()
    rules = Rules(places)
    touched = touched_by(_counted(watched), rules, only=locked.pk)
    return FeedChanged(locked, _recompute(touched, rules, places, now))


@transaction.atomic
def feed_remove(*, indicator: Indicator, point: ObservationPoint, actor: User, now: dt.datetime) -> FeedChanged:
    """Let an indicator count a point no longer, in no figure. What it was known as before is kept. Raises FeedGone."""
    locked, watched = _locked(indicator, point)
    feed = IndicatorPoint.objects.filter(indicator=locked, point=watched).first()
    if feed is None:
        raise FeedGone(locked.code)
    places = Places()
    rules = Rules(places)
    # Which figures the point is part of is told by the feed, so before it goes; none has to be made for it.
    touched = touched_by(_counted(watched), rules, only=locked.pk)
    touched.live.clear()
    record(
        actor=actor,
        action=REMOVED,
        target=watched,
        before={"indicator": locked.code, "weight": feed.weight},
    )
    feed.delete()
    return FeedChanged(locked, _recompute(touched, rules, places, now))


def _locked(indicator: Indicator, point: ObservationPoint) -> tuple[Indicator, ObservationPoint]:
    """Both rows as they are now, under lock: nobody sets limits or targets meanwhile."""
    _alone()
    watched = ObservationPoint.objects.select_for_update(no_key=True).get(pk=point.pk)
    return Indicator.objects.select_for_update(no_key=True).get(pk=indicator.pk), watched


def _counted(point: ObservationPoint) -> list[Counted]:
    """Every tally of a point that holds anything, as if it had just changed; crews together (one query)."""
    sums = (
        Tally.objects.filter(Q(n__gt=0) | Q(planned__gt=0) | Q(sum_w__gt=0), point=point)
        .order_by()
        .values_list("unit_id", "cadence", "first", "number")
        .annotate(
            seen=Sum("n"),
            owed=Sum("planned"),
            owed_done=Sum("done"),
            answered=Sum(F("conforming") + F("not_conforming") + F("not_applicable")),
            weights=Sum("sum_w"),
        )
    )
    return [
        Counted(TallyKey(unit, cadence, first, number, point.pk, 0), n, planned, done, answered, weights > 0)
        for unit, cadence, first, number, n, planned, done, answered, weights in sums
    ]


def _recompute(touched: Touched, rules: Rules, places: Places, now: dt.datetime) -> int:
    return figures_recompute(touched, spans=_spans(touched, places), rules=rules, now=now, reason=RestatedReason.RULES)


def _spans(touched: Touched, places: Places) -> dict[tuple[str, dt.date, int], Span]:
    """The bounds of every period that a figure may be made in."""
    periods = {(key.cadence, key.first, key.number) for key in touched.live}
    dates = {first for cadence, first, _number in periods if cadence == Cadence.SHIFT}
    found = {span.key: span for span in map(span_of, Shift.objects.filter(production_date__in=dates))}
    for period in periods - found.keys():
        found[period] = places.longer(Cadence(period[0]), period[1])
    return found
