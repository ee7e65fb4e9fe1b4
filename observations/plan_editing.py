"""Add, change and end observation plans. A change is a new row from a date to come; what was owed stays owed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from amps import audit
from observations.models import Observation, ObservationPlan, Round
from observations.planning import rounds_remove
from observations.refusals import Refused
from principles.teams.models import User

CHANGEABLE = (
    "cadence",
    "shift_number",
    "weekday",
    "month_day",
    "rounds",
    "equipment_type",
    "targets_per_round",
)


class PlanEnded(Refused):
    """The plan has ended, or has another end already."""

    default = _("This plan has ended. Add a new one.")


class NothingChanged(Refused):
    """The plan already says this."""

    default = _("Nothing is changed.")


@transaction.atomic
def plan_add(*, plan: ObservationPlan, actor: User) -> ObservationPlan:
    """Store a new plan and say so on the audit trail."""
    plan.save(force_insert=True)
    audit.record(actor=actor, action="plan.added", target=plan, after=audit.snapshot(plan))
    return plan


@transaction.atomic
def plan_change(*, plan: ObservationPlan, actor: User, valid_from: dt.date, **changes: Any) -> ObservationPlan:
    """Let a plan say something else from a date to come: the old row ends there and a new one begins.

    A plan that has not begun is changed where it stands. Raises PlanEnded and NothingChanged.
    """
    locked = ObservationPlan.objects.select_for_update().get(pk=plan.pk)
    if locked.valid_to is not None:
        raise PlanEnded
    unknown = changes.keys() - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"A plan has no {', '.join(sorted(unknown))}")
    not_begun = valid_from <= locked.valid_from
    same = all(getattr(locked, name) == value for name, value in changes.items())
    if same and (not not_begun or valid_from == locked.valid_from):
        raise NothingChanged
    before = audit.snapshot(locked)
    if not_begun:
        for name, value in changes.items():
            setattr(locked, name, value)
        locked.valid_from = valid_from
        locked.save()
        audit.record(actor=actor, action="plan.changed", target=locked, before=before, after=audit.snapshot(locked))
        return locked
    kept = {name: getattr(locked, name) for name in CHANGEABLE}
    newer = ObservationPlan.objects.create(
        sop_id=locked.sop_id, area_id=locked.area_id, valid_from=valid_from, **{**kept, **changes}
    )
    locked.valid_to = valid_from
    locked.save(update_fields=["valid_to"])
    audit.record(actor=actor, action="plan.changed", target=newer, before=before, after=audit.snapshot(newer))
    return newer


@transaction.atomic
def plan_end(*, plan: ObservationPlan, actor: User, valid_to: dt.date) -> None:
    """End a plan before a production date to come; one that would never count is taken away. Raises PlanEnded.

    Rounds of shifts from that date on that nobody has begun are no longer owed.
    """
    locked = ObservationPlan.objects.select_for_update().get(pk=plan.pk)
    if locked.valid_to is not None and locked.valid_to <= valid_to:
        raise PlanEnded
    before = audit.snapshot(locked)
    begun = Observation.objects.filter(round__isnull=False).values("round")
    rounds_remove(Round.objects.filter(plan=locked, shift__production_date__gte=valid_to).exclude(pk__in=begun))
    if valid_to <= locked.valid_from and not Round.objects.filter(plan=locked).exists():
        audit.record(actor=actor, action="plan.removed", target=locked, before=before)
        locked.delete()
        return
    locked.valid_to = max(valid_to, locked.valid_from + dt.timedelta(days=1))
    locked.save(update_fields=["valid_to"])
    audit.record(actor=actor, action="plan.ended", target=locked, before=before, after=audit.snapshot(locked))
