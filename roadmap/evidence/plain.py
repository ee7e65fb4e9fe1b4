"""Facts beside a focus item, and what they suggest: plain values and pure functions, no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from amps.display import Band, format_number
from roadmap.models import ItemStatus

type Text = str | Promise
type Number = Decimal | Fraction | int

LANGUAGES = ("en", "nb")
_PLACES = Decimal("0.0001")
_SEVERITY = {ItemStatus.RED: 0, ItemStatus.YELLOW: 1, ItemStatus.GREEN: 2}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one metric gives in one place and window: a value with its parts, or the words for what is missing.

    `where` names the place that gave it when the worst of several was taken (a crew, an area, an agreement).
    """

    value: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    missing: Text = ""
    where: Text = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One metric of a focus item: its value now, its limits, and where it comes from.

    `missing` says which data are lacking where there is no value; such a fact has status NONE. `numerator` and
    `denominator` are kept where the metric is a share, so that "9 of 10" can be shown.
    """

    metric: str
    label: Text
    value: Decimal | None
    unit: str
    numerator: Decimal | None
    denominator: Decimal | None
    yellow_at: Decimal
    green_at: Decimal
    status: ItemStatus
    url: str
    missing: Text
    direction: str = "up"
    where: Text = ""
    definition: Text = ""
    window: Text = ""
    scope: Text = ""
    is_kept: bool = True  # False where the product keeps no data for it yet

    @property
    def is_measured(self) -> bool:
        return self.value is not None

    @property
    def never_red(self) -> bool:
        """Whether the yellow text asks nothing of this metric: it can hold back green, but not cause red."""
        return self.direction == "up" and self.yellow_at == 0

    @property
    def decimals(self) -> int:
        """How many decimals the value needs: none for counts, one for shares and days, two for small ratios."""
        if self.value is None or self.value == self.value.to_integral_value():
            return 0
        return 2 if abs(self.green_at) < 5 and self.unit != "%" else 1

    @property
    def unit_shown(self) -> str:
        """The unit behind the number; counts and ratios are plain numbers."""
        return "" if self.unit in ("count", "ratio") else self.unit

    @property
    def is_share(self) -> bool:
        """Whether it is so many of so many."""
        return self.unit == "%" and self.numerator is not None and self.denominator is not None

    @property
    def limits_text(self) -> str:
        """The limits in words: "green from 100, yellow from 60"."""
        green, yellow = (_plain(limit) for limit in (self.green_at, self.yellow_at))
        if self.never_red:
            return _("green from %(green)s, else yellow") % {"green": green}
        if self.direction == "up":
            return _("green from %(green)s, yellow from %(yellow)s") % {"green": green, "yellow": yellow}
        return _("green to %(green)s, yellow to %(yellow)s") % {"green": green, "yellow": yellow}

    @property
    def band(self) -> Band:
        """The scale that the value is drawn on."""
        green = float(self.green_at)
        yellow = None if self.never_red else float(self.yellow_at)
        if self.direction == "up":
            return Band(yellow, green, None, None)
        return Band(None, None, green, yellow)

    def as_json(self) -> dict[str, Any]:
        """What an answer keeps of it: numbers as text, words in both languages."""
        return {
            "metric": self.metric,
            "value": _text(self.value),
            "unit": self.unit,
            "numerator": _text(self.numerator),
            "denominator": _text(self.denominator),
            "yellow_at": _text(self.yellow_at),
            "green_at": _text(self.green_at),
            "direction": self.direction,
            "status": self.status.value,
            "label": in_both(self.label),
            "where": in_both(self.where),
            "missing": in_both(self.missing),
        }


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """The facts of one focus item and what they suggest; `binding` names the metric that decided it."""

    suggested: ItemStatus
    binding: str | None
    facts: list[Fact] = field(default_factory=list)

    @property
    def binding_fact(self) -> Fact | None:
        return next((fact for fact in self.facts if fact.metric == self.binding), None)

    @property
    def unmeasured(self) -> list[Fact]:
        return [fact for fact in self.facts if not fact.is_measured]

    def as_json(self) -> list[dict[str, Any]]:
        """Every fact, as an answer keeps them."""
        return [fact.as_json() for fact in self.facts]


def in_both(text: Text) -> dict[str, str]:
    """A text in each language of the product."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(text)
    return found


