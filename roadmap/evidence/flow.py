"""Evidence on flow, as far as routes with capacity and demand carry it."""

from __future__ import annotations

from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from principles.flow.models import Route
from principles.flow.reading import RouteSheet, sheet_of
from principles.improvement.models import ActionState
from roadmap.evidence.actions import actions
from roadmap.evidence.plain import Reading, worst_of
from roadmap.evidence.registry import Asked, metric, share, to

_ROUTES = to("flow:routes", unit=False)


def _sheets(asked: Asked) -> list[RouteSheet]:
    """Active routes of the place with a capacity on every process (three queries, shared)."""
    sheets: list[RouteSheet] = asked.book.keep(
        "routes",
        lambda: [sheet_of(row) for row in Route.objects.filter(active=True).prefetch_related("steps__parts")],
    )
    return [sheet for sheet in sheets if sheet.route.unit_id in asked.spot.units and sheet.assessment is not None]


@metric("capacity_to_demand", _ROUTES)
def capacity_to_demand(asked: Asked) -> Reading:
    """As the route's page says it now; of several routes the tightest."""
    readings = [
        Reading(
            value=sheet.assessment.capacity_to_demand,
            numerator=sheet.assessment.capacity,
            denominator=sheet.assessment.demand,
            where=lazystr(sheet.route),
        )
        for sheet in _sheets(asked)
        if sheet.assessment is not None
    ]
    return worst_of(readings, "up") or Reading(missing=_("No route has a capacity on every process yet."))


@metric("bottleneck_action_share", _ROUTES)
def bottleneck_action_share(asked: Asked) -> Reading:
    """Actions of principle 3 opened in the period or still open, in the unit that does the bottleneck's work."""
    book = asked.book
    units = {line.step.unit_id for sheet in _sheets(asked) for line in sheet.bottlenecks} - {None}
    if not units:
        return Reading(missing=_("No route names the unit that does the bottleneck's work."))
    reach = {at for unit in units if unit is not None for at in (unit, *book.tree.descendants(unit))}
    found = [
        row
        for row in actions(asked)
        if row.principle == 3
        and row.state != ActionState.CANCELLED
        and (row.ended is None or asked.window.holds(row.ended) or asked.window.holds(row.created))
    ]
    return share(sum(1 for row in found if row.unit in reach), len(found), _("No action of principle 3 in the period."))
