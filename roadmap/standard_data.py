"""A version of the roadmap as plain values: what a file says before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from roadmap.fingerprints import fingerprint

type Texts = dict[str, str]  # by language: "en", "nb"


@dataclass(frozen=True, slots=True)
class MetricData:
    """A measure that gives evidence; `direction` is "up" or "down", `indicator` a code or empty."""

    name: str
    label: Texts
    definition: Texts
    unit: str
    direction: str
    needs: tuple[str, ...]
    indicator: str


@dataclass(frozen=True, slots=True)
class EvidenceData:
    """A metric that an item is judged by, with limits and window."""

    metric: str
    yellow_at: Decimal
    green_at: Decimal
    cadence: str
    length: int
    scope: str
    binding: str


@dataclass(frozen=True, slots=True)
class ItemData:
    """A focus item; `texts` by column ("name_en", "red_nb", …)."""

    code: str
    texts: Texts
    evidence: tuple[EvidenceData, ...]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.code, self.texts)


@dataclass(frozen=True, slots=True)
class RuleData:
    """A practice rule with its items."""

    code: str
    name: Texts
    text: Texts
    items: tuple[ItemData, ...]


@dataclass(frozen=True, slots=True)
class PrincipleData:
    """A principle with its rules."""

    number: int
    slug: str
    name: Texts
    description: Texts
    rules: tuple[RuleData, ...]


@dataclass(frozen=True, slots=True)
class StandardData:
    """A whole version."""

    version: str
    metrics: tuple[MetricData, ...]
    principles: tuple[PrincipleData, ...]

    def rules(self) -> Iterator[RuleData]:
        """Every rule, in order."""
        for principle in self.principles:
            yield from principle.rules

    def items(self) -> Iterator[ItemData]:
        """Every focus item, in order."""
        for rule in self.rules():
            yield from rule.items
