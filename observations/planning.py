"""What is owed: plans make each shift's rounds, and rounds are upcoming, now, late, missed or done."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from observations.models import Mark, Observation, ObservationPlan, Result, Round, RoundPoint
from observations.nudging import nudge_figures
from observations.rotation import Occasion, is_due, pick_targets, turn
from principles.teams.calendars import plant_zone, production_date, shifts_ensure
from principles.teams.models import Shift, Unit
from principles.teams.tree import UnitTree
from sops.models import RevisionState, Sampling, SopPoint, SopRevision

# Rounds of shifts that passed while nothing ran are made afterwards, so that they are missed and not forgotten.
CATCH_UP = dt.timedelta(days=14)
LOOK_BACK_SHIFTS = 3
_LANGUAGES = ("en", "nb")


class RoundState(StrEnum):
    """Where a round stands. LATE: the shift is over, its grace is not. PARTLY: missed, but something was done."""

    UPCOMING = "upcoming"
    NOW = "now"
    DONE = "done"
    LATE = "late"
    PARTLY = "partly"
    MISSED = "missed"

    @property
    def label(self) -> str:
        return str(_STATE_LABELS[self])


_STATE_LABELS = {
    RoundState.UPCOMING: _("Later"),
    RoundState.NOW: _("Now"),
    RoundState.DONE: _("Done"),
    RoundState.LATE: _("Late"),
    RoundState.PARTLY: _("Partly done"),
    RoundState.MISSED: _("Missed"),
}


def grace() -> dt.timedelta:
    """How long after its shift a round may still be done before it counts as missed."""
    return dt.timedelta(hours=settings.OBSERVATION_GRACE_HOURS)


def round_state(round_: Round, now: dt.datetime) -> RoundState:
    """The state of a round; reads `planned_count` and `done_count` where `with_progress` annotated them."""
    planned, done = round_.progress()
    if planned and done >= planned:
        return RoundState.DONE
    if now < round_.shift.starts_at:
        return RoundState.UPCOMING
    if now < round_.shift.ends_at or round_.plan_id is None:
        return RoundState.NOW
    if now < round_.shift.ends_at + grace():
        return RoundState.LATE
    return RoundState.PARTLY if done else RoundState.MISSED


def rounds_ensure(*, now: dt.datetime, until: dt.datetime, since: dt.datetime | None = None) -> int:
    """Make the rounds of every shift that starts before `until`; returns how many were made.

    Shifts that ended within the last two weeks (or after `since`) get the rounds that they still lack. Rounds of a
    shift that has not started follow what is known now: new deviations put cells first, a changed plan, revision
    or crew changes or removes them. From the shift's start they stay. Run twice, or by two workers at once, it
    gives one set. Raises NoCalendar before the plant has one.
    """
    start = since or now - CATCH_UP
    first_plan = ObservationPlan.objects.order_by("valid_from").values_list("valid_from", flat=True).first()
    if first_plan is None:
        return 0
    first_date = max(production_date(start), first_plan)
    last_date = production_date(until)
    if last_date < first_date:
        return 0
    shifts_ensure(start=first_date, end=last_date)
    shifts = list(
        Shift.objects.filter(production_date__gte=first_date, starts_at__lt=until, ends_at__gt=start).order_by(
            "starts_at"
        )
    )
    if not shifts:
        return 0
    planner = _Planner(shifts, now=now)
    return sum(planner.plan_shift(shift, due) for shift, due in planner.todo)


@dataclass(frozen=True, slots=True)
class _Deviation:
    """One fact that was not conforming: which cell, of which SOP's points, when and in which shift."""

    area_id: int
    equipment_id: int
    point_id: int
    seen: dt.datetime


@dataclass(slots=True)
class _Wanted:
    """A round as it ought to be."""

    plan: ObservationPlan
    sequence: int
    revision_id: int
    targets: list[int]
    planned: dict[int, int]
    reasons: dict[str, str] = field(default_factory=dict)


