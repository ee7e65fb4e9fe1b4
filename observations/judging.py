"""What a point takes as an answer, and whether it is right: pure functions on a point and plain values."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from observations.models import Result
from observations.refusals import BadValue
from sops.models import ObservationPoint, PointKind

# Far beyond anything a plant measures; a wrong exponent or an overflow is told from a value by it.
LARGEST_VALUE = Decimal(10) ** 12
LARGEST_COUNT = Decimal(10) ** 6
STEP = Decimal(1).scaleb(-9)


def checked_value(point: ObservationPoint, value: Decimal | int | str) -> Decimal:
    """The value as it is stored: finite, of a sane size, at most nine decimals; a count is a whole number ≥ 0.

    Raises BadValue.
    """
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError, TypeError) as error:
        raise BadValue(_("This is not a number.")) from error
    if not number.is_finite():
        raise BadValue(_("This is not a number."))
    if abs(number) >= LARGEST_VALUE:
        raise BadValue(_("The number is too large to be true."))
    number = number.quantize(STEP)
    if point.kind in (PointKind.COUNT, PointKind.EVENT):
        if number < 0:
            raise BadValue(_("A count can't be below zero."))
        if number != number.to_integral_value():
            raise BadValue(_("A count is a whole number."))
        if number > LARGEST_COUNT:
            raise BadValue(_("The number is too large to be true."))
    return number


def judge(
    point: ObservationPoint, *, result: Result | str | None, value: Decimal | int | str | None
) -> tuple[Result, Decimal | None]:
    """What a fact says of a point: (result, value). Numbers are judged by the point's limits, never by the sender.

    A yes/no point takes OK, NOT_OK or NOT_APPLICABLE and no value. A number of a point without limits, and an
    event, is a VALUE. Raises BadValue.
    """
    if result is not None and result not in Result.values:
        raise BadValue(_("This answer is not known."))
    said = Result(result) if result is not None else None
    if point.kind == PointKind.YES_NO:
        if value is not None:
            raise BadValue(_("This point is answered with yes or no."))
        if said not in (Result.OK, Result.NOT_OK, Result.NOT_APPLICABLE):
            raise BadValue(_("Answer yes, no or not applicable."))
        return said, None
    if said == Result.NOT_APPLICABLE and point.kind != PointKind.EVENT:
        if value is not None:
            raise BadValue(_("What is not applicable has no number."))
        return said, None
    if value is None:
        raise BadValue(_("Give a number."))
    number = checked_value(point, value)
    right = None if point.kind == PointKind.EVENT else point.is_right(number)
    if right is None:
        return Result.VALUE, number
    return (Result.OK if right else Result.NOT_OK), number
