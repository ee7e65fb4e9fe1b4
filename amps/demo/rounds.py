"""The rounds of the demo's shifts and what was seen on them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace

from amps.demo.book import Book, Later, Seen
from amps.demo.people import People
from amps.demo.plant import CREWS, Plant
from amps.demo.profiles import AREA_FACTOR, BAD_FEEDER, CREW_FACTOR, Profile, profile_of
from amps.demo.timeline import Timeline
from observations.models import ObservationPlan, Result
from observations.rotation import Occasion, pick_targets, turn
from principles.teams.models import Shift, Unit, User
from sops.models import ObservationPoint, PointKind, Sampling, SopPoint, SopRevision

BAD_SECTION = "EL2-S3"
# When in the shift (minutes from its start) the rounds of an SOP are walked.
WINDOWS = {
    "SOP-01": (90, 230),
    "SOP-02": (150, 260),
    "SOP-03": (60, 400),
    "SOP-04": (35, 100),
    "SOP-06": (265, 350),
    "SOP-07": (180, 400),
    "SOP-08": (6, 24),
    "SOP-10": (50, 90),
}
# In the running shift of EL1 these wait for whoever logs in.
WAITING = ("SOP-06", "SOP-07")
MISSED = {"C": 0.02}
MISSED_USUALLY = 0.01
BROKEN_OFF = 0.025
NOT_APPLICABLE = 0.008
SKIPPED_CARD = 0.004
LATE_TARGETS = 2
WRONG_TEMPERATURE = "1057"


@dataclass(slots=True)
class Watch:
    """One area in one shift: who is there, how the day is, and how far the stories have come."""

    shift: Shift
    area: str
    area_id: int
    crew: str
    observers: list[User]
    covering: float
    feeding: float
    slip: float
    factor: float
    bad_cells: frozenset[int]
    is_running: bool
    profiles: dict[str, Profile] = field(default_factory=dict)

    def profile(self, code: str) -> Profile:
        """How a point behaves here and now; worked out once per shift."""
        known = self.profiles.get(code)
        if known is None:
            slip = self.slip if self.crew == "C" else 0.0
            known = self.profiles[code] = profile_of(
                code, covering=self.covering, feeding=self.feeding, slip=slip, factor=self.factor
            )
        return known


class Rounds:
    """Makes the rounds of every shift, in order, into the book."""

    def __init__(
        self, *, book: Book, plant: Plant, people: People, plans: list[ObservationPlan], line: Timeline
    ) -> None:
        self.book, self.plant, self.people, self.line = book, plant, people, line
        self.rng = book.rng
        self.plans: dict[str, list[ObservationPlan]] = {}
        for plan in plans:
            self.plans.setdefault(plan.area.code, []).append(plan)
        self.running = plant.shifts[-1]
        self.before = plant.shifts[-2] if len(plant.shifts) > 1 else None
        self.corrected = self._corrected_shifts()
        self._bad = frozenset(cell.pk for cell in plant.sections[BAD_SECTION])

    def _corrected_shifts(self) -> set[int]:
        """Shifts of EL1 in which somebody mistyped a bath temperature, spread over all but the last four days."""
        done = self.plant.shifts[: max(len(self.plant.shifts) - 12, 0)]
        return {done[int(len(done) * share)].pk for share in (0.1, 0.3, 0.5, 0.7, 0.9) if done}

    def watch(self, shift: Shift, area: str) -> Watch:
        """How an area stands in a shift."""
        day = shift.production_date
        crew = shift.crew.code if shift.crew else CREWS[0]
        days = (day - self.line.first).days
        wave = 1 + 0.18 * math.sin(2 * math.pi * (days / 17 + len(area) + ord(area[-1]) / 7))
        wave *= max(0.5, self.rng.gauss(1, 0.14)) * (1.08 if shift.number == 3 else 1.0)
        bad = area == "EL2" and (day, shift.number) in self.line.feeder
        return Watch(
            shift=shift,
            area=area,
            area_id=self.plant.units[area].pk,
            crew=crew,
            observers=self.people.observers[area, crew],
            covering=self.line.covering_effect(day),
            feeding=self.line.feeding_effect(day),
            slip=self.line.slipping(day),
            factor=wave * CREW_FACTOR[crew] * AREA_FACTOR[area],
            bad_cells=self._bad if bad else frozenset(),
            is_running=shift.pk == self.running.pk,
        )

    def planned(self, watch: Watch) -> None:
        """The rounds that the plans of the area make in the shift."""
        shift = watch.shift
        missed_night = shift.number == 3 and shift.production_date in self.line.missed
        for plan in self.plans[watch.area]:
            code = plan.sop.code
            revision = self.book.revision(code, shift.starts_at)
            bound = [row for row in self.book.bound[revision.pk] if row.point.sample_per != Sampling.EVENT]
            targets, reason = self._targets(plan, watch)
            planned = {
                row.point_id: min(row.point.sample_size or len(targets), len(targets)) if targets else 1
                for row in bound
            }
            observer = self.rng.choice(watch.observers)
            missed = self.rng.random() < MISSED.get(watch.crew, MISSED_USUALLY)
            nobody = missed_night and code != "SOP-08"
            waits = watch.is_running and watch.area == "EL1" and code in WAITING
            started = not (missed or nobody or waits)
            pk = self.book.round(
                shift=shift,
                area=watch.area_id,
                revision=revision,
                targets=targets,
                created=shift.starts_at - dt.timedelta(days=1),
                plan=plan.pk,
                planned=planned,
                reason=reason,
            )
            if started:
                self._walk(watch, code, revision, bound, planned, targets, pk, observer)

    def _targets(self, plan: ObservationPlan, watch: Watch) -> tuple[list[int], tuple[str, str]]:
        """Whose turn it is, by the same rules as the plans' own rounds; cells with bad feeders come first."""
        shift = watch.shift
        number = turn(Occasion(shift.production_date, shift.number, 3), cadence="shift", shift_number=None)
        units = self._equipment(plan)
        urgent = [unit for unit in units if unit.pk in watch.bad_cells] if plan.sop.code == "SOP-04" else []
        self.rng.shuffle(urgent)
        targets, first = pick_targets(
            [unit.pk for unit in units],
            size=plan.targets_per_round,
            turn_number=number,
            urgent=[unit.pk for unit in urgent],
        )
        codes = ", ".join(unit.code for unit in units if unit.pk in first)
        return targets, (f"deviation on {codes}", f"avvik på {codes}") if codes else ("", "")

    def _equipment(self, plan: ObservationPlan) -> list[Unit]:
        if plan.equipment_type == "crane":
            return self.plant.cranes[plan.area.code]
        return self.plant.filters if plan.equipment_type == "scrubber" else self.plant.cells[plan.area.code]

    def _walk(
        self,
        watch: Watch,
        code: str,
        revision: SopRevision,
        bound: list[SopPoint],
        planned: dict[int, int],
        targets: list[int],
        pk: int,
        observer: User,
    ) -> None:
        """Walk the targets of one round; now and then it is broken off, or its end arrives days later."""
        shift = watch.shift
        begin, end = WINDOWS[code]
        stop = len(targets) if self.rng.random() > BROKEN_OFF else max(1, len(targets) * 2 // 3)
        if self.before and shift.pk == self.before.pk and watch.area == "EL1" and code == "SOP-07":
            stop = max(1, len(targets) // 2)
        later = self._arrives_late(watch, code)
        for at, target in enumerate(targets[:stop]):
            minute = begin + (end - begin) * (at + 0.5) / len(targets)
            seconds = 0.0
            for row in bound:
                if at >= planned[row.point_id] or self.rng.random() < SKIPPED_CARD:
                    continue
                seconds += self.rng.uniform(6, 28)
                seen_at = shift.starts_at + dt.timedelta(minutes=minute, seconds=seconds)
                result, value = self._answer(row.point, watch, target)
                seen = Seen(
                    point=row.point,
                    at=seen_at,
                    result=result,
                    value=value,
                    equipment=target,
                    sop_point=row.pk,
                    revision=revision.pk,
                    round=pk,
                    observer=observer,
                )
                is_late = later is not None and at >= stop - LATE_TARGETS
                if at == 0 and row.point.code == "bath_temperature" and watch.area == "EL1":
                    self._temperature(seen, watch)
                else:
                    self.book.fact(seen, shift=shift, area=watch.area_id, later=later if is_late else None)

    def _arrives_late(self, watch: Watch, code: str) -> Later | None:
        """The covering round of a few shifts: a tablet without coverage sent its end some days later."""
        shift = watch.shift
        if code != "SOP-02" or watch.area != "EL1" or (shift.production_date, shift.number) not in self.line.late:
            return None
        at = shift.ends_at + dt.timedelta(hours=self.rng.uniform(28, 60))
        if at > self.book.until:
            return None
        later = Later(at=at)
        self.book.later.append(later)
        return later

    def _temperature(self, seen: Seen, watch: Watch) -> None:
        """The first bath temperature of the round; in a few shifts mistyped, and corrected the day after."""
        shift = watch.shift
        if shift.pk not in self.corrected:
            self.book.fact(seen, shift=shift, area=watch.area_id)
            return
        wrong = replace(seen, result=Result.NOT_OK, value=WRONG_TEMPERATURE)
        first = self.book.fact(wrong, shift=shift, area=watch.area_id)
        at = shift.ends_at + dt.timedelta(hours=self.rng.uniform(14, 26))
        if first is None or at > self.book.until:
            return
        later = Later(at=at)
        right = replace(seen, observer=self.people.logins["shiftlead"])
        self.book.fact(
            right,
            shift=shift,
            area=watch.area_id,
            later=later,
            supersedes=first,
            why="Tastet 1057 i stedet for 957 / Typed 1057 instead of 957",
        )
        self.book.later.append(later)

    def outside_plan(self, watch: Watch) -> None:
        """While the feeders of a section are bad, the shift walks that section once more by itself."""
        if not watch.bad_cells:
            return
        shift = watch.shift
        revision = self.book.revision("SOP-04", shift.starts_at)
        cells = [cell.pk for cell in self.plant.sections[BAD_SECTION]]
        start = shift.number * 4 % max(len(cells), 1)
        targets = (cells[start:] + cells[:start])[:8]
        self.event_round(
            watch,
            revision=revision,
            targets=targets,
            points=[row for row in self.book.bound[revision.pk] if row.point.code != "noisy_cells"],
            minute=self.rng.uniform(120, 160),
        )

    def event_round(
        self, watch: Watch, *, revision: SopRevision, targets: list[int], points: list[SopPoint], minute: float
    ) -> None:
        """A round that no plan asked for: after an anode effect, at a start-up, around a fault."""
        shift = watch.shift
        begin = shift.starts_at + dt.timedelta(minutes=minute)
        if begin > self.book.until:
            return
        observer = self.rng.choice(watch.observers)
        pk = self.book.round(
            shift=shift,
            area=watch.area_id,
            revision=revision,
            targets=targets,
            created=begin,
            started_by=observer,
        )
        seconds = 0.0
        for target in targets:
            for row in points:
                seconds += self.rng.uniform(6, 28)
                result, value = self._answer(row.point, watch, target)
                seen = Seen(
                    point=row.point,
                    at=begin + dt.timedelta(seconds=seconds),
                    result=result,
                    value=value,
                    equipment=target,
                    sop_point=row.pk,
                    revision=revision.pk,
                    round=pk,
                    observer=observer,
                )
                self.book.fact(seen, shift=shift, area=watch.area_id)

    def _answer(self, point: ObservationPoint, watch: Watch, target: int) -> tuple[str, str | None]:
        """What is seen of a point on a target: a result, and a value rounded to the point's decimals."""
        rng = self.rng
        if rng.random() < NOT_APPLICABLE:
            return Result.NOT_APPLICABLE, None
        profile = watch.profile(point.code)
        fail = profile.fail
        if target in watch.bad_cells:
            fail = max(fail, BAD_FEEDER.get(point.code, 0.0))
        if point.kind == PointKind.YES_NO:
            return (Result.NOT_OK if rng.random() < fail else Result.OK), None
        if point.kind == PointKind.COUNT:
            most = int(point.maximum or 0)
            if rng.random() < fail:
                return Result.NOT_OK, str(most + (1 if rng.random() < 0.7 else 2))
            return Result.OK, str(rng.randint(max(most - 2, 0), most))
        value = rng.gauss(profile.mean, profile.spread)
        if point.minimum is None or point.minimum >= 0:
            value = max(value, 0.0)
        text = f"{value:.{point.decimals}f}"
        # "-0.0" is not how a person writes zero.
        text = text.lstrip("-") if float(text) == 0 else text
        shown = float(text)
        low, high = point.minimum, point.maximum
        if low is None and high is None:
            return Result.VALUE, text
        is_right = (low is None or shown >= float(low)) and (high is None or shown <= float(high))
        return (Result.OK if is_right else Result.NOT_OK), text
