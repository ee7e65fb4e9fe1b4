"""Whether an action moved the indicator it was meant to move: figures before its start and after its carrying out.

Both windows are whole production days, `weeks` × 7 of them: those before the day on which the work began, and those
after the day on which it was carried out, as far as they have passed. The value of a window is that of all its facts
together: Σ numerator / Σ denominator of its day figures × the indicator's factor; of a sum the mean per day with data;
of a roll-up, whose parts cannot be pooled, the mean of the day figures weighted by what each stands on. An indicator
that is not followed by day is read at its next longer period, of those that begin in the window.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.functions import Greatest

from amps import audit
from kpis.figures import VALUE_PLACES
from kpis.models import Cadence, ExpectedEffect, Figure, Indicator, IndicatorKind
from kpis.rules import COMPUTED, direction_of
from kpis.tally import quantize
from kpis.verdicts import is_wished
from principles.improvement.models import Action, EffectCheck
from principles.improvement.models.actions import ENDED
from principles.teams.calendars import production_date
from principles.teams.models import Unit, User

# A window with fewer day figures than this says nothing yet.
LEAST_DAYS = 5
# How many actions one tick measures at most; the others have their turn at the next.
PER_TICK = 100
_DAY = dt.timedelta(days=1)
_ORDER = (Cadence.DAY, Cadence.WEEK, Cadence.MONTH, Cadence.SHIFT)
_PERCENT = (IndicatorKind.CONFORMITY, IndicatorKind.COVERAGE)
_FACTORED = (IndicatorKind.RATE, IndicatorKind.NOT_OK_RATE)
_LINKED = ("indicator_code", "indicator_en", "indicator_nb", "unit", "decimals", "direction", "place_id", "expected")
_MEASURED = (
    "before_from",
    "before_to",
    "before_value",
    "before_n",
    "after_from",
    "after_to",
    "after_value",
    "after_n",
    "measured_at",
)


class EffectRefused(Exception):
    """The indicator can't be linked as asked; `field` names the input it belongs to."""

    field = ""


class NotComputed(EffectRefused):
    """The indicator has no figures here."""

    field = "indicator"


class AgainstTheGood(EffectRefused):
    """The change expected goes the wrong way for this indicator, or is none."""

    field = "change"


class AlreadyEnded(EffectRefused):
    """The action has ended."""


class AlreadyVerified(EffectRefused):
    """The effect of this loop is verified on what was known then."""


@dataclass(frozen=True, slots=True)
class Window:
    """Production days [first, last], both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Pooled:
    """All facts of a window together: value in the indicator's unit (None: no data), facts, figures with data."""

    value: Decimal | None
    n: int
    figures: int


def windows(*, began: dt.date, carried_out: dt.date | None, weeks: int, today: dt.date) -> tuple[Window, Window | None]:
    """The days before `began` and after `carried_out` that are compared; the second as far as whole days have passed.

    None where no whole day after the carrying out has passed.
    """
    length = dt.timedelta(days=7 * weeks)
    before = Window(began - length, began - _DAY)
    if carried_out is None:
        return before, None
    after = Window(carried_out + _DAY, min(carried_out + length, today - _DAY))
    return before, after if after.first <= after.last else None


def pooled(indicator: Indicator, unit_id: int, window: Window) -> Pooled:
    """The indicator over all facts of a window in a unit (one query); the rule is told above."""
    found = Figure.objects.filter(
        indicator=indicator,
        unit=unit_id,
        cadence=cadence_read(indicator),
        first__gte=window.first,
        first__lte=window.last,
        value__isnull=False,
    )
    exact: DecimalField[Decimal, Decimal] = DecimalField(max_digits=60, decimal_places=18)
    weight = Greatest(F("n"), Value(1))
    sums = found.aggregate(
        facts=Sum("n"),
        figures=Count("pk"),
        num=Sum("numerator"),
        den=Sum("denominator"),
        weighted=Sum(ExpressionWrapper(F("value") * weight, output_field=exact)),
        weights=Sum(weight),
    )
    count, facts = int(sums["figures"] or 0), int(sums["facts"] or 0)
    if not count:
        return Pooled(None, 0, 0)
    if indicator.kind == IndicatorKind.WEIGHTED or sums["num"] is None:
        top, bottom, factor = sums["weighted"], sums["weights"], Decimal(1)
    else:
        top, bottom, factor = sums["num"], sums["den"], factor_of(indicator)
    value = None if not bottom else quantize(factor * top / bottom, VALUE_PLACES)
    return Pooled(value, facts, count)


def cadence_read(indicator: Indicator) -> str:
    """The cadence whose figures are pooled: the day, else the next longer one that the indicator is followed at."""
    return next((cadence.value for cadence in _ORDER if cadence in indicator.cadences), Cadence.DAY.value)


def factor_of(indicator: Indicator) -> Decimal:
    """What numerator / denominator is multiplied with."""
    if indicator.kind in _PERCENT:
        return Decimal(100)
    return indicator.factor if indicator.kind in _FACTORED else Decimal(1)


def least_figures(indicator: Indicator) -> int:
    """How many figures a window needs to say anything."""
    return LEAST_DAYS if cadence_read(indicator) in (Cadence.DAY, Cadence.SHIFT) else 1


