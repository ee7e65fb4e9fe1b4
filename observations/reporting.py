"""Event series: say for a shift that the series is complete, so that no event means none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from observations.judging import LARGEST_VALUE, STEP
from observations.models import EventReport, Mark
from observations.nudging import nudge_figures
from observations.recording import CLOCK_TOLERANCE
from observations.refusals import AlreadyReported, BadTime, BadValue, DifferentContent, PointNotInUse
from principles.teams.models import Crew, Shift, Unit
from principles.teams.tree import UnitTree
from sops.models import ObservationPoint, PointKind


@transaction.atomic
def event_report(
    *,
    id: UUID,
    point: ObservationPoint,
    area: Unit,
    shift: Shift,
    reported_until: dt.datetime,
    now: dt.datetime,
    opportunities: Decimal | None = None,
    crew: Crew | None = None,
) -> EventReport:
    """Say that an event series is reported for an area and shift, so that no event means none.

    `opportunities` is the denominator; None counts the cell-days of the cells in use, for a point that is counted
    per "cell_days". Raises BadValue, PointNotInUse, AlreadyReported (another report stands), DifferentContent.
    """
    if point.kind != PointKind.EVENT or not point.active:
        raise PointNotInUse
    if reported_until > now + CLOCK_TOLERANCE:
        raise BadTime(_("The time lies in the future."))
    base = cell_days(area=area, shift=shift) if opportunities is None and point.opportunity == "cell_days" else None
    number = opportunities if opportunities is not None else base
    if number is None or not number.is_finite() or not 0 < number < LARGEST_VALUE:
        raise BadValue(_("Say how many there were to count from, more than zero."))
    report = EventReport(
        pk=id,
        point=point,
        area=area,
        shift=shift,
        crew_id=crew.pk if crew else shift.crew_id,
        opportunities=number.quantize(STEP),
        reported_until=reported_until,
    )
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        known = EventReport.objects.filter(pk=id).first()
        if known is None:
            raise AlreadyReported from None
        same = ("point_id", "area_id", "shift_id", "opportunities", "reported_until")
        if any(getattr(known, name) != getattr(report, name) for name in same):
            raise DifferentContent from None
        return known
    Mark.objects.create(point=point, area=area, crew_id=report.crew_id, shift=shift)
    nudge_figures()
    return report


def cell_days(*, area: Unit, shift: Shift) -> Decimal:
    """Cells in use below an area × the shift's length in days: the denominator of anode effects."""
    date = shift.production_date
    below = UnitTree.on(date).descendants(area.pk)
    cells = Unit.objects.open_on(date).filter(pk__in=below, equipment_type="cell").count()
    seconds = Decimal(int((shift.ends_at - shift.starts_at).total_seconds()))
    return (cells * seconds / 86_400).quantize(STEP)