class _Planner:
    """What the plans want of some shifts, with everything read once for all of them."""

    def __init__(self, shifts: list[Shift], *, now: dt.datetime) -> None:
        self.now = now
        self.shifts = shifts
        self.zone = plant_zone()
        dates = {shift.production_date for shift in shifts}
        numbers: dict[dt.date, set[int]] = defaultdict(set)
        for date, number in Shift.objects.filter(production_date__in=dates).values_list("production_date", "number"):
            numbers[date].add(number)
        self.shifts_in_day = {date: len(found) for date, found in numbers.items()}
        self.plans = list(
            ObservationPlan.objects.filter(valid_from__lte=max(dates), sop__active=True).select_related("area")
        )
        self.existing: dict[int, dict[tuple[int, int], Round]] = defaultdict(dict)
        for round_ in Round.objects.owed().filter(shift__in=shifts):
            self.existing[round_.shift_id][round_.plan_id or 0, round_.sequence] = round_
        self._trees: dict[dt.date, UnitTree] = {}

    @cached_property
    def todo(self) -> list[tuple[Shift, list[ObservationPlan]]]:
        """Shifts to look at with the plans due in each: those to come, and those that lack a round."""
        found = []
        for shift in self.shifts:
            due = [plan for plan in self.plans if self._is_due(plan, shift)]
            keys = {(plan.pk, sequence) for plan in due for sequence in range(1, plan.rounds + 1)}
            if shift.starts_at > self.now or not keys <= self.existing[shift.pk].keys():
                found.append((shift, due))
        return found

    @cached_property
    def revisions(self) -> dict[int, list[SopRevision]]:
        """Approved revisions of the planned SOPs, the newest first."""
        found: dict[int, list[SopRevision]] = defaultdict(list)
        for revision in SopRevision.objects.filter(
            sop__in={plan.sop_id for plan in self.plans}, state=RevisionState.APPROVED
        ).order_by("-effective_from", "-number"):
            found[revision.sop_id].append(revision)
        return found

    @cached_property
    def points(self) -> dict[int, list[tuple[int, int | None]]]:
        """Per revision: the points that are owed and how many targets each is watched on (None: all).

        A point that is watched per event is never owed: nobody plans an anode effect.
        """
        found: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        ids = [revision.pk for revisions in self.revisions.values() for revision in revisions]
        rows = SopPoint.objects.filter(revision__in=ids, point__active=True).exclude(point__sample_per=Sampling.EVENT)
        for revision_id, point_id, size in rows.values_list("revision_id", "point_id", "point__sample_size"):
            found[revision_id].append((point_id, size))
        return found

    @cached_property
    def equipment(self) -> dict[str, list[Unit]]:
        types = {plan.equipment_type for plan in self.plans if plan.equipment_type}
        found: dict[str, list[Unit]] = defaultdict(list)
        for unit in Unit.objects.filter(equipment_type__in=types):
            found[unit.equipment_type].append(unit)
        return found

    @cached_property
    def deviations(self) -> list[_Deviation]:
        """Facts of the last shifts that were not conforming, on a cell, the newest first."""
        shifts = [shift for shift, _due in self.todo]
        begin = min(shift.starts_at for shift in shifts)
        recent = Shift.objects.filter(starts_at__lt=begin).order_by("-starts_at")[:LOOK_BACK_SHIFTS]
        ids = [*recent.values_list("pk", flat=True), *(shift.pk for shift in shifts)]
        rows = (
            Observation.objects.counting()
            .filter(shift__in=ids, result=Result.NOT_OK, equipment__isnull=False)
            .order_by("-observed_at", "id")
            .values_list("area_id", "equipment_id", "point_id", "observed_at")
        )
        return [_Deviation(*row) for row in rows]

    def tree(self, date: dt.date) -> UnitTree:
        if date not in self._trees:
            self._trees[date] = UnitTree.on(date)
        return self._trees[date]

    def plan_shift(self, shift: Shift, due: list[ObservationPlan]) -> int:
        """Make what one shift lacks, and let a shift to come follow the plans. Returns how many rounds are new."""
        existing = self.existing[shift.pk]
        started = shift.starts_at <= self.now
        wanted = {
            (plan.pk, sequence): found
            for plan in due
            for sequence in range(1, plan.rounds + 1)
            if (found := self._wanted(plan, shift, sequence)) is not None
        }
        changed = not started and any(
            key not in wanted or self._differs(round_, wanted[key], shift) for key, round_ in existing.items()
        )
        if not changed and wanted.keys() <= existing.keys():
            return 0
        return self._write(shift, wanted, started=started)

    def _is_due(self, plan: ObservationPlan, shift: Shift) -> bool:
        date = shift.production_date
        if plan.valid_from > date or (plan.valid_to is not None and plan.valid_to <= date):
            return False
        if not _is_open(plan.area, date):
            return False
        return is_due(
            self._occasion(shift),
            cadence=plan.cadence,
            shift_number=plan.shift_number,
            weekday=plan.weekday,
            month_day=plan.month_day,
        )

    def _occasion(self, shift: Shift) -> Occasion:
        return Occasion(shift.production_date, shift.number, self.shifts_in_day[shift.production_date])

    def _wanted(self, plan: ObservationPlan, shift: Shift, sequence: int) -> _Wanted | None:
        """The round that a plan owes, or None: no revision in force, nothing to watch, no cell in use."""
        revision = next(
            (
                revision
                for revision in self.revisions[plan.sop_id]
                if revision.effective_from is not None and revision.effective_from <= shift.starts_at
            ),
            None,
        )
        points = self.points[revision.pk] if revision is not None else []
        if revision is None or not points:
            return None
        targets: list[int] = []
        reasons: dict[str, str] = {}
        if plan.equipment_type:
            cells = self._cells(plan, shift.production_date)
            if not cells:
                return None
            watched = {point_id for point_id, _size in points}
            found = self._urgent(plan, shift, watched) if sequence == 1 else {}
            number = turn(self._occasion(shift), cadence=plan.cadence, shift_number=plan.shift_number)
            targets, first = pick_targets(
                [cell.pk for cell in cells],
                size=plan.targets_per_round,
                turn_number=number * max(plan.rounds, 1) + sequence - 1,
                urgent=list(found),
            )
            codes = {cell.pk: cell.code for cell in cells}
            reasons = self._reasons([(codes[cell], found[cell]) for cell in first])
        planned = {
            point_id: min(size if size is not None else len(targets), len(targets)) if targets else 1
            for point_id, size in points
        }
        return _Wanted(plan, sequence, revision.pk, targets, planned, reasons)

    def _cells(self, plan: ObservationPlan, date: dt.date) -> list[Unit]:
        below = set(self.tree(date).descendants(plan.area_id))
        cells = (unit for unit in self.equipment[plan.equipment_type] if unit.pk in below and _is_open(unit, date))
        return sorted(cells, key=lambda unit: (unit.position, unit.code))

    def _urgent(self, plan: ObservationPlan, shift: Shift, points: set[int]) -> dict[int, dt.datetime]:
        """Cells with deviations on this SOP's points in the shifts before: most deviations first, newest time."""
        begin = shift.starts_at - LOOK_BACK_SHIFTS * (shift.ends_at - shift.starts_at)
        seen: dict[int, dt.datetime] = {}
        count: Counter[int] = Counter()
        for deviation in self.deviations:
            if deviation.point_id in points and begin <= deviation.seen < shift.starts_at:
                seen.setdefault(deviation.equipment_id, deviation.seen)
                count[deviation.equipment_id] += 1
        order = sorted(seen, key=lambda cell: (-count[cell], -seen[cell].timestamp(), cell))
        return {cell: seen[cell] for cell in order}

    def _reasons(self, first: list[tuple[str, dt.datetime]]) -> dict[str, str]:
        """Why these cells come first, in both languages; kept with the round, so it says weekday and clock time."""
        if not first:
            return {}
        told: dict[str, str] = {}
        for language in _LANGUAGES:
            with translation.override(language):
                places = [f"{code} {date_format(when.astimezone(self.zone), 'D H:i')}" for code, when in first[:3]]
                told[language] = str(_("deviation on %(cells)s") % {"cells": ", ".join(places)})[:200]
        return told

    def _differs(self, round_: Round, wanted: _Wanted, shift: Shift) -> bool:
        return (
            round_.revision_id != wanted.revision_id
            or round_.targets != wanted.targets
            or round_.crew_id != shift.crew_id
            or round_.reason_en != wanted.reasons.get("en", "")
        )

    @transaction.atomic
    def _write(self, shift: Shift, wanted: dict[tuple[int, int], _Wanted], *, started: bool) -> int:
        """Bring one shift's rounds to what is wanted. The shift's row is locked: workers take turns."""
        locked = Shift.objects.select_for_update(no_key=True).get(pk=shift.pk)
        rounds = {
            (round_.plan_id or 0, round_.sequence): round_ for round_ in Round.objects.owed().filter(shift=locked)
        }
        stale: list[Round] = []
        if not started:
            stale = [
                round_
                for key, round_ in rounds.items()
                if key not in wanted or self._differs(round_, wanted[key], locked)
            ]
            busy = set(Observation.objects.filter(round__in=stale).values_list("round_id", flat=True))
            stale = [round_ for round_ in stale if round_.pk not in busy]
            rounds_remove(stale)
        kept = rounds.keys() - {(round_.plan_id or 0, round_.sequence) for round_ in stale}
        missing = [found for key, found in wanted.items() if key not in kept]
        rounds_add(missing, shift=locked, now=self.now)
        return len({(found.plan.pk, found.sequence) for found in missing} - rounds.keys())


