"""Store facts: an observation once, its correction as a newer fact, and its withdrawal.

Every function may be called again with the same id and content and answers the same, with nothing new stored.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from observations.judging import LARGEST_VALUE
from observations.judging import judge as judge
from observations.models import (
    ImportBatch,
    Mark,
    Observation,
    Reason,
    Result,
    Round,
    RoundPoint,
    Source,
)
from observations.nudging import nudge_figures
from observations.permissions import may_correct, may_undo
from observations.planning import grace
from observations.refusals import (
    AlreadyCorrected,
    BadPlace,
    BadTime,
    BadValue,
    DifferentContent,
    PointNotInUse,
    ReasonMissing,
)
from principles.teams.calendars import shift_at
from principles.teams.models import Crew, Shift, Unit, User
from principles.teams.tree import UnitTree
from sops.models import Competence, ObservationPoint, SopPoint, SopRevision

CLOCK_TOLERANCE = dt.timedelta(minutes=5)
OLDEST_IN_APP = dt.timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored fact, and whether this call stored it."""

    observation: Observation
    is_new: bool


def observation_record(
    *,
    id: UUID,
    point: ObservationPoint,
    observed_at: dt.datetime,
    now: dt.datetime,
    result: Result | str | None = None,
    value: Decimal | int | str | None = None,
    weight: Decimal | None = None,
    reason: Reason | None = None,
    note: str = "",
    round: Round | None = None,
    area: Unit | None = None,
    equipment: Unit | None = None,
    revision: SopRevision | None = None,
    observer: User | None = None,
    crew: Crew | None = None,
    source: Source = Source.APP,
    batch: ImportBatch | None = None,
) -> Recorded:
    """Store one fact with what belongs to it then: shift, crew, revision, competence; and the mark of its tally.

    `id` is made by whoever saw it. `area` may be left out when equipment or round says it; a section or a cell
    given as area counts for the area that it stands in. `crew` overrules the rota. A fact of a planned round
    belongs to the round's shift as long as the round may be done, otherwise to the shift of `observed_at`.
    Raises DifferentContent (the id is taken by something else) and the other refusals of
    `observations.refusals`.
    """
    known = Observation.objects.filter(pk=id).first()
    if not point.active and known is None:
        raise PointNotInUse
    said, number = judge(point, result=result, value=value)
    _check_weight(weight)
    claim: dict[str, Any] = {
        "point_id": point.pk,
        "round_id": round.pk if round else None,
        "equipment_id": equipment.pk if equipment else None,
        "observer_id": observer.pk if observer else None,
        "result": said,
        "value": number,
        "weight": weight,
        "reason_id": reason.pk if reason else None,
        "note": note.strip(),
        "observed_at": observed_at,
        "supersedes_id": None,
    }
    if known is not None:
        return _same(known, claim)
    _check_note(claim["note"])
    _check_time(observed_at, now=now, source=source)
    _check_reason(reason, point)
    shift = _shift_of(round, observed_at)
    used = round.revision if round else revision
    bound = _sop_point(used, point)
    _check_card(round, point, equipment, bound)
    fact = Observation(
        pk=id,
        **claim,
        sop_point=bound,
        revision=used,
        area_id=_area_id(shift, area=area, equipment=equipment, round_=round),
        shift=shift,
        crew_id=crew.pk if crew else shift.crew_id,
        competence=_competence(observer, used, observed_at),
        source=source,
        batch=batch,
    )
    return _store(fact, claim)


