"""What the plant's systems deliver beside the rounds: Fe, voltage, noise, current, anode effects, near misses."""

from __future__ import annotations

import datetime as dt
import math

from amps.demo.book import Seen
from amps.demo.plant import AREAS
from amps.demo.profiles import AE_BAD_FACTOR, AE_RATE, FE_AFTER, FE_BEFORE, FE_SPREAD
from amps.demo.rounds import BAD_SECTION, Rounds, Watch
from observations.models import Result, Source
from principles.teams.models import Shift, Unit

# People at work per shift, from which the hours worked follow.
PEOPLE_AT_WORK = {"EL1": 14, "EL2": 14, "ST1": 9, "KA1": 8, "RE1": 3, "VE1": 10}
NEAR_MISSES_PER_1000_H = {"EL1": 2.3, "EL2": 1.6, "ST1": 2.1, "KA1": 1.3, "RE1": 1.2, "VE1": 2.0}
CELL_LIFE_DAYS = 2300
TAPS_SAMPLED = 8  # of a line's cells, one in so many per shift
NA_SAMPLED = 6  # one in so many per day
STARTUP_SHIFTS = 6


class Series:
    """Writes the series of every shift into the book of the rounds."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds, self.book, self.plant = rounds, rounds.book, rounds.plant
        self.rng = rounds.rng
        cells = [cell for cells in self.plant.cells.values() for cell in cells]
        self.fe_of = {cell.pk: self.rng.gauss(0, 0.01) for cell in cells}
        self.voltage_of = {cell.pk: self.rng.gauss(0, 0.02) for cell in cells}
        self.noise_of = {cell.pk: self.rng.gauss(0, 1.2) for cell in cells}
        self.startups = self._startups()
        self.first_aid = self._first_aid_shifts()

    def _startups(self) -> dict[tuple[str, int], tuple[Unit, int]]:
        """Cells that are started again: (line, shift's place) to the cell and how many shifts into its start."""
        found: dict[tuple[str, int], tuple[Unit, int]] = {}
        shifts = len(self.plant.shifts)
        for line, cells in self.plant.cells.items():
            count = max(1, round(len(cells) * shifts / 3 / CELL_LIFE_DAYS))
            for number in range(count):
                begin = int(shifts * (number + self.rng.uniform(0.2, 0.8)) / count)
                cell = self.rng.choice(cells)
                for step in range(STARTUP_SHIFTS + 1):
                    found.setdefault((line, begin + step), (cell, step))
        return found

    def _first_aid_shifts(self) -> set[tuple[str, int]]:
        """Shifts with an injury that needed first aid: about one in six weeks, somewhere."""
        shifts = self.plant.shifts
        count = len(shifts) // 126
        return {(self.rng.choice(AREAS[:4]), shifts[int(len(shifts) * (at + 0.4) / count)].pk) for at in range(count)}

    def of_line(self, watch: Watch, place: int) -> None:
        """Everything of one potline in one shift; `place` is the shift's number from the beginning."""
        self._metal(watch)
        self._cells(watch)
        self._current(watch)
        self._anode_effects(watch)
        self._startup(watch, place)

    def _value(
        self, watch: Watch, code: str, minute: float, value: str, cell: int | None, weight: str | None = None
    ) -> None:
        seen = Seen(
            point=self.book.points[code],
            at=watch.shift.starts_at + dt.timedelta(minutes=minute),
            result=Result.VALUE,
            value=value,
            weight=weight,
            equipment=cell,
            source=Source.SYSTEM,
        )
        self.book.fact(seen, shift=watch.shift, area=watch.area_id)

    def _metal(self, watch: Watch) -> None:
        """Fe of the cells tapped in the shift, weighed by the tonnes, and Na of some cells in the morning."""
        rng = self.rng
        cells = self.plant.cells[watch.area]
        level = FE_BEFORE + (FE_AFTER - FE_BEFORE) * watch.covering
        if watch.crew == "C":
            level += 0.012 * watch.slip
        for at, cell in enumerate(rng.sample(cells, max(1, len(cells) // TAPS_SAMPLED))):
            spread = FE_SPREAD * (0.6 + 0.4 * level / FE_BEFORE)
            fe = max(0.02, level + self.fe_of[cell.pk] * level / FE_BEFORE + rng.gauss(0, spread))
            tonnes = rng.gauss(2.33, 0.09)
            self._value(watch, "fe_in_metal", 70 + 20 * at % 330 + rng.random(), f"{fe:.3f}", cell.pk, f"{tonnes:.3f}")
        if watch.shift.number == 1:
            for cell in rng.sample(cells, max(1, len(cells) // NA_SAMPLED)):
                sodium = rng.gauss(96, 14)
                self._value(watch, "na_in_metal", rng.uniform(60, 300), f"{sodium:.0f}", cell.pk)

    def _cells(self, watch: Watch) -> None:
        """Voltage and noise of one cell per section, as the cell control system sums the shift up."""
        if watch.shift.ends_at > self.book.until:
            return
        rng = self.rng
        minutes = watch.shift.hours * 60 - 2
        days = (watch.shift.production_date - self.rounds.line.first).days
        drift = 0.012 * math.sin(2 * math.pi * days / 40 + ord(watch.area[-1]))
        for section, cells in self.plant.sections.items():
            if not section.startswith(watch.area) or not cells:
                continue
            cell = rng.choice(cells)
            is_bad = bool(watch.bad_cells) and section == BAD_SECTION
            voltage = rng.gauss(4.152 + drift + self.voltage_of[cell.pk] + (0.09 if is_bad else 0), 0.02)
            noise = max(3.0, rng.gauss(11.5 + self.noise_of[cell.pk] + (15 if is_bad else 0), 2.4) * watch.factor**0.3)
            self._value(watch, "cell_voltage", minutes, f"{voltage:.3f}", cell.pk)
            self._value(watch, "cell_noise", minutes, f"{noise:.1f}", cell.pk)

    def _current(self, watch: Watch) -> None:
        """Mean current of the line, hour by hour."""
        dip = self.rng.random() < 0.02
        for hour in range(1, int(watch.shift.hours) + 1):
            current = self.rng.gauss(228.6 if dip else 230.05, 0.22)
            self._value(watch, "line_current", hour * 60 - 1, f"{current:.2f}", None)

    def _anode_effects(self, watch: Watch) -> None:
        """Anode effects with their duration, the treatment by SOP-05, and the report that counts the cell-days."""
        shift, rng = watch.shift, self.rng
        cells = self.plant.cells[watch.area]
        cell_days = len(cells) * shift.hours / 24
        rate = AE_RATE[watch.area] * (1.2 - 0.3 * watch.feeding)
        hit = [rng.choice(cells) for _ in range(self._poisson(rate * cell_days))]
        if watch.bad_cells:
            bad = self.plant.sections[BAD_SECTION]
            expected = rate * AE_BAD_FACTOR * len(bad) * shift.hours / 24
            hit += [rng.choice(bad) for _ in range(self._poisson(expected))]
        is_reported = shift.ends_at <= self.book.until
        revision = self.book.revision("SOP-05", shift.starts_at)
        for cell in hit:
            minute = rng.uniform(5, shift.hours * 60 - 25)
            lasted = min(6.0, rng.lognormvariate(0.38, 0.3))
            if is_reported:
                self._value(watch, "anode_effects", minute, "1", cell.pk)
            self._value(watch, "ae_minutes", minute + lasted, f"{lasted:.2f}", cell.pk)
            if rng.random() < 0.9:
                self.rounds.event_round(
                    watch, revision=revision, targets=[cell.pk], points=self.book.bound[revision.pk], minute=minute + 4
                )
        self.book.report("anode_effects", shift=shift, area=watch.area_id, opportunities=cell_days)

    def _startup(self, watch: Watch, place: int) -> None:
        """A cell that is started: accepted, heated over two days, then filled with bath."""
        found = self.startups.get((watch.area, place))
        if found is None:
            return
        cell, step = found
        revision = self.book.revision("SOP-09", watch.shift.starts_at)
        codes = ("heating_rate", "cathode_spread", "missing_readings")
        if step == 0:
            codes = ("lining_acceptance", "relining_days", "exclusion_zone")
        elif step == STARTUP_SHIFTS:
            codes = ("cathode_temp_before_bath",)  # type: ignore[assignment]
        points = [row for row in self.book.bound[revision.pk] if row.point.code in codes]
        self.rounds.event_round(
            watch, revision=revision, targets=[cell.pk], points=points, minute=self.rng.uniform(60, 200)
        )

    def safety(self, shift: Shift) -> None:
        """Near misses and first-aid injuries of every area, over the hours worked."""
        if shift.ends_at > self.book.until:
            return
        for area in AREAS:
            area_id = self.plant.units[area].pk
            hours = PEOPLE_AT_WORK[area] * shift.hours
            near = self._poisson(NEAR_MISSES_PER_1000_H[area] * hours / 1000)
            injured = 1 if (area, shift.pk) in self.first_aid else 0
            for code, count in (("near_misses", near), ("first_aid_injuries", injured)):
                if count:
                    seen = Seen(
                        point=self.book.points[code],
                        at=shift.starts_at + dt.timedelta(minutes=self.rng.uniform(20, 400)),
                        result=Result.VALUE,
                        value=str(count),
                        source=Source.SYSTEM,
                    )
                    self.book.fact(seen, shift=shift, area=area_id)
                self.book.report(code, shift=shift, area=area_id, opportunities=hours)

    def _poisson(self, expected: float) -> int:
        """A count with this mean (the product of uniform numbers, exact for the small means used here)."""
        limit, product, count = math.exp(-expected), self.rng.random(), 0
        while product > limit:
            product *= self.rng.random()
            count += 1
        return count
