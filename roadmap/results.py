"""What an evaluation adds up to: pure roll-ups on plain values, from items to rules, principles and the whole.

A rule is green only when all its items are; red as soon as one is red. Grey (not assessed) is a state of its own: it
never counts as green, and the index leaves it out and says how many it left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from roadmap.models import ItemStatus

POINTS = {ItemStatus.RED: 0, ItemStatus.YELLOW: 1, ItemStatus.GREEN: 2}
_MOST = 2
# The order that counts are told in, the worst first, grey last.
ORDER = (ItemStatus.RED, ItemStatus.YELLOW, ItemStatus.GREEN, ItemStatus.NONE)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items stand where."""

    red: int = 0
    yellow: int = 0
    green: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        return sum(self._all)

    @property
    def assessed(self) -> int:
        return self.red + self.yellow + self.green

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(*(a + b for a, b in zip(self._all, other._all, strict=True)))

    @property
    def index(self) -> Decimal | None:
        """From 0 (all red) to 100 (all green), yellow half way, grey left out; None where nothing is assessed."""
        if not self.assessed:
            return None
        exact = Fraction(100 * (self.yellow + _MOST * self.green), _MOST * self.assessed)
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.1"))

    @property
    def status(self) -> ItemStatus:
        """The status of what is made of these items."""
        if self.red:
            return ItemStatus.RED
        if self.yellow:
            return ItemStatus.YELLOW
        return ItemStatus.NONE if self.none or not self.green else ItemStatus.GREEN

    @property
    def parts(self) -> list[tuple[str, int]]:
        """(status, how many) of those that there are any of, the worst first."""
        return [(status.value, count) for status, count in zip(ORDER, self._all, strict=True) if count]

    @property
    def _all(self) -> tuple[int, int, int, int]:
        return self.red, self.yellow, self.green, self.none


def counts_of(statuses: Iterable[str]) -> Counts:
    """Count statuses."""
    found = dict.fromkeys(ORDER, 0)
    for status in statuses:
        found[ItemStatus(status)] += 1
    return Counts(*(found[status] for status in ORDER))


class Move(NamedTuple):
    """How something stands against the time before: steps up (+) or down (−); None where either is grey or missing."""

    steps: int | None

    @property
    def direction(self) -> str:
        """As the arrows are named: up, down, flat, unknown."""
        if self.steps is None:
            return "unknown"
        return "up" if self.steps > 0 else "down" if self.steps < 0 else "flat"


def move_of(now: str, before: str | None) -> Move:
    """The steps from one status to another."""
    if before is None or ItemStatus.NONE in (ItemStatus(now), ItemStatus(before)):
        return Move(None)
    return Move(POINTS[ItemStatus(now)] - POINTS[ItemStatus(before)])


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One focus item: what was agreed on, why, and how it stood the time before."""

    pk: int
    code: str
    name: str
    status: str = ItemStatus.NONE
    before: str | None = None
    reason: str = ""
    is_local: bool = False
    text_changed: bool = False

    @property
    def move(self) -> Move:
        return move_of(self.status, self.before)

    @property
    def is_gap(self) -> bool:
        return self.status in (ItemStatus.RED, ItemStatus.YELLOW)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One practice rule with its items, the time before and the target."""

    code: str
    name: str
    items: tuple[ItemResult, ...]
    target: str | None = None

    @property
    def counts(self) -> Counts:
        return counts_of(item.status for item in self.items)

    @property
    def status(self) -> ItemStatus:
        return self.counts.status

    @property
    def before(self) -> Counts | None:
        """The same items the time before; None where none of them was there."""
        known = [item.before for item in self.items if item.before is not None]
        return counts_of(known) if known else None

    @property
    def before_status(self) -> str | None:
        return None if self.before is None else self.before.status.value

    @property
    def move(self) -> Move:
        return move_of(self.status, self.before_status)

    @property
    def to_target(self) -> Move:
        """Steps that are missing to the target (negative), or beyond it."""
        return move_of(self.status, self.target)


@dataclass(frozen=True, slots=True)
class PrincipleResult:
    """One principle with its rules."""

    number: int
    name: str
    rules: tuple[RuleResult, ...]

    @property
    def items(self) -> list[ItemResult]:
        return [item for rule in self.rules for item in rule.items]

    @property
    def counts(self) -> Counts:
        return total(rule.counts for rule in self.rules)

    @property
    def before(self) -> Counts | None:
        known = [rule.before for rule in self.rules if rule.before is not None]
        return total(known) if known else None

    @property
    def change(self) -> Decimal | None:
        """The index now less the one before."""
        return change(self.counts, self.before)

    @property
    def target_index(self) -> Decimal | None:
        return target_index(self.rules)