def observation_correct(
    *,
    id: UUID,
    supersedes: Observation,
    correction_reason: str,
    actor: User,
    now: dt.datetime,
    result: Result | str | None = None,
    value: Decimal | int | str | None = None,
    reason: Reason | None = None,
    note: str = "",
    equipment: Unit | None = None,
) -> Recorded:
    """Correct a fact by a newer one that supersedes it; the old one stays. `equipment` None keeps the cell.

    One's own may be corrected until the shift's grace is over, anybody's with the right to correct. Raises
    PermissionDenied, ReasonMissing, AlreadyCorrected (somebody was quicker), BadValue, BadPlace, DifferentContent.
    """
    if not correction_reason.strip():
        raise ReasonMissing
    said, number = judge(supersedes.point, result=result, value=value)
    _check_reason(reason, supersedes.point)
    return _supersede(
        id=id,
        old=supersedes,
        allowed=may_correct(actor, supersedes, now=now),
        actor=actor,
        correction_reason=correction_reason.strip()[:300],
        changes={
            "result": said,
            "value": number,
            "reason_id": reason.pk if reason else None,
            "note": note.strip(),
            "equipment_id": equipment.pk if equipment else supersedes.equipment_id,
        },
        observed_at=supersedes.observed_at,
    )


def observation_withdraw(*, id: UUID, supersedes: Observation, actor: User, now: dt.datetime) -> Recorded:
    """Take back one's own fact within the shift ("Undo"): a newer fact says that it does not count.

    Raises PermissionDenied (not one's own, or the shift is over) and AlreadyCorrected.
    """
    return _supersede(
        id=id,
        old=supersedes,
        allowed=may_undo(actor, supersedes, now=now),
        actor=actor,
        correction_reason=_gettext("Undone"),
        changes={
            "result": Result.WITHDRAWN,
            "value": None,
            "reason_id": None,
            "note": "",
            "equipment_id": supersedes.equipment_id,
        },
        observed_at=supersedes.observed_at,
    )


@transaction.atomic
def _supersede(
    *,
    id: UUID,
    old: Observation,
    allowed: bool,
    actor: User,
    correction_reason: str,
    changes: dict[str, Any],
    observed_at: dt.datetime,
) -> Recorded:
    claim = {
        "point_id": old.point_id,
        "round_id": old.round_id,
        "observer_id": actor.pk,
        "weight": old.weight,
        "observed_at": observed_at,
        "supersedes_id": old.pk,
        **changes,
    }
    # The old fact's row is locked first, so that two corrections at once take turns and the second is told.
    locked = Observation.objects.select_for_update().get(pk=old.pk)
    known = Observation.objects.filter(pk=id).first()
    if known is not None:
        return _same(known, claim)
    if not allowed:
        raise PermissionDenied
    newer = Observation.objects.filter(supersedes=locked).first()
    if newer is not None:
        raise AlreadyCorrected(newer)
    if locked.result == Result.WITHDRAWN:
        raise AlreadyCorrected(locked)
    _check_note(claim["note"])
    if claim["equipment_id"] != old.equipment_id:
        _check_card(old.round, old.point, Unit.objects.get(pk=claim["equipment_id"]), old.sop_point)
        _check_below(claim["equipment_id"], old.area_id, old.shift.production_date)
    fact = Observation(
        pk=id,
        **claim,
        correction_reason=correction_reason,
        sop_point_id=old.sop_point_id,
        revision_id=old.revision_id,
        area_id=old.area_id,
        shift_id=old.shift_id,
        crew_id=old.crew_id,
        competence=_competence(actor, old.revision, observed_at),
        source=Source.APP,
    )
    return _store(fact, claim, also=old)


@transaction.atomic
def _store(fact: Observation, claim: dict[str, Any], also: Observation | None = None) -> Recorded:
    """Insert the fact and its marks together, or answer with the one that another request stored meanwhile."""
    try:
        with transaction.atomic():
            fact.save(force_insert=True)
    except IntegrityError:
        known = Observation.objects.filter(pk=fact.pk).first()
        if known is None:
            raise
        return _same(known, claim)
    Mark.objects.bulk_create(
        Mark(point_id=one.point_id, area_id=one.area_id, crew_id=one.crew_id, shift_id=one.shift_id)
        for one in (fact, also)
        if one is not None
    )
    nudge_figures()
    return Recorded(fact, is_new=True)


