"""Whatever people tap in whichever order: nothing is done without a verified effect, and no loop is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from principles.improvement.models import Action, ActionState, ActionStep, EffectCheck, Verdict
from principles.improvement.refusals import Refused
from principles.improvement.services.actions import MOVES, action_cancel, action_move, effect_verify
from tests.improvement.floor import NOW, Floor, make_floor

TAPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(ActionState.values)),
        st.tuples(st.just("verify"), st.sampled_from(Verdict.values)),
        st.tuples(st.just("link"), st.just("")),
        st.tuples(st.just("measure"), st.just("")),
        st.tuples(st.just("cancel"), st.just("")),
        # what people mostly do, so that the end is reached often enough
        st.tuples(st.just("next"), st.just("")),
    ),
    max_size=25,
)
FORWARD = {"plan": "do", "do": "check", "check": "act", "act": "done"}


@pytest.fixture(scope="module")
def crew(django_db_setup, django_db_blocker):
    """One plant for all examples; each example is taken back."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        yield make_floor()
        transaction.set_rollback(True)


def tap(floor: Floor, action: Action, kind: str, word: str) -> None:
    common: dict[str, Any] = {"action": action, "actor": floor.lead, "now": NOW}
    action.refresh_from_db()
    if kind == "next":
        if action.state == "check":
            effect_verify(**common, words="seen", verdict="better")
        kind, word = "move", FORWARD.get(action.state, "done")
    if kind == "move":
        action_move(**common, to=word, note="why")
    elif kind == "verify":
        effect_verify(**common, words="seen", verdict=word)
    elif kind == "cancel":
        action_cancel(**common, reason="why")
    elif kind == "link":
        EffectCheck.objects.update_or_create(action=action, loop=action.loop, defaults={"indicator_code": "O03"})
    elif kind == "measure":
        EffectCheck.objects.filter(action=action, loop=action.loop).update(before_value=1, after_value=2)


@settings(max_examples=40, deadline=None)
@given(taps=TAPS)
def test_no_order_of_taps_gets_round_the_rules(crew: Floor, taps):
    with transaction.atomic():
        action = crew.action()
        for kind, word in taps:
            before = Action.objects.get(pk=action.pk)
            linked = EffectCheck.objects.filter(action=action, loop=before.loop).first()
            try:
                with transaction.atomic():
                    tap(crew, action, kind, word)
            except Refused:
                assert Action.objects.get(pk=action.pk).version == before.version
            after = Action.objects.get(pk=action.pk)
            assert after.state in {before.state, "cancelled", *MOVES[before.state]}
            if after.state in ("act", "done") and before.state != after.state:
                assert linked is None or after.loop == before.loop
                check = EffectCheck.objects.get(action=action, loop=after.loop)
                assert check.is_verified
                assert check.verdict == "better"
            if before.has_ended:
                assert after.state == before.state
            assert after.loop - before.loop == (1 if (before.state, after.state) == ("check", "plan") else 0)
        final = Action.objects.get(pk=action.pk)
        steps = list(ActionStep.objects.filter(action=action))
        assert steps[-1].to_state == final.state
        assert [step.from_state for step in steps[1:]] == [step.to_state for step in steps[:-1]]
        assert sum(step.from_state == "check" and step.to_state == "plan" for step in steps) == final.loop - 1
        transaction.set_rollback(True)