@dataclass(frozen=True, slots=True)
class Result:
    """A whole evaluation."""

    principles: tuple[PrincipleResult, ...] = field(default_factory=tuple)

    @property
    def rules(self) -> list[RuleResult]:
        return [rule for principle in self.principles for rule in principle.rules]

    @property
    def items(self) -> list[ItemResult]:
        return [item for rule in self.rules for item in rule.items]

    @property
    def counts(self) -> Counts:
        return total(principle.counts for principle in self.principles)

    @property
    def before(self) -> Counts | None:
        known = [principle.before for principle in self.principles if principle.before is not None]
        return total(known) if known else None

    @property
    def change(self) -> Decimal | None:
        return change(self.counts, self.before)

    @property
    def rule_counts(self) -> Counts:
        """How many rules stand where."""
        return counts_of(rule.status for rule in self.rules)

    @property
    def gaps(self) -> list[ItemResult]:
        """Items below green, red ones first."""
        return sorted((item for item in self.items if item.is_gap), key=lambda item: POINTS[ItemStatus(item.status)])

    @property
    def moved(self) -> tuple[int, int]:
        """How many items went up and how many down since the time before."""
        steps = [item.move.steps or 0 for item in self.items]
        return sum(1 for step in steps if step > 0), sum(1 for step in steps if step < 0)

    @property
    def behind_target(self) -> list[RuleResult]:
        """Rules that stand below their target, grey ones included."""
        return [
            rule
            for rule in self.rules
            if rule.target is not None
            and (rule.status == ItemStatus.NONE or (rule.to_target.steps is not None and rule.to_target.steps < 0))
        ]


def total(found: Iterable[Counts]) -> Counts:
    """All counts together."""
    whole = Counts()
    for counts in found:
        whole = whole.plus(counts)
    return whole


def change(now: Counts, before: Counts | None) -> Decimal | None:
    """The index now less the one before; None where either has none."""
    if before is None or now.index is None or before.index is None:
        return None
    return now.index - before.index


def target_index(rules: Sequence[RuleResult]) -> Decimal | None:
    """The index that rules would give at their targets; None unless each has one."""
    targets = [rule.target for rule in rules]
    if not targets or any(target is None for target in targets):
        return None
    return counts_of(target for target in targets if target is not None).index


class ItemRow(NamedTuple):
    """An item of a version as the roll-up takes it, in the standard's order."""

    pk: int
    code: str
    name: str
    fingerprint: str
    is_local: bool
    rule: str
    rule_name: str
    principle: int
    principle_name: str


class AnswerRow(NamedTuple):
    """An answer as the roll-up takes it."""

    status: str
    reason: str = ""
    fingerprint: str = ""


def result_of(
    items: Sequence[ItemRow],
    answers: Mapping[int, AnswerRow],
    before: Mapping[str, AnswerRow],
    targets: Mapping[str, str],
) -> Result:
    """Roll an evaluation up: answers by item id, the time before by code, targets by the rule's code.

    An item without an answer is grey. One whose texts have changed since is compared all the same, and marked.
    """
    rules: dict[tuple[int, str], list[ItemRow]] = {}
    for row in items:
        rules.setdefault((row.principle, row.rule), []).append(row)
    principles: dict[int, list[RuleResult]] = {}
    names: dict[int, str] = {}
    for (number, code), rows in rules.items():
        names[number] = rows[0].principle_name
        found = tuple(_item(row, answers.get(row.pk), before.get(row.code)) for row in rows)
        principles.setdefault(number, []).append(RuleResult(code, rows[0].rule_name, found, targets.get(code)))
    return Result(tuple(PrincipleResult(number, names[number], tuple(found)) for number, found in principles.items()))


def _item(row: ItemRow, answer: AnswerRow | None, before: AnswerRow | None) -> ItemResult:
    return ItemResult(
        pk=row.pk,
        code=row.code,
        name=row.name,
        status=answer.status if answer is not None else ItemStatus.NONE.value,
        before=before.status if before is not None else None,
        reason=answer.reason if answer is not None else "",
        is_local=row.is_local,
        text_changed=before is not None and bool(before.fingerprint) and before.fingerprint != row.fingerprint,
    )
