"""Changes of routes, their processes and capacities, each on the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from amps import audit
from principles.flow.models import CapacityPart, Route, RouteStep
from principles.teams.models import Unit, User


class FlowError(Exception):
    """A change of a route that is refused; the subclasses say why."""


class CodeTaken(FlowError):
    """Another route has the code already."""


class LastPart(FlowError):
    """A process keeps at least one part of its capacity."""


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part of a capacity, in tonnes per week."""

    name_en: str
    name_nb: str
    capacity: Decimal


@transaction.atomic
def route_create(*, code: str, name_en: str, name_nb: str, unit: Unit, demand: Decimal, actor: User | None) -> Route:
    """A new route without processes. `demand` in tonnes per week. Raises CodeTaken."""
    if Route.objects.filter(code=code).exists():
        raise CodeTaken(code)
    route = Route.objects.create(code=code, name_en=name_en, name_nb=name_nb, unit=unit, demand=demand)
    audit.record(actor=actor, action="route.added", target=route, after=_told(route))
    return route


@transaction.atomic
def route_edit(
    *, route: Route, name_en: str, name_nb: str, demand: Decimal, capacities: Mapping[int, Decimal], actor: User | None
) -> Route:
    """New names, demand and capacities (by the id of their part), in tonnes per week. Other parts stay as they are."""
    held = Route.objects.select_for_update().get(pk=route.pk)
    before = _told(held)
    held.name_en, held.name_nb, held.demand = name_en, name_nb, demand
    held.save()
    for part in CapacityPart.objects.filter(step__route=held, pk__in=capacities):
        if part.capacity != capacities[part.pk]:
            part.capacity = capacities[part.pk]
            part.save(update_fields=["capacity"])
    after = _told(held)
    if before != after:
        audit.record(actor=actor, action="route.changed", target=held, before=before, after=after)
    return held


@transaction.atomic
def step_add(
    *, route: Route, name_en: str, name_nb: str, unit: Unit | None, parts: Sequence[NewPart], actor: User | None
) -> RouteStep:
    """A process at the end of the route, with at least one part of its capacity. Raises LastPart without any."""
    if not parts:
        raise LastPart
    held = Route.objects.select_for_update().get(pk=route.pk)
    before = _told(held)
    last = held.steps.aggregate(last=Max("position"))["last"] or 0
    step = RouteStep.objects.create(route=held, position=last + 1, name_en=name_en, name_nb=name_nb, unit=unit)
    CapacityPart.objects.bulk_create(
        CapacityPart(step=step, position=place, name_en=part.name_en, name_nb=part.name_nb, capacity=part.capacity)
        for place, part in enumerate(parts)
    )
    audit.record(actor=actor, action="route.changed", target=held, before=before, after=_told(held))
    return step


@transaction.atomic
def step_remove(*, step: RouteStep, actor: User | None) -> None:
    """Take a process off its route. What was stays on the audit trail."""
    held = Route.objects.select_for_update().get(pk=step.route_id)
    before = _told(held)
    step.delete()
    audit.record(actor=actor, action="route.changed", target=held, before=before, after=_told(held))


def _told(route: Route) -> dict[str, object]:
    """The route as the audit trail tells it."""
    steps = RouteStep.objects.filter(route=route).prefetch_related("parts")
    return {
        **audit.snapshot(route, "code", "name_en", "name_nb", "unit_id", "demand"),
        "processes": [
            f"{step.name_en or step.name_nb}: "
            + " + ".join(f"{part.name_en or part.name_nb} {part.capacity.normalize():f}" for part in step.parts.all())
            for step in steps
        ],
    }
