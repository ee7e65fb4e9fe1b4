"""Why a figure is off its target: what each part contributes to the gap, adding up exactly.

The gap is value − target. A part k of an indicator factor × Σnum / Σden contributes (factor × num_k −
target × den_k) / Σden: how far the part alone is from the target, times its share of the whole. Summed over
all parts this is the gap itself, not an approximation. A roll-up is the same with num = weight × value and
den = weight (`kpis.tally.rollup_part`). For a plain sum each part is held against its share of the target.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kpis.status import Direction
from kpis.tally import Exact, Parts, PartsError, quantize, whole


class SharesError(ValueError):
    """Shares of a target that do not add up to 1, or a shown gap that is not the rounded sum of its parts."""


def contributions[K](
    parts_by_key: Mapping[K, Parts],
    target: Exact,
    direction: Direction,
    *,
    shares: Mapping[K, Fraction] | None = None,
) -> list[tuple[K, Fraction]]:
    """What each key adds to value − target, worst first; empty when the whole has no value.

    Worst is most negative for UP, most positive for DOWN, and for BAND most to the side on which the figure
    lies. In a ratio a key without data contributes 0. `shares` (adding up to 1) split the target of a plain
    sum over the keys; by default each has the same share.
    """
    summed = whole(parts_by_key.values())
    if summed is None or summed.value is None:
        return []
    aim = Fraction(target)
    if summed.additive:
        split = shares if shares is not None else _equal(parts_by_key)
        if set(split) != set(parts_by_key) or sum(split.values(), Fraction(0)) != 1:
            raise SharesError("Shares have to be given for every part and add up to 1")
        found = [(key, part.factor * part.num - aim * split[key]) for key, part in parts_by_key.items()]
    else:
        found = [(key, (part.factor * part.num - aim * part.den) / summed.den) for key, part in parts_by_key.items()]
    sign = _bad_sign(direction, summed.value - aim)
    return sorted(found, key=lambda item: sign * item[1], reverse=True)


def rounded_shares[K](
    exact: Sequence[tuple[K, Fraction]], places: int, shown_gap: Decimal | None = None
) -> list[tuple[K, Decimal]]:
    """The contributions as shown: rounded to `places` decimals so that they still add up, in the same order.

    They add up to `shown_gap`, by default the rounded gap. Pass it where a page shows a rounded value and a
    rounded target, since their difference may be one step away from the rounded gap. The largest remainders
    are rounded up.
    """
    if not exact:
        return []
    step = Fraction(1, 10**places)
    gap = sum((share for _, share in exact), Fraction(0))
    shown = quantize(gap, places) if shown_gap is None else shown_gap
    steps = Fraction(shown) / step
    if steps.denominator != 1 or abs(Fraction(shown) - gap) > step:
        raise SharesError("The gap shown is not the rounded gap")
    floors = [share // step for _, share in exact]
    remainders = [share / step - floor for (_, share), floor in zip(exact, floors, strict=True)]
    # Stable: of equal remainders the worse contribution, which comes first, is rounded up.
    order = sorted(range(len(exact)), key=lambda place: remainders[place], reverse=True)
    everywhere, extra = divmod(steps.numerator - sum(floors), len(exact))
    units = [floor + everywhere for floor in floors]
    for place in order[:extra]:
        units[place] += 1
    return [(key, quantize(unit * step, places)) for (key, _), unit in zip(exact, units, strict=True)]


def _equal[K](parts_by_key: Mapping[K, Parts]) -> dict[K, Fraction]:
    return dict.fromkeys(parts_by_key, Fraction(1, len(parts_by_key)))


def _bad_sign(direction: Direction, gap: Fraction) -> int:
    if direction == Direction.UP:
        return -1
    if direction == Direction.DOWN:
        return 1
    return 1 if gap >= 0 else -1


__all__ = ["PartsError", "SharesError", "contributions", "rounded_shares"]
