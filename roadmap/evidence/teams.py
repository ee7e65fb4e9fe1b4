"""Evidence on teams: their size, and the indicators that they follow."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from principles.dimensions import Dimension
from roadmap.evidence.followup import followed_by_teams
from roadmap.evidence.plain import Reading, median
from roadmap.evidence.registry import Asked, metric, share, to
from roadmap.evidence.sops import sops_in_force, tree_of

SMALL = 20
_CREWS = to("teams:crews", unit=False)
_NO_TEAM = _("No shift team belongs here.")


@metric("operators_in_small_team", _CREWS)
def operators_in_small_team(asked: Asked) -> Reading:
    """A team: the people of one crew with a shift team's role in one area."""
    book = asked.book
    sizes = {person: len(people) for people in book.teams.values() for person in people}
    operators = _operators(asked)
    small = sum(1 for person in operators if sizes.get(person, SMALL + 1) <= SMALL)
    return share(small, len(operators), _("No operator belongs here."))


@metric("median_team_size", _CREWS)
def median_team_size(asked: Asked) -> Reading:
    sizes = {person: len(people) for people in asked.book.teams.values() for person in people}
    known = [sizes[person] for person in _operators(asked) if person in sizes]
    return Reading(value=median(known), missing="" if known else _NO_TEAM)


def _operators(asked: Asked) -> list[int]:
    """Operators of the place: those whose area lies in it, and in a whole plant those above every area, too."""
    whole = asked.spot.root == asked.book.plant_of(asked.spot.root)
    return [
        person for person, area in asked.book.operators.items() if area in asked.spot.units or (area is None and whole)
    ]


@metric("team_indicators_all_dimensions", to("kpis:dashboard"))
def team_indicators_all_dimensions(asked: Asked) -> Reading:
    """Followed: with figures of the team's area in the last four weeks."""
    teams, tree = asked.book.teams_in(asked.spot), tree_of(asked.book)
    followed = followed_by_teams(asked)
    right = 0
    for area, _crew in teams:
        found: set[str] = set()
        for pk in followed.get(area, ()):
            if pk in tree.indicators:
                found |= {tree.indicators[pk].dimension, *tree.indicators[pk].also_dimensions}
        right += found >= set(Dimension.values)
    return share(right, len(teams), _NO_TEAM)


@metric("indicator_linked_both_ways", to("kpis:tree"))
def indicator_linked_both_ways(asked: Asked) -> Reading:
    """Up to a KPI; down, itself or through what drives it, to a critical process or a point of an SOP in force."""
    book, tree = asked.book, tree_of(asked.book)
    areas = {area for area, _crew in book.teams_in(asked.spot)}
    followed = {pk for area in areas for pk in followed_by_teams(asked).get(area, ()) if pk in tree.indicators}
    watched = {
        indicator
        for item in sops_in_force(book, asked.window.end)
        for point in item.points
        for indicator in tree.by_point.get(point, ())
    }
    grounded = watched | tree.decided.keys()
    right = sum(1 for pk in followed if tree.reaches_kpi(pk) and tree.down(pk) & grounded)
    return share(right, len(followed), _("No team follows an indicator here yet."))