def fact_from_json(stored: dict[str, Any]) -> Fact:
    """A fact as it was kept with an answer, its words in the active language."""
    language = "nb" if (translation.get_language() or "").startswith("nb") else "en"

    def words(name: str) -> str:
        kept = stored.get(name) or {}
        return str(kept.get(language) or kept.get("en") or "") if isinstance(kept, dict) else str(kept)

    return Fact(
        metric=str(stored.get("metric", "")),
        label=words("label"),
        value=_number(stored.get("value")),
        unit=str(stored.get("unit", "")),
        numerator=_number(stored.get("numerator")),
        denominator=_number(stored.get("denominator")),
        yellow_at=_number(stored.get("yellow_at")) or Decimal(0),
        green_at=_number(stored.get("green_at")) or Decimal(0),
        status=ItemStatus(stored.get("status") or ItemStatus.NONE),
        url="",
        missing=words("missing"),
        direction=str(stored.get("direction", "up")),
        where=words("where"),
    )


def rounded(value: Number | None) -> Decimal | None:
    """A value as it is kept and compared: four decimals, halves away from zero."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else Decimal(value)
    return exact.quantize(_PLACES, ROUND_HALF_UP)


def judge(value: Number | None, direction: str, yellow_at: Number, green_at: Number) -> ItemStatus:
    """The status of one value against its limits, the limits themselves included on the better side.

    `yellow_at` 0 with direction up asks nothing for yellow: never red. No value: NONE.
    """
    if value is None:
        return ItemStatus.NONE
    exact, yellow, green = Fraction(value), Fraction(yellow_at), Fraction(green_at)
    if direction == "down":
        exact, yellow, green = -exact, -yellow, -green
    if exact >= green:
        return ItemStatus.GREEN
    if exact >= yellow or (direction == "up" and yellow == 0):
        return ItemStatus.YELLOW
    return ItemStatus.RED


def suggest(judged: Sequence[tuple[str, ItemStatus]]) -> tuple[ItemStatus, str | None]:
    """The worst of the metrics (name, status) and the name of the first that gave it.

    One without data (NONE) suggests nothing itself, and keeps the item from being suggested green: where all the others
    are green, nothing is suggested.
    """
    known = [(status, name) for name, status in judged if status != ItemStatus.NONE]
    if not known:
        return ItemStatus.NONE, None
    worst = min((status for status, _name in known), key=_SEVERITY.__getitem__)
    if worst == ItemStatus.GREEN and len(known) < len(judged):
        return ItemStatus.NONE, None
    return worst, next(name for status, name in known if status == worst)


def against_facts(status: str, suggested: str) -> bool:
    """Whether a claim is better than what the facts suggest: it needs a written reason to stand."""
    if ItemStatus.NONE in (ItemStatus(status), ItemStatus(suggested)):
        return False
    return _SEVERITY[ItemStatus(status)] > _SEVERITY[ItemStatus(suggested)]


def worst_of(readings: Iterable[Reading], direction: str) -> Reading | None:
    """The worst reading that has a value; None where none has."""
    known = [reading for reading in readings if reading.value is not None]
    if not known:
        return None
    pick = min if direction == "up" else max
    return pick(known, key=lambda reading: Fraction(reading.value or 0))


def median(values: Sequence[Number]) -> Fraction | None:
    """The median; None without values."""
    if not values:
        return None
    line = sorted(Fraction(value) for value in values)
    middle = len(line) // 2
    return line[middle] if len(line) % 2 else (line[middle - 1] + line[middle]) / 2


def _plain(number: Decimal) -> str:
    exact = number.normalize()
    exponent = exact.as_tuple().exponent
    return format_number(exact, max(0, -exponent) if isinstance(exponent, int) else 0)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def _number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))
