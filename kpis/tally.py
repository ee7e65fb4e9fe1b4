"""Tallies: what is counted and summed of many observations, kept so that it merges exactly.

Tallies of parts add up to the tally of the whole in any order and grouping, without rounding. An indicator is
a ratio of sums over tallies (`Parts`), so that the contributions of its parts add up exactly to it. Sums are
Decimal, ratios are Fraction, and binary floating point is never used. Missing is not zero: a ratio without a
denominator has no value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from functools import reduce

type Number = Decimal | int
type Exact = Fraction | Decimal | int

# Wide enough for any numeric a plant can store; a sum that would still need rounding raises instead.
_EXACT = Context(prec=2000, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
_ZERO = Decimal(0)
_HUNDRED = Fraction(100)


class TallyError(ValueError):
    """A tally that cannot be: negative counts, more answers than observations, numbers not finite."""


class InexactTally(TallyError):
    """A sum too wide to be kept without rounding."""


class PartsError(ValueError):
    """Parts that cannot be or do not belong together: a negative denominator, or mixed factors or kinds."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set of facts adds up to.

    `n` is the number of facts observed. A fact that was found not applicable is one of them: somebody went there and
    looked. One that was withdrawn or superseded is none. A fact that is neither conforming, not conforming nor not
    applicable is a plain measurement or count. x is the measured or counted value, w its weight or, in an event
    series, the opportunities (such as cell-days).

    `planned` is how many cards (one point on one target) the plans asked for, and `done` how many of those have a
    fact, by the crew and in the shift that owed them. A second fact on a card, one after the shift's grace or by
    another crew, and one that no plan asked for are `outside` the plan. So done ≤ planned, and done + outside = n.
    """

    n: int = 0
    conforming: int = 0
    not_conforming: int = 0
    not_applicable: int = 0
    planned: Number = 0
    sum_x: Decimal = _ZERO
    sum_x2: Decimal = _ZERO
    min_x: Decimal | None = None
    max_x: Decimal | None = None
    sum_w: Decimal = _ZERO
    sum_wx: Decimal = _ZERO
    done: int = 0

    def __post_init__(self) -> None:
        """Raise TallyError for a tally that no facts could have."""
        answers = (self.conforming, self.not_conforming, self.not_applicable)
        counts = (self.n, *answers, self.planned, self.done)
        numbers = (*counts, self.sum_x, self.sum_x2, self.sum_w, self.sum_wx, self.min_x, self.max_x)
        if any(isinstance(number, Decimal) and not number.is_finite() for number in numbers):
            raise TallyError("A number of the tally is not finite")
        if min(counts) < 0 or self.sum_w < 0 or self.sum_x2 < 0:
            raise TallyError("Counts, weights and squares cannot be negative")
        if self.n < self.conforming + self.not_conforming + self.not_applicable:
            raise TallyError("More answers than observations")
        if self.done > min(self.n, self.planned):
            raise TallyError("More done than was planned or observed")

    def __add__(self, other: "Tally") -> "Tally":
        """The tally of both sets of facts together."""
        return merge(self, other)

    @property
    def measured(self) -> int:
        """Facts that carry a judgement or a value: all but those not applicable."""
        return self.n - self.not_applicable

    @property
    def judged(self) -> int:
        """Facts found conforming or not conforming."""
        return self.conforming + self.not_conforming

    @property
    def answered(self) -> int:
        """Facts found conforming, not conforming or not applicable."""
        return self.judged + self.not_applicable

    @property
    def outside(self) -> int:
        """Facts beside what a plan asked for."""
        return self.n - self.done


EMPTY = Tally()


def merge(a: Tally, b: Tally) -> Tally:
    """The tally of two disjoint sets of facts; associative, commutative, exact. Raises InexactTally."""
    add = _EXACT.add
    try:
        return Tally(
            n=a.n + b.n,
            conforming=a.conforming + b.conforming,
            not_conforming=a.not_conforming + b.not_conforming,
            not_applicable=a.not_applicable + b.not_applicable,
            planned=add(a.planned, b.planned),
            sum_x=add(a.sum_x, b.sum_x),
            sum_x2=add(a.sum_x2, b.sum_x2),
            min_x=min(_present(a.min_x, b.min_x), default=None),
            max_x=max(_present(a.max_x, b.max_x), default=None),
            sum_w=add(a.sum_w, b.sum_w),
            sum_wx=add(a.sum_wx, b.sum_wx),
            done=a.done + b.done,
        )
    except (Inexact, InvalidOperation, Overflow) as error:
        raise InexactTally("The sum cannot be kept without rounding") from error


def merged(tallies: Iterable[Tally]) -> Tally:
    """The tally of any number of disjoint sets of facts; EMPTY for none."""
    return reduce(merge, tallies, EMPTY)


@dataclass(frozen=True, slots=True)
class Parts:
    """An indicator as numerator and denominator: value = factor × num / den, None when den is 0.

    Parts of disjoint facts add up. `additive` marks a plain sum: its denominator is 1 with data and 0
    without, and stays 1 when parts are added.
    """

    num: Fraction
    den: Fraction
    factor: Fraction = Fraction(1)
    additive: bool = False

    def __post_init__(self) -> None:
        """Raise PartsError for a denominator that cannot be."""
        if self.den < 0 or (self.additive and self.den not in (0, 1)):
            raise PartsError("A denominator cannot be negative, and that of a plain sum is 0 or 1")

    @property
    def value(self) -> Fraction | None:
        """The indicator, exactly; None without data."""
        return self.factor * self.num / self.den if self.den else None

    def __add__(self, other: "Parts") -> "Parts":
        """The indicator over both sets of facts. Raises PartsError when the two are not of one indicator."""
        if (self.factor, self.additive) != (other.factor, other.additive):
            raise PartsError("Parts of different indicators do not add up")
        den = max(self.den, other.den) if self.additive else self.den + other.den
        return Parts(self.num + other.num, den, self.factor, self.additive)


def whole(parts: Iterable[Parts]) -> Parts | None:
    """All parts of one indicator added up; None when there are none."""
    found = list(parts)
    return reduce(Parts.__add__, found) if found else None


def conformity_part(tally: Tally, weight: Exact = 1) -> Parts:
    """Conformity in per cent of one observation point with its weight; not applicable does not count."""
    share = _weight(weight)
    return Parts(share * tally.conforming, share * tally.judged, _HUNDRED)


def conformity[K](tallies: Mapping[K, tuple[Tally, Exact]]) -> Parts:
    """100 × Σ w·conforming / Σ w·(conforming + not conforming) over points with their weights."""
    nothing = Parts(Fraction(0), Fraction(0), _HUNDRED)
    return reduce(Parts.__add__, (conformity_part(tally, weight) for tally, weight in tallies.values()), nothing)


def mean(tally: Tally, *, weighted: bool | None = None) -> Parts:
    """Mean of a measurement: Σwx / Σw when weights were given, else Σx / number of values.

    `weighted` forces one of the two, so that the parts of a whole are all taken the same way (see `means`).
    """
    if tally.sum_w > 0 if weighted is None else weighted:
        return Parts(Fraction(tally.sum_wx), Fraction(tally.sum_w))
    return Parts(Fraction(tally.sum_x), Fraction(tally.measured))


def means[K](tallies: Mapping[K, Tally]) -> dict[K, Parts]:
    """The mean of each key as parts that add up to the mean of all: weighted as soon as any has weights.

    A value without a weight then has no part in it.
    """
    weighted = any(tally.sum_w > 0 for tally in tallies.values())
    return {key: mean(tally, weighted=weighted) for key, tally in tallies.items()}


def total(tally: Tally) -> Parts:
    """Sum of a measurement or count; no value when nothing was measured."""
    return Parts(Fraction(tally.sum_x), Fraction(1 if tally.measured else 0), additive=True)


def rate(tally: Tally, factor: Exact = 1) -> Parts:
    """Events per opportunity: factor × Σx / Σw. Opportunities without events are 0, not missing."""
    return Parts(Fraction(tally.sum_x), Fraction(tally.sum_w), Fraction(factor))


def ratio(numerator: Tally, denominator: Tally, factor: Exact = 1) -> Parts:
    """One measured sum per another: factor × Σx / Σx. No value unless both were measured."""
    if not (numerator.measured and denominator.measured):
        return Parts(Fraction(0), Fraction(0), Fraction(factor))
    return Parts(Fraction(numerator.sum_x), Fraction(denominator.sum_x), Fraction(factor))


def coverage(tally: Tally) -> Parts:
    """Done of planned in per cent, ≤ 100; what was seen outside the plan does not count, no value if none owed."""
    return Parts(Fraction(tally.done), Fraction(tally.planned), _HUNDRED)


def not_ok_rate(tally: Tally, factor: Exact = 1) -> Parts:
    """Not conforming per judged fact: factor × not conforming / (conforming + not conforming)."""
    return Parts(Fraction(tally.not_conforming), Fraction(tally.judged), Fraction(factor))


def rollup_part(value: Exact | None, weight: Exact) -> Parts:
    """One child of a roll-up with its weight; a child without data carries no weight."""
    share = _weight(weight)
    if value is None:
        return Parts(Fraction(0), Fraction(0))
    return Parts(share * Fraction(value), share)


def rollup(children: Iterable[tuple[Exact | None, Exact]]) -> Fraction | None:
    """Weighted mean of (value, weight), weights renormalised over the children with data; None without."""
    summed = whole(rollup_part(value, weight) for value, weight in children)
    return summed.value if summed else None


def quantize(value: Exact, places: int) -> Decimal:
    """A figure as it is shown: rounded to `places` decimals, halves away from zero, never a negative zero."""
    if places < 0:
        raise ValueError("A figure is not shown with fewer than 0 decimals")
    exact = value if isinstance(value, Fraction) else Fraction(value)
    double = 2 * exact.denominator
    units = (2 * abs(exact.numerator) * 10**places + exact.denominator) // double
    sign = "-" if exact.numerator < 0 and units else ""
    return Decimal(f"{sign}{units}E-{places}")


def _weight(weight: Exact) -> Fraction:
    exact = Fraction(weight)
    if exact < 0:
        raise PartsError("A weight cannot be negative")
    return exact


def _present(*values: Decimal | None) -> list[Decimal]:
    return [value for value in values if value is not None]
