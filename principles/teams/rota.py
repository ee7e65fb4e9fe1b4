"""Which crew works which shift: a repeating pattern that each crew enters some days after the one before.

A pattern has one letter per day. Letters of shifts (M, A, N: morning, afternoon, night) are the codes of the
shift calendar; D is day work beside the shifts and `-` is off. Days are differences of calendar dates, and a
shift belongs to the production date on which its day starts, so clocks and time zones play no part here.

A rota says who was meant to work. Who was there is attendance and is stored separately.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

OFF = "-"
DAY_WORK = "D"


class RotaError(ValueError):
    """A rota that cannot be used: no pattern, no crews, crews named twice, or an unknown letter."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as it is known in the trade: letters, days between crews, and how many crews it takes."""

    letters: str
    offset: int
    crew_count: int


# Forward rotation, at most three nights in a row. A and C are 33.6 h a week, B 28.0 h; D is C with day work.
PATTERN_A = Pattern("MMAANN----", offset=2, crew_count=5)
PATTERN_B = Pattern("MMAANN------", offset=2, crew_count=6)
PATTERN_C = Pattern("MMAANNN--MMAAANN--MMMAANN----------", offset=7, crew_count=5)
PATTERN_D = Pattern(PATTERN_C.letters + "DDDDD--", offset=7, crew_count=6)
PATTERNS = {"A": PATTERN_A, "B": PATTERN_B, "C": PATTERN_C, "D": PATTERN_D}


@dataclass(frozen=True, slots=True)
class Rota:
    """Crews on a pattern from the production date `valid_from` on.

    On `anchor` the first crew works the first letter; the crew at index k works on `anchor + k × offset` what
    the first crew works on `anchor`. `shifts` are the letters that have to be covered.
    """

    valid_from: date
    pattern: str
    anchor: date
    offset: int
    crews: tuple[str, ...]
    shifts: str = "MAN"

    def __post_init__(self) -> None:
        """Raise RotaError for a rota that cannot be used."""
        if isinstance(self.valid_from, datetime) or isinstance(self.anchor, datetime):
            raise RotaError("valid_from and anchor are dates, not times")
        if not self.pattern:
            raise RotaError("A rota needs a pattern")
        if not all(self.crews) or not self.crews or len(set(self.crews)) != len(self.crews):
            raise RotaError("A rota needs crews with different names")
        if not self.shifts or len(set(self.shifts)) != len(self.shifts) or OFF in self.shifts:
            raise RotaError("A rota needs different letters for its shifts")
        unknown = set(self.pattern) - set(self.shifts) - {OFF, DAY_WORK}
        if unknown:
            raise RotaError(f"The pattern has letters that are no shifts: {''.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """A shift that not exactly one crew covers. `day` is 0 on the anchor; `crews` are those on it."""

    day: int
    date: date
    letter: str
    crews: tuple[str, ...]


def state(rota: Rota, crew_index: int, day: date) -> str:
    """The letter that the crew at this index (0 is the first) has on a production date.

    Raises IndexError for a crew that the rota does not have.
    """
    if not 0 <= crew_index < len(rota.crews):
        raise IndexError(f"The rota has no crew at {crew_index}")
    days = (_day(day) - rota.anchor).days
    return rota.pattern[(days - rota.offset * crew_index) % len(rota.pattern)]


def crews_on(rota: Rota, production_date: date, letter: str) -> tuple[str, ...]:
    """The crews that have this letter on a production date, in the rota's order."""
    return tuple(crew for index, crew in enumerate(rota.crews) if state(rota, index, production_date) == letter)


def rota_on(rotas: Iterable[Rota], production_date: date) -> Rota | None:
    """The rota valid on a production date, in whatever order they come; None before the first one."""
    valid = [rota for rota in rotas if rota.valid_from <= _day(production_date)]
    return max(valid, key=lambda rota: rota.valid_from, default=None)


def crew_on(rotas: Sequence[Rota], production_date: date, shift_letter: str) -> str | None:
    """The crew that was to work a shift.

    None before the first rota, and where none or several crews are on: a fact is never credited to a guess.
    """
    rota = rota_on(rotas, production_date)
    if rota is None or shift_letter not in rota.shifts:
        return None
    crews = crews_on(rota, production_date, shift_letter)
    return crews[0] if len(crews) == 1 else None


def coverage_gaps(rota: Rota) -> list[CoverageGap]:
    """Every shift of one cycle from the anchor that not exactly one crew covers; empty for a sound rota."""
    gaps = []
    for day in range(len(rota.pattern)):
        production_date = rota.anchor + timedelta(days=day)
        for letter in rota.shifts:
            crews = crews_on(rota, production_date, letter)
            if len(crews) != 1:
                gaps.append(CoverageGap(day, production_date, letter, crews))
    return gaps


def hours_per_week(rota: Rota, shift_hours: Fraction = Fraction(8)) -> Fraction:
    """Hours on shift per crew and week over a full cycle; day work is not counted."""
    shifts = sum(rota.pattern.count(letter) for letter in rota.shifts)
    return shifts * shift_hours * 7 / len(rota.pattern)


def _day(day: date) -> date:
    if isinstance(day, datetime):
        raise RotaError("A production date is a date without a time")
    return day
