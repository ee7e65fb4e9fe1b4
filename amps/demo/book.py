"""The book that the demo's facts are written into before they are copied: lines, marks, and what comes later."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from amps.demo.copying import Copying, copy_rows, ids_used, line, next_id, uuid7
from observations.models import EventReport, Mark, Observation, Reason, Result, Round, RoundPoint, Source
from principles.teams.models import Shift, User
from sops.models import Competence, ObservationPoint, SopPoint, SopRevision

FACT_COLUMNS = (
    "id", "point_id", "sop_point_id", "revision_id", "round_id", "area_id", "equipment_id", "shift_id", "crew_id",
    "observer_id", "competence", "result", "value", "weight", "reason_id", "note", "observed_at", "received_at",
    "source", "supersedes_id", "correction_reason",
)  # fmt: skip
ROUND_COLUMNS = (
    "id", "plan_id", "sequence", "area_id", "shift_id", "crew_id", "revision_id", "targets", "reason_en", "reason_nb",
    "started_by_id", "created_at",
)  # fmt: skip
REPORT_COLUMNS = (
    "id", "point_id", "area_id", "shift_id", "crew_id", "opportunities", "reported_until", "received_at",
)  # fmt: skip

type MarkKey = tuple[int, int, int | None, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """One fact before it is written down. `value` is already rounded to the point's decimals."""

    point: ObservationPoint
    at: dt.datetime
    result: str
    value: str | None = None
    weight: str | None = None
    equipment: int | None = None
    sop_point: int | None = None
    revision: int | None = None
    round: int | None = None
    observer: User | None = None
    source: str = Source.APP


@dataclass(slots=True)
class Later:
    """Facts that reach the server long after their shift: they restate what was final."""

    at: dt.datetime
    lines: list[str] = field(default_factory=list)
    marks: set[MarkKey] = field(default_factory=set)


class Book:
    """Everything that the demo stores by COPY. Nothing is written that lies after `until`."""

    facts: Copying  # open as long as facts are made

    def __init__(self, *, rng: random.Random, until: dt.datetime) -> None:
        self.rng = rng
        self.until = until
        self.points = {point.code: point for point in ObservationPoint.objects.all()}
        self.bound: dict[int, list[SopPoint]] = {}
        for bound in SopPoint.objects.select_related("point").filter(point__active=True).order_by("position"):
            self.bound.setdefault(bound.revision_id, []).append(bound)
        self.revisions: dict[str, list[SopRevision]] = {}
        for revision in SopRevision.objects.select_related("sop").order_by("-effective_from"):
            self.revisions.setdefault(revision.sop.code, []).append(revision)
        self._levels = {
            (row.person_id, row.revision_id): (row.signed_at, int(row.level)) for row in Competence.objects.all()
        }
        self._general: list[int] = []
        self._reasons: dict[int, list[int]] = {}
        for row in Reason.objects.filter(active=True):
            known = self._general if row.point_id is None else self._reasons.setdefault(row.point_id, [])
            known.append(row.pk)
        self._next_round = next_id(Round)
        self.rounds: list[str] = []
        self.round_points: list[str] = []
        self.reports: list[str] = []
        self.marks: set[MarkKey] = set()
        self.later: list[Later] = []

    def revision(self, sop: str, at: dt.datetime) -> SopRevision:
        """The revision of an SOP that is in force at an instant."""
        return next(row for row in self.revisions[sop] if row.effective_from is not None and row.effective_from <= at)

    def level(self, person: User | None, revision: int | None, at: dt.datetime) -> int | None:
        """What the person was signed for on the revision at that moment; None where nothing was signed."""
        if person is None or revision is None:
            return None
        signed = self._levels.get((person.pk, revision))
        return signed[1] if signed is not None and signed[0] <= at else None

    def uuid(self, at: dt.datetime) -> str:
        return uuid7(at, self.rng.getrandbits(74))

    def round(
        self,
        *,
        shift: Shift,
        area: int,
        revision: SopRevision,
        targets: list[int],
        created: dt.datetime,
        plan: int | None = None,
        planned: dict[int, int] | None = None,
        reason: tuple[str, str] = ("", ""),
        started_by: User | None = None,
    ) -> int:
        """Write a round down, with what it owes if a plan made it. Returns its primary key."""
        pk = self._next_round
        self._next_round += 1
        places = "{" + ",".join(map(str, targets)) + "}"
        self.rounds.append(
            line(
                pk,
                plan,
                1,
                area,
                shift.id,
                shift.crew_id,
                revision.pk,
                places,
                *reason,
                started_by.pk if started_by else None,
                created,
            )
        )
        for point, count in (planned or {}).items():
            self.round_points.append(line(pk, point, count))
            self.marks.add((point, area, shift.crew_id, shift.id))
        return pk

    def fact(
        self,
        seen: Seen,
        *,
        shift: Shift,
        area: int,
        later: Later | None = None,
        supersedes: str | None = None,
        why: str = "",
    ) -> str | None:
        """Write a fact down (with those that come later, if given). Returns its id; None when it lies ahead."""
        received = seen.at + dt.timedelta(seconds=self.rng.uniform(1, 25)) if later is None else later.at
        identifier = self.uuid(seen.at)
        reason = self._reason(seen)
        if received > self.until:
            return None
        lines, marks = (self.facts, self.marks) if later is None else (later.lines, later.marks)
        lines.append(
            line(
                identifier,
                seen.point.id,
                seen.sop_point,
                seen.revision,
                seen.round,
                area,
                seen.equipment,
                shift.id,
                shift.crew_id,
                seen.observer.pk if seen.observer else None,
                self.level(seen.observer, seen.revision, seen.at),
                str(seen.result),
                seen.value,
                seen.weight,
                reason,
                "",
                seen.at,
                received,
                str(seen.source),
                supersedes,
                why,
            )
        )
        marks.add((seen.point.id, area, shift.crew_id, shift.id))
        return identifier

    def _reason(self, seen: Seen) -> int | None:
        if seen.result != Result.NOT_OK:
            return None
        own = self._reasons.get(seen.point.id, [])
        choices = own * 3 + self._general
        return self.rng.choice(choices) if choices else None

    def report(self, point: str, *, shift: Shift, area: int, opportunities: float) -> None:
        """Say that an event series was reported for a whole shift, once the shift has ended."""
        if shift.ends_at > self.until:
            return
        pk = self.points[point].pk
        self.reports.append(
            line(
                self.uuid(shift.ends_at),
                pk,
                area,
                shift.id,
                shift.crew_id,
                f"{opportunities:.6f}",
                shift.ends_at,
                shift.ends_at,
            )
        )
        self.marks.add((pk, area, shift.crew_id, shift.id))

    def store(self) -> None:
        """COPY everything that was received in time, but the facts: they went there while they were made."""
        copy_rows(Round, ROUND_COLUMNS, self.rounds)
        ids_used(Round, self._next_round - 1)
        copy_rows(RoundPoint, ("round_id", "point_id", "planned"), self.round_points)
        copy_rows(EventReport, REPORT_COLUMNS, self.reports)
        store_marks(self.marks)

    def store_later(self, later: Later) -> None:
        """COPY facts that came long after their shift, with their marks."""
        copy_rows(Observation, FACT_COLUMNS, later.lines)
        store_marks(later.marks)


def store_marks(marks: set[MarkKey]) -> None:
    """COPY marks in a fixed order."""
    ordered = sorted(marks, key=lambda key: (key[3], key[1], key[0], key[2] or 0))
    copy_rows(Mark, ("point_id", "area_id", "crew_id", "shift_id"), (line(*key) for key in ordered))
