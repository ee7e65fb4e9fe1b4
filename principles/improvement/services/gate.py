"""The closing gate: contained, then the root cause, then actions that have ended with a verified effect.

The gate reads only rows of this package: figures that prove an effect are written into EffectCheck by the app of the
indicators.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from principles.dimensions import Dimension
from principles.improvement.gates import further_conditions
from principles.improvement.models import Action, ActionState, Deviation, EffectCheck, Verdict
from principles.teams.models import User


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that is in the way of closing: a sentence, and the address where it is put right."""

    code: str
    text: str | Promise
    url: str

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of the checklist: what has to be, and what of it is still in the way."""

    label: str | Promise
    obstacles: tuple[Obstacle, ...]

    @property
    def is_met(self) -> bool:
        return not self.obstacles


def closing_gate(deviation: Deviation, *, closer: User | None = None) -> list[Obstacle]:
    """Everything that is in the way of closing; empty when nothing is. With a closer, also whether they may."""
    return [obstacle for condition in conditions(deviation, closer=closer) for obstacle in condition.obstacles]


def conditions(deviation: Deviation, *, closer: User | None = None) -> list[Condition]:
    """The gate as a checklist, in the order of the work."""
    actions = actions_with_effects(deviation)
    found = [
        Condition(_("Contained: something was done at once"), _contained(deviation)),
        Condition(_("The root cause is found"), _cause(deviation)),
    ]
    if all(action.state == ActionState.CANCELLED for action in actions):
        found.append(Condition(_("No action: the closing words say why none is needed"), ()))
    else:
        found.append(Condition(_("Every action has ended"), _ended(actions)))
        found.append(Condition(_("The effect of every action is verified"), _verified(actions)))
    if deviation.dimension == Dimension.HSE:
        label = _("HSE: closed by somebody else than who carried it out")
        found.append(Condition(label, _somebody_else(deviation, actions, closer)))
    return found + further_conditions(deviation)


def actions_with_effects(deviation: Deviation) -> list[Action]:
    """The deviation's actions with their owners and effect checks (two queries)."""
    found = deviation.actions.select_related("owner").prefetch_related("effects", "steps").order_by("due", "pk")
    return list(found)


def effect_of(action: Action) -> EffectCheck | None:
    """The check of the action's present loop, from what is prefetched."""
    return next((check for check in action.effects.all() if check.loop == action.loop), None)


def doers(actions: list[Action], deviation: Deviation) -> set[int]:
    """Ids of those who carried out what was done: owners and movers of actions, else who contained it."""
    found: set[int] = set()
    for action in actions:
        if action.state != ActionState.CANCELLED:
            found.add(action.owner_id)
            found |= {step.by_id for step in action.steps.all() if step.to_state == ActionState.CHECK and step.by_id}
    if not found and deviation.contained_by_id is not None:
        found.add(deviation.contained_by_id)
    return found


def _contained(deviation: Deviation) -> tuple[Obstacle, ...]:
    if deviation.contained_at is not None:
        return ()
    text = _("Say what was done at once to contain it.")
    return (Obstacle("contain", text, _on(deviation, "contained")),)


def _cause(deviation: Deviation) -> tuple[Obstacle, ...]:
    if deviation.cause_at is not None:
        return ()
    text = _("Find the root cause, and say what it means for the standard.")
    return (Obstacle("cause", text, _on(deviation, "cause")),)


def _ended(actions: list[Action]) -> tuple[Obstacle, ...]:
    return tuple(
        Obstacle(
            "action",
            _("%(action)s has not ended: it stands at %(state)s.")
            % {"action": action, "state": action.get_state_display()},
            reverse("improvement:action", args=[action.pk]),
        )
        for action in actions
        if not action.has_ended
    )


def _verified(actions: list[Action]) -> tuple[Obstacle, ...]:
    """One obstacle per action that ended as done without the effect that proves it. Called-off ones need none."""
    found = []
    for action in actions:
        if action.state == ActionState.CANCELLED:
            continue
        check = effect_of(action)
        if check is not None and check.is_verified and check.verdict == Verdict.BETTER:
            continue
        if check is not None and check.verified_at is not None and not check.is_verified:
            text = _("The figures of %(action)s before and after are missing.") % {"action": action.number}
        else:
            text = _("The effect of %(action)s is not verified.") % {"action": action.number}
        found.append(Obstacle("effect", text, reverse("improvement:action", args=[action.pk]) + "#effect"))
    return tuple(found)


def _somebody_else(deviation: Deviation, actions: list[Action], closer: User | None) -> tuple[Obstacle, ...]:
    if closer is None or closer.pk not in doers(actions, deviation):
        return ()
    text = _("You carried out what was done here. An HSE deviation is closed by somebody else.")
    return (Obstacle("doer", text, _on(deviation, "close")),)


def _on(deviation: Deviation, part: str) -> str:
    return reverse("improvement:deviation", args=[deviation.pk]) + f"#{part}"
