"""Evidence on actions: closed in time, effect verified, who owns them, changes compared before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.improvement.models import Action, ActionState, EffectCheck, Verdict
from principles.teams.models import Role
from roadmap.evidence.plain import Reading
from roadmap.evidence.registry import Asked, metric, share, to
from roadmap.models import PlanEntry
from sops.models import RevisionState, SopRevision

_LIST = to("improvement:actions", state="all")
_REACH = dt.timedelta(days=430)
_THIRTY = dt.timedelta(days=30)


class Found(NamedTuple):
    """An action as far as the metrics ask."""

    pk: int
    unit: int
    owner: int
    state: str
    principle: int
    created: dt.datetime
    carried_out: dt.datetime | None
    ended: dt.datetime | None
    due: dt.date
    first_due: dt.date
    loop: int
    has_deviation: bool

    @property
    def is_done(self) -> bool:
        return self.state == ActionState.DONE


def actions(asked: Asked) -> list[Found]:
    """Those of the last fourteen months, and all that are still open, of the asked place (one query, shared)."""
    book = asked.book
    rows: list[Found] = book.keep("actions", lambda: _actions(book.now))
    crew = asked.spot.crew
    return [row for row in rows if row.unit in asked.spot.units and crew in (None, book.crew_of.get(row.owner))]


def _actions(now: dt.datetime) -> list[Found]:
    since = now - _REACH
    wanted = Q(created_at__gte=since) | Q(ended_at__gte=since) | Q(ended_at__isnull=True) | Q(due__gte=since.date())
    rows = Action.objects.filter(wanted).order_by("pk").values_list(
        "pk", "unit", "owner", "state", "principle", "created_at", "carried_out_at", "ended_at", "due", "first_due",
        "loop", "deviation",
    )  # fmt: skip
    return [Found(*row[:-1], has_deviation=row[-1] is not None) for row in rows]


class Effect(NamedTuple):
    """The last check of an action's effect."""

    loop: int
    verdict: str
    verified: bool
    has_figures: bool


def effects(asked: Asked) -> dict[int, Effect]:
    """The check of each action's last loop (one query, shared)."""
    return asked.book.keep("effects", lambda: _effects(asked.book.now))


def _effects(now: dt.datetime) -> dict[int, Effect]:
    rows = EffectCheck.objects.filter(action__created_at__gte=now - 2 * _REACH).order_by("action", "loop")
    return {
        row.action_id: Effect(row.loop, row.verdict, row.is_verified, row.has_figures)
        for row in rows.only(
            "action_id", "loop", "verdict", "verified_at", "indicator_code", "before_value", "after_value"
        )
    }


# --- the metrics ---


@metric("actions_closed_on_time", _LIST)
def actions_closed_on_time(asked: Asked) -> Reading:
    return _on_time(asked, lambda row: True)


@metric("support_actions_closed_on_time", _LIST)
def support_actions_closed_on_time(asked: Asked) -> Reading:
    """Owned by somebody who held a role in maintenance or support when it was due."""
    roles = (Role.MAINTENANCE, Role.SUPPORT)
    return _on_time(asked, lambda row: asked.book.has_role(row.owner, roles, row.first_due))


def _on_time(asked: Asked, wanted: Callable[[Found], bool]) -> Reading:
    """Done on or before the date first agreed, whatever it was moved to; a cancelled action was not due."""
    window = asked.window
    due = [
        row
        for row in actions(asked)
        if window.first <= row.first_due <= window.last and row.state != ActionState.CANCELLED and wanted(row)
    ]
    done = sum(1 for row in due if row.is_done and row.ended and row.ended < asked.book.day_end(row.first_due))
    return share(done, len(due), _("No action was due in the period."))


@metric("actions_effect_verified", _LIST)
def actions_effect_verified(asked: Asked) -> Reading:
    """Verified: in words, and by figures where an indicator is linked, as better than before."""
    checks = effects(asked)
    closed = [row for row in actions(asked) if row.is_done and asked.window.holds(row.ended)]
    better = sum(
        1 for row in closed if (check := checks.get(row.pk)) and check.verified and check.verdict == Verdict.BETTER
    )
    return share(better, len(closed), _("No action was closed in the period."))


@metric("actions_owned_by_operators", _LIST)
def actions_owned_by_operators(asked: Asked) -> Reading:
    opened = [row for row in actions(asked) if asked.window.holds(row.created)]
    roles = (Role.OPERATOR, Role.SHIFT_LEAD)
    theirs = sum(1 for row in opened if asked.book.has_role(row.owner, roles, row.created.date()))
    return share(theirs, len(opened), _("No action was opened in the period."))


@metric("improvements_per_person_year", _LIST)
def improvements_per_person_year(asked: Asked) -> Reading:
    """Actions brought to the end, scaled to twelve months, per member of the shift teams."""
    heads = {person for people in asked.book.teams_in(asked.spot).values() for person in people}
    if not heads:
        return Reading(missing=_("No shift team belongs here."))
    done = sum(1 for row in actions(asked) if row.is_done and asked.window.holds(row.ended))
    return Reading(value=Fraction(12 * done, asked.window.length * len(heads)), numerator=done, denominator=len(heads))


@metric("team_with_improvement_plan", to("roadmap:plan"))
def team_with_improvement_plan(asked: Asked) -> Reading:
    """A team's own: owned by one of its members, open, and with a place in the business plan."""
    planned: set[int] = asked.book.keep("planned", lambda: set(PlanEntry.objects.values_list("action", flat=True)))
    owners = {row.owner for row in actions(asked) if row.ended is None and row.pk in planned}
    teams = asked.book.teams_in(asked.spot)
    return share(sum(1 for people in teams.values() if people & owners), len(teams), _("No shift team belongs here."))


@metric("plan_actions_done", to("roadmap:plan"))
def plan_actions_done(asked: Asked) -> Reading:
    """Of the year of the last production day: due up to then. Cancelled ones are out of the plan."""
    last = asked.window.last
    entries: dict[int, int] = asked.book.keep(
        "plan years", lambda: dict(PlanEntry.objects.values_list("action", "year"))
    )
    due = [
        row
        for row in actions(asked)
        if entries.get(row.pk) == last.year and row.due <= last and row.state != ActionState.CANCELLED
    ]
    return share(sum(1 for row in due if row.is_done), len(due), _("No action of this year's plan is due yet."))


@metric("change_with_before_after", _LIST)
def change_with_before_after(asked: Asked) -> Reading:
    """Actions carried out and SOPs revised in the period, at least 30 days ago; compared: figures before and after.

    A revision has no comparison of its own; it is compared where an action of its own measures its effect.
    """
    window, checks = asked.window, effects(asked)
    until = window.end - _THIRTY
    done = [
        row
        for row in actions(asked)
        if row.state != ActionState.CANCELLED and row.carried_out and window.start <= row.carried_out <= until
    ]
    compared = sum(1 for row in done if (check := checks.get(row.pk)) and check.has_figures)
    revised = asked.book.keep(("revised", window.start), lambda: _revised(window.start))
    around = asked.spot.units | set(asked.spot.above)
    revisions = sum(1 for owner, at in revised if owner in around and at <= until)
    return share(compared, len(done) + revisions, _("Nothing was changed in the period, at least 30 days ago."))


def _revised(since: dt.datetime) -> list[tuple[int, dt.datetime]]:
    rows = SopRevision.objects.filter(state=RevisionState.APPROVED, number__gt=1, effective_from__gte=since)
    return [(owner, at) for owner, at in rows.values_list("sop__owner", "effective_from") if at is not None]
