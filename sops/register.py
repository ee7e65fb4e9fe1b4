"""The register of observation points: limits, criticality and sampling, changed by those who set targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from amps.audit import record, snapshot
from principles.teams.models import User
from principles.teams.permissions import Access, Capability
from sops.models import ObservationPoint, SopPoint, SopRevision

POINT_FIELDS = ("minimum", "maximum", "decimals", "critical", "active", "sample_size", "sample_per")


class PointEditedMeanwhile(ValueError):
    """Someone else has changed the point since the form was opened."""


@transaction.atomic
def point_edit(*, point: ObservationPoint, version: int, values: Mapping[str, Any], actor: User) -> ObservationPoint:
    """Store POINT_FIELDS; facts stored before keep how they were judged. Raises PointEditedMeanwhile."""
    locked = ObservationPoint.objects.select_for_update().get(pk=point.pk)
    if locked.version != version:
        raise PointEditedMeanwhile
    before = snapshot(locked, *POINT_FIELDS)
    for field in POINT_FIELDS:
        setattr(locked, field, values[field])
    locked.version += 1
    locked.full_clean()
    locked.save(update_fields=[*POINT_FIELDS, "version"])
    record(actor=actor, action="point.edited", target=locked, before=before, after=snapshot(locked, *POINT_FIELDS))
    return locked


def may_edit_point(access: Access, point: ObservationPoint) -> bool:
    """Whether the person sets targets in every area whose SOP in force uses the point; a series: in any area."""
    in_force = SopRevision.objects.in_force(timezone.now())
    owners = set(
        SopPoint.objects.filter(point=point, revision__in=in_force).values_list("revision__sop__owner", flat=True)
    )
    if not owners:
        return access.can_somewhere(Capability.EDIT_TARGETS)
    return all(access.can(Capability.EDIT_TARGETS, owner) for owner in owners)