def _same(known: Observation, claim: dict[str, Any]) -> Recorded:
    """The stored fact when it says the same as the claim. Raises DifferentContent.

    A number is what was said; how it was judged then is ours, and limits may have changed since.
    """
    said = {name: value for name, value in claim.items() if name != "result" or claim["value"] is None}
    if any(getattr(known, name) != value for name, value in said.items()):
        raise DifferentContent
    return Recorded(known, is_new=False)


def _check_weight(weight: Decimal | None) -> None:
    if weight is not None and not (weight.is_finite() and 0 < weight < LARGEST_VALUE):
        raise BadValue(_("A weight is a number above zero."))


def _check_note(note: str) -> None:
    if len(note) > 500:
        raise BadValue(_("The note is too long: at most 500 characters."), field="note")


def _check_time(observed_at: dt.datetime, *, now: dt.datetime, source: Source) -> None:
    if observed_at.tzinfo is None:
        raise BadTime(_("The time has no time zone."))
    if observed_at > now + CLOCK_TOLERANCE:
        raise BadTime(_("The time lies in the future. Check the clock of this device."))
    if source == Source.APP and observed_at < now - OLDEST_IN_APP:
        raise BadTime(_("This is more than 31 days old. Older observations come in by import."))


def _check_reason(reason: Reason | None, point: ObservationPoint) -> None:
    if reason is not None and reason.point_id not in (None, point.pk):
        raise BadValue(_("This reason belongs to another point."), field="reason")


def _shift_of(round_: Round | None, observed_at: dt.datetime) -> Shift:
    if round_ is not None:
        shift = round_.shift
        if shift.starts_at <= observed_at < shift.ends_at + grace():
            return shift
    return shift_at(observed_at)


def _sop_point(revision: SopRevision | None, point: ObservationPoint) -> SopPoint | None:
    if revision is None:
        return None
    return SopPoint.objects.filter(revision=revision, point=point).first()


def _check_card(round_: Round | None, point: ObservationPoint, equipment: Unit | None, bound: SopPoint | None) -> None:
    """A round takes facts of its own points on its own targets, and a planned one only the cards that it owes."""
    if round_ is None:
        return
    if bound is None:
        raise BadPlace(_("This point does not belong to the round."))
    if not round_.targets:
        if equipment is not None:
            raise BadPlace(_("This round is walked without cells."))
        at = 0
    elif equipment is None or equipment.pk not in round_.targets:
        raise BadPlace(_("This cell does not belong to the round."))
    else:
        at = round_.targets.index(equipment.pk)
    if round_.plan_id is not None:
        owed = RoundPoint.objects.filter(round=round_, point=point).values_list("planned", flat=True).first()
        if owed is None or at >= owed:
            raise BadPlace(_("The round does not ask for this point here."))


def _area_id(shift: Shift, *, area: Unit | None, equipment: Unit | None, round_: Round | None) -> int:
    """The unit that the fact's tally belongs to, by the tree valid at the shift's start. Raises BadPlace."""
    if round_ is not None:
        return round_.area_id
    place = equipment or area
    if place is None:
        raise BadPlace(_("Say where it was seen."))
    tree = UnitTree.on(shift.production_date)
    found = tree.area_of(place.pk)
    if found is None:
        raise BadPlace(_("This unit had no place in the plant then."))
    if equipment is not None and area is not None and area.pk not in (equipment.pk, *tree.ancestors(equipment.pk)):
        raise BadPlace(_("The cell does not stand in this area."))
    return found


def _check_below(unit_id: int, area_id: int, date: dt.date) -> None:
    if area_id not in UnitTree.on(date).ancestors(unit_id):
        raise BadPlace(_("The cell does not stand in this area."))


def _competence(observer: User | None, revision: SopRevision | None, at: dt.datetime) -> int | None:
    """The observer's level on the revision at the time of the observation."""
    if observer is None or revision is None:
        return None
    signed = Competence.objects.filter(person=observer, revision=revision, signed_at__lte=at)
    return signed.order_by("-signed_at").values_list("level", flat=True).first()
