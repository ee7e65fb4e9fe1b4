"""Terms in words: limits, what a new version tightened, and what a complete agreement still lacks. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps.display import format_number
from principles.agreements.models import Agreement, Aspect, Term

_MOST_DECIMALS = 6


class LimitChange(StrEnum):
    """What a new version did to a term's limits."""

    NEW = "new"
    SAME = "same"
    TIGHTER = "tighter"
    LOOSER = "looser"
    OTHER = "other"  # tighter at one end and looser at the other, or another unit


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a complete agreement, and whether it is there."""

    label: str | Promise
    is_there: bool


def limit_text(term: Term) -> str:
    """The limits of a term with their unit: "at least 92 %", "−50 to 50 kg"; "" without any."""
    low, high = _shown(term.lower, term), _shown(term.upper, term)
    if term.lower is not None and term.upper is not None:
        text = low if term.lower == term.upper else _("%(low)s to %(high)s") % {"low": low, "high": high}
    elif term.lower is not None:
        text = _("at least %(value)s") % {"value": low}
    elif term.upper is not None:
        text = _("at most %(value)s") % {"value": high}
    else:
        return ""
    return f"{text}\N{NO-BREAK SPACE}{term.unit}" if term.unit else text


def value_text(term: Term, value: Decimal | None) -> str:
    """A value with the term's decimals and unit; "" for none."""
    if value is None:
        return ""
    # One more decimal is shown as it was typed; and a broken limit is never rounded onto the limit.
    is_near = _decimals(value) == term.decimals + 1
    needed = _decimals(value) if is_near or _rounds_inside(term, value) else term.decimals
    text = format_number(value, min(max(needed, term.decimals), _MOST_DECIMALS))
    return f"{text}\N{NO-BREAK SPACE}{term.unit}" if term.unit else text


def limit_change(term: Term) -> LimitChange:
    """How a term's limits compare with those of the same term in the version before."""
    before = term.previous
    if before is None:
        return LimitChange.NEW
    if term.unit != before.unit:
        return LimitChange.OTHER
    steps = {_step(before.lower, term.lower, up=True), _step(before.upper, term.upper, up=False)} - {0}
    if not steps:
        return LimitChange.SAME
    if len(steps) > 1:
        return LimitChange.OTHER
    return LimitChange.TIGHTER if steps == {1} else LimitChange.LOOSER


def completeness(agreement: Agreement, terms: Iterable[Term]) -> list[Part]:
    """What a complete agreement has, part by part, in a fixed order."""
    known = list(terms)
    about = {term.aspect for term in known}
    owed = {term.owed_by_customer for term in known}
    return [
        Part(gettext_lazy("Volume"), Aspect.VOLUME in about),
        Part(gettext_lazy("Quality"), Aspect.QUALITY in about),
        Part(gettext_lazy("Timing"), Aspect.TIMING in about),
        Part(gettext_lazy("Information"), Aspect.INFORMATION in about or bool(agreement.information)),
        Part(gettext_lazy("HSE"), Aspect.HSE in about),
        Part(
            gettext_lazy("Duties of both sides"),
            bool(agreement.supplier_duties or False in owed) and bool(agreement.customer_duties or True in owed),
        ),
        Part(gettext_lazy("A limit that can be measured in every term"), bool(known) and all(map(_has_limits, known))),
        Part(gettext_lazy("What happens when it is broken"), bool(agreement.reaction)),
        Part(gettext_lazy("Where it is followed up"), bool(agreement.arena)),
        Part(gettext_lazy("A date for its review"), agreement.review_on is not None),
    ]


def _has_limits(term: Term) -> bool:
    return term.has_limits


def _shown(value: Decimal | None, term: Term) -> str:
    return "" if value is None else format_number(value, max(term.decimals, _decimals(value)))


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _rounds_inside(term: Term, value: Decimal) -> bool:
    rounded = round(value, term.decimals)
    return not term.is_kept_by(value) and term.is_kept_by(rounded)


def _step(before: Decimal | None, after: Decimal | None, *, up: bool) -> int:
    """1 when a limit became tighter, -1 looser, 0 the same; `up`: a lower limit tightens upwards."""
    if before == after:
        return 0
    if before is None or after is None:
        return 1 if before is None else -1
    return 1 if (after > before) == up else -1
