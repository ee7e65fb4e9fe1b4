"""What else has to be before a deviation is closed: parts that build on this one say so here, for it can't see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from principles.improvement.models import Deviation

if TYPE_CHECKING:
    from principles.improvement.services.gate import Condition

type Gate = Callable[[Deviation], Condition | None]

_gates: dict[str, Gate] = {}


def register(key: str, gate: Gate) -> None:
    """Ask `gate` before a deviation is closed: a line of the checklist, or None. Call it in an AppConfig.ready."""
    _gates[key] = gate


def further_conditions(deviation: Deviation) -> list[Condition]:
    """The lines of every registered gate, in the order of their keys."""
    found = (_gates[key](deviation) for key in sorted(_gates))
    return [condition for condition in found if condition is not None]