def rounds_add(wanted: Iterable[_Wanted], *, shift: Shift, now: dt.datetime) -> None:
    """Store rounds of one shift with what they owe, and mark the tallies whose planned N changed."""
    made: list[tuple[Round, _Wanted]] = [
        (
            Round(
                plan=found.plan,
                sequence=found.sequence,
                area_id=found.plan.area_id,
                shift=shift,
                crew_id=shift.crew_id,
                revision_id=found.revision_id,
                targets=found.targets,
                reason_en=found.reasons.get("en", ""),
                reason_nb=found.reasons.get("nb", ""),
                created_at=now,
            ),
            found,
        )
        for found in wanted
    ]
    Round.objects.bulk_create([round_ for round_, _found in made])
    RoundPoint.objects.bulk_create(
        RoundPoint(round=round_, point_id=point_id, planned=planned)
        for round_, found in made
        for point_id, planned in found.planned.items()
    )
    _mark({(point, round_.area_id, round_.crew_id, shift.pk) for round_, found in made for point in found.planned})


def rounds_remove(rounds: Iterable[Round]) -> None:
    """Take away rounds that nobody has begun, and mark the tallies whose planned N changed."""
    ids = [round_.pk for round_ in rounds]
    owed = RoundPoint.objects.filter(round__in=ids)
    _mark(set(owed.values_list("point_id", "round__area_id", "round__crew_id", "round__shift_id")))
    owed.delete()
    Round.objects.filter(pk__in=ids).delete()


def _mark(tallies: set[tuple[int, int, int | None, int]]) -> None:
    Mark.objects.bulk_create(
        Mark(point_id=point, area_id=area, crew_id=crew, shift_id=shift)
        for point, area, crew, shift in sorted(tallies, key=str)
    )
    if tallies:
        nudge_figures()


def _is_open(unit: Unit, date: dt.date) -> bool:
    return (unit.opened is None or unit.opened <= date) and (unit.closed is None or unit.closed > date)
