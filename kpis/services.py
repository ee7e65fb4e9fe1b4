"""Changes that leaders make to how figures are held: targets, events on charts, and reviews of closed periods."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from amps.audit import record, snapshot
from kpis import status
from kpis.figures import RestatedReason, figures_refresh
from kpis.models import ChartEvent, Closing, Indicator, Review, Target
from kpis.rules import direction_of
from principles.teams.calendars import production_date
from principles.teams.models import Unit, User

COMMENT_LENGTH = 2000


class TargetRefused(ValueError):
    """A target that cannot be set."""


class TargetInThePast(TargetRefused):
    """Valid from a production date that has passed: history is never rewritten."""


class LimitsMissing(TargetRefused):
    """Limits that the direction needs are not given; `fields` names them."""

    def __init__(self, *fields: str) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class LimitsOutOfOrder(TargetRefused):
    """Limits that do not fit the direction, such as a red limit above the yellow one where more is better."""


class CommentTooLong(ValueError):
    """A comment of more than COMMENT_LENGTH signs."""


@dataclass(frozen=True, slots=True)
class TargetSet:
    """A stored target, and how many figures have another colour for it."""

    target: Target
    changed: int


@transaction.atomic
def target_set(
    *,
    indicator: Indicator,
    unit: Unit | None,
    limits: status.Limits,
    valid_from: dt.date,
    actor: User,
    now: dt.datetime,
) -> TargetSet:
    """Set what is aimed for from a production date on, in a unit or (None) the whole plant.

    Earlier targets stay. A second one for the same date replaces the first, on the audit trail. Figures of periods
    that begin on or after the date get their status anew. Raises TargetInThePast, LimitsMissing, LimitsOutOfOrder.
    """
    if valid_from < production_date(now):
        raise TargetInThePast(valid_from.isoformat())
    limits_check(indicator, limits)
    # One writer per indicator at a time, so that two people cannot both set the same date.
    Indicator.objects.select_for_update().get(pk=indicator.pk)
    target = Target.objects.filter(indicator=indicator, unit=unit, valid_from=valid_from).first()
    before = snapshot(target, *_FIELDS) if target is not None else None
    target = target or Target(indicator=indicator, unit=unit, valid_from=valid_from)
    for name in _LIMITS:
        setattr(target, name, getattr(limits, name))
    target.is_shipped = False  # also where the numbers stay: somebody has looked at them
    target.save()
    record(
        actor=actor,
        action="target.changed" if before is not None else "target.set",
        target=target,
        before=before,
        after=snapshot(target, *_FIELDS),
    )
    changed = figures_refresh(indicator_ids=[indicator.pk], since=valid_from, now=now, reason=RestatedReason.TARGET)
    return TargetSet(target, changed)


_LIMITS = ("target", "yellow", "red", "target_min", "target_max", "red_min", "red_max")
_FIELDS = ("indicator_id", "unit_id", "valid_from", *_LIMITS)


def limits_check(indicator: Indicator, limits: status.Limits) -> None:
    """Raise LimitsMissing or LimitsOutOfOrder unless the limits fit the indicator's direction."""
    needed: tuple[str, ...] = ("target", "yellow", "red")
    if indicator.direction == status.Direction.BAND:
        needed = ("target", "target_min", "target_max", "red_min", "red_max")
    missing = [name for name in needed if getattr(limits, name) is None]
    if missing:
        raise LimitsMissing(*missing)
    if not status.consistent(limits, direction_of(indicator)):
        raise LimitsOutOfOrder(indicator.code)


def limits_plain(values: dict[str, Decimal | None]) -> status.Limits:
    """Limits from named values; what is not named is not set."""
    return status.Limits(**{name: values.get(name) for name in _LIMITS})


@transaction.atomic
def event_add(
    *,
    unit: Unit,
    indicator: Indicator | None,
    at: dt.datetime,
    title_en: str,
    title_nb: str,
    actor: User,
) -> ChartEvent:
    """Put an event on the charts of a unit, or of one indicator there."""
    event = ChartEvent.objects.create(unit=unit, indicator=indicator, at=at, title_en=title_en, title_nb=title_nb)
    record(actor=actor, action="chart_event.added", target=event, after=snapshot(event))
    return event


@transaction.atomic
def event_delete(*, event: ChartEvent, actor: User) -> None:
    """Take an event off the charts."""
    record(actor=actor, action="chart_event.deleted", target=event, before=snapshot(event))
    event.delete()


@transaction.atomic
def closing_review(*, closing: Closing, comment: str, actor: User, now: dt.datetime) -> Review:
    """Say that a closed period has been looked through. Several may, each with a comment. Raises CommentTooLong."""
    if len(comment) > COMMENT_LENGTH:
        raise CommentTooLong(str(len(comment)))
    review = Review.objects.create(closing=closing, by=actor, at=now, comment=comment.strip())
    record(
        actor=actor, action="closing.reviewed", target=closing, after={"review": review.pk, "comment": review.comment}
    )
    return review
