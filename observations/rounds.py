"""Rounds that an operator starts outside the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from observations.models import Round
from observations.refusals import BadPlace, Refused
from principles.teams.calendars import shift_at
from principles.teams.models import Unit, User
from principles.teams.tree import UnitTree
from sops.models import Sop, SopRevision


class NotInForce(Refused):
    """The SOP has no revision in force."""

    default = _("This SOP has no revision in force.")
    default_field = "sop"


@transaction.atomic
def round_start(*, sop: Sop, area: Unit, targets: Sequence[Unit], started_by: User, now: dt.datetime) -> Round:
    """Start a round outside the plan: nothing was owed, and what is seen counts all the same.

    Raises NotInForce, and BadPlace for a cell that is out of use or stands elsewhere.
    """
    shift = shift_at(now)
    revision = SopRevision.objects.in_force(now).filter(sop=sop, sop__active=True).first()
    if revision is None:
        raise NotInForce
    below = set(UnitTree.on(shift.production_date).descendants(area.pk))
    in_use = set(
        Unit.objects.open_on(shift.production_date)
        .filter(pk__in=[unit.pk for unit in targets])
        .values_list("pk", flat=True)
    )
    if any(unit.pk not in below or unit.pk not in in_use for unit in targets):
        raise BadPlace(_("The cell does not stand in this area."))
    return Round.objects.create(
        plan=None,
        area=area,
        shift=shift,
        crew_id=shift.crew_id,
        revision=revision,
        targets=[unit.pk for unit in targets],
        started_by=started_by,
        created_at=now,
    )
