"""Capacity against demand on a route: pure functions on plain numbers, all in tonnes per week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a route can deliver. `bottlenecks` are indexes: several when capacities are equally low."""

    capacity: Decimal
    demand: Decimal
    throughput: Decimal
    shortfall: Decimal
    bottlenecks: tuple[int, ...]

    @property
    def is_short(self) -> bool:
        return self.shortfall > 0

    @property
    def shortfall_percent(self) -> Decimal:
        """The shortfall in percent of the demand."""
        return 100 * self.shortfall / self.demand

    @property
    def capacity_to_demand(self) -> Decimal:
        """Lowest capacity on the route / customer demand."""
        return self.capacity / self.demand


def assess(capacities: Sequence[Decimal], demand: Decimal) -> Assessment:
    """The bottleneck is the process with the lowest capacity; throughput = min(capacities, demand);
    shortfall = max(0, demand − lowest capacity) (F062).

    Raises ValueError for a route without processes, a capacity below zero or a demand that is not above zero.
    """
    if not capacities:
        raise ValueError("a route without processes")
    if min(capacities) < 0:
        raise ValueError("a capacity below zero")
    if demand <= 0:
        raise ValueError("a demand that is not above zero")
    lowest = min(capacities)
    return Assessment(
        capacity=lowest,
        demand=demand,
        throughput=min(lowest, demand),
        shortfall=max(Decimal(0), demand - lowest),
        bottlenecks=tuple(index for index, capacity in enumerate(capacities) if capacity == lowest),
    )