@transaction.atomic
def effect_expect(
    *,
    action: Action,
    indicator: Indicator,
    unit: Unit,
    change: Decimal | None,
    weeks: int,
    actor: User,
    now: dt.datetime,
) -> ExpectedEffect:
    """Say which indicator an action should move, where, and by how much in its unit (signed; None: any).

    The present loop's check asks for figures from now on, and gets those that there are. Raises NotComputed,
    AgainstTheGood, AlreadyEnded or AlreadyVerified.
    """
    locked = Action.objects.select_for_update().get(pk=action.pk)
    _changeable(locked)
    if not indicator.active or indicator.kind not in COMPUTED:
        raise NotComputed
    if change is not None and not is_wished(change, direction_of(indicator)):
        raise AgainstTheGood
    known = ExpectedEffect.objects.filter(action=locked).first()
    before = _told(known)
    effect, _made = ExpectedEffect.objects.update_or_create(
        action=locked, defaults={"indicator": indicator, "unit": unit, "change": change, "weeks": weeks}
    )
    after = _told(effect)
    if before != after:
        audit.record(actor=actor, action="action.effect_expected", target=locked, before=before or None, after=after)
    effect_measure(action=locked, now=now)
    return effect


@transaction.atomic
def effect_drop(*, action: Action, actor: User) -> None:
    """Take the indicator away again: the effect is then told in words alone. Raises AlreadyEnded, AlreadyVerified."""
    locked = Action.objects.select_for_update().get(pk=action.pk)
    _changeable(locked)
    known = ExpectedEffect.objects.filter(action=locked).first()
    if known is None:
        return
    before = _told(known)
    known.delete()
    empty = EffectCheck()
    blank = {name: getattr(empty, name) for name in (*_LINKED, *_MEASURED)}
    EffectCheck.objects.filter(action=locked, loop=locked.loop).update(**blank)
    audit.record(actor=actor, action="action.effect_dropped", target=locked, before=before, after={"indicator": ""})


@transaction.atomic
def effect_measure(*, action: Action, now: dt.datetime) -> EffectCheck | None:
    """Write the figures before and after into the present loop's check; None where no indicator is linked.

    `after_value` stays empty while it is too early: not carried out, or fewer than `LEAST_DAYS` days with data. What
    has been verified stays as it was known then.
    """
    effect = ExpectedEffect.objects.select_related("indicator").filter(action=action).first()
    if effect is None:
        return None
    check, _made = EffectCheck.objects.select_for_update().get_or_create(action=action, loop=action.loop)
    # Words that came before the figures wait for them; what stands on figures stays as it was known then.
    if check.verified_at is not None and check.has_figures:
        return check
    for name, value in _columns(effect).items():
        setattr(check, name, value)
    before, after = windows_of(action, effect.weeks, now=now)
    least = least_figures(effect.indicator)
    was = pooled(effect.indicator, effect.unit_id, before)
    check.before_from, check.before_to = before.first, before.last
    check.before_value, check.before_n = (was.value if was.figures >= least else None), was.n
    check.after_from = check.after_to = check.after_value = None
    check.after_n = 0
    if after is not None:
        became = pooled(effect.indicator, effect.unit_id, after)
        check.after_from, check.after_to, check.after_n = after.first, after.last, became.n
        check.after_value = became.value if became.figures >= least else None
    check.measured_at = now
    check.save(update_fields=[*_LINKED, *_MEASURED])
    return check


def effects_due(*, now: dt.datetime, limit: int = PER_TICK) -> int:
    """Measure the carried-out actions whose figures after can have changed since; how many were measured.

    Each is measured at most once a production day, until its window is full; at most `limit` at a time.
    """
    waiting = (
        Action.objects.filter(carried_out_at__isnull=False, expected_effect__isnull=False)
        .exclude(state__in=ENDED)
        .exclude(
            pk__in=EffectCheck.objects.filter(loop=F("action__loop"))
            .filter(
                Q(measured_at__gte=now - dt.timedelta(hours=20))
                | Q(verified_at__isnull=False, after_value__isnull=False, before_value__isnull=False)
            )
            .values("action")
        )
        .order_by("carried_out_at", "pk")
    )
    measured = 0
    for action in waiting[:limit]:
        effect_measure(action=action, now=now)
        measured += 1
    return measured


def windows_of(action: Action, weeks: int, *, now: dt.datetime) -> tuple[Window, Window | None]:
    """The windows of one action as of now."""
    began = production_date(action.started_at or action.created_at)
    carried_out = production_date(action.carried_out_at) if action.carried_out_at is not None else None
    return windows(began=began, carried_out=carried_out, weeks=weeks, today=production_date(now))


def _changeable(action: Action) -> None:
    if action.has_ended:
        raise AlreadyEnded
    if EffectCheck.objects.filter(action=action, loop=action.loop, verified_at__isnull=False).exists():
        raise AlreadyVerified


def _columns(effect: ExpectedEffect) -> dict[str, object]:
    indicator = effect.indicator
    return {
        "indicator_code": indicator.code,
        "indicator_en": indicator.name_en,
        "indicator_nb": indicator.name_nb,
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "direction": indicator.direction,
        "place_id": effect.unit_id,
        "expected": effect.change,
    }


def _told(effect: ExpectedEffect | None) -> dict[str, object]:
    if effect is None:
        return {}
    return {
        "indicator": effect.indicator.code,
        "unit": effect.unit.code,
        "change": effect.change,
        "weeks": effect.weeks,
    }
