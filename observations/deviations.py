"""From an observation that is not conforming to a deviation: a new one, or one that is open already."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from amps.audit import record
from observations.models import Observation, RaisedDeviation, Result
from observations.refusals import Refused
from principles.dimensions import Dimension
from principles.improvement.models import Deviation, DeviationSource, Severity
from principles.improvement.services.deviations import deviation_open
from principles.teams.models import User
from sops.deviations import broken_standard_set

# How many open deviations of the same place are offered.
_MOST_OFFERED = 5


class NotADeviation(Refused):
    """The observation is conforming, or does not count any more."""

    default = _("Only an observation that is not right, and still stands, opens a deviation.")


class RaisedAlready(Refused):
    """The observation has a deviation."""

    default = _("This observation has opened a deviation already.")

    def __init__(self, deviation: Deviation) -> None:
        super().__init__()
        self.deviation = deviation


class OtherPlace(Refused):
    """An observation is added to an open deviation of its own area only."""

    default = _("That deviation is closed, or belongs to another place.")


def can_raise(observation: Observation) -> bool:
    """Whether it is not conforming and no newer fact has taken its place (one query)."""
    return observation.result == Result.NOT_OK and not Observation.objects.filter(supersedes=observation.pk).exists()


def open_there(observation: Observation) -> QuerySet[Deviation]:
    """Open deviations of the same cell (of the same area, where no cell is known), the newest first."""
    found = Deviation.objects.filter(unit=observation.area_id, closed_at__isnull=True)
    return found.filter(equipment=observation.equipment_id).order_by("-reported_at")[:_MOST_OFFERED]


def suggested(observation: Observation) -> dict[str, Any]:
    """What a deviation from this observation begins with; what endangers people is serious."""
    title = observation.point.text
    if observation.reason is not None:
        title = f"{title}: {observation.reason.text}"
    critical = observation.point.critical
    return {
        "title": title[:200],
        "description": observation.note,
        "severity": Severity.HIGH if critical else Severity.MEDIUM,
        "dimension": Dimension.HSE if critical else Dimension.QUALITY,
    }


@transaction.atomic
def observation_raise(*, observation: Observation, actor: User, now: dt.datetime, **said: Any) -> Deviation:
    """Open a deviation from an observation, with its place, shift, time and the standard it broke.

    `said` are further arguments of `deviation_open`. Raises NotADeviation, RaisedAlready and what that raises.
    """
    _free(observation)
    deviation = deviation_open(
        **said,
        unit=observation.area,
        equipment=observation.equipment,
        shift=observation.shift,
        occurred_at=observation.observed_at,
        source=DeviationSource.OBSERVATION,
        actor=actor,
        now=now,
    )
    RaisedDeviation.objects.create(observation=observation, deviation=deviation, at=now)
    if observation.revision is not None:
        broken_standard_set(
            deviation=deviation,
            sop=observation.revision.sop,
            revision=observation.revision,
            step=observation.sop_point.step if observation.sop_point is not None else None,
            point=observation.point,
            actor=actor,
        )
    return deviation


@transaction.atomic
def observation_join(*, observation: Observation, deviation: Deviation, actor: User, now: dt.datetime) -> Deviation:
    """Add an observation to an open deviation of its area. Raises NotADeviation, RaisedAlready, OtherPlace."""
    locked = Deviation.objects.select_for_update().get(pk=deviation.pk)
    _free(observation)
    if not locked.is_open or locked.unit_id != observation.area_id:
        raise OtherPlace
    RaisedDeviation.objects.create(observation=observation, deviation=locked, at=now)
    record(actor=actor, action="deviation.joined", target=locked, after={"observation": str(observation.pk)})
    return locked


def _free(observation: Observation) -> None:
    """Wait for whoever raises from the same observation, then see that nobody has. Raises as the callers say."""
    Observation.objects.select_for_update(of=("self",)).get(pk=observation.pk)
    if not can_raise(observation):
        raise NotADeviation
    raised = RaisedDeviation.objects.select_related("deviation").filter(observation=observation).first()
    if raised is not None:
        raise RaisedAlready(raised.deviation)
