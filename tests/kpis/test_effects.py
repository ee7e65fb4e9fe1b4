"""The effect of an action on its indicator: figures before and after, in their time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from kpis.effects import (
    AgainstTheGood,
    AlreadyEnded,
    AlreadyVerified,
    NotComputed,
    effect_drop,
    effect_expect,
    effect_measure,
    effects_due,
    pooled,
    windows,
    windows_of,
)
from kpis.models import ExpectedEffect
from kpis.rollup import process_all_marks
from principles.improvement.models import Action, EffectCheck
from principles.improvement.services.actions import action_add, action_move, effect_verify
from principles.teams.calendars import production_date
from principles.teams.models import Role
from tests.factories import make_person, make_shifts, oslo
from tests.kpis.world import LATER, World, fact, measured

pytestmark = pytest.mark.django_db
FIRST, BEGAN, DONE = dt.date(2026, 3, 2), dt.date(2026, 3, 16), dt.date(2026, 3, 19)
NOW = oslo("2026-04-08 10:00")
DAY = dt.timedelta(days=1)


class Work:
    """Covering fails on one of four until the 19th of March, and never after; iron falls from 0.2 to 0.1."""

    def __init__(self) -> None:
        self.world = World()
        self.el1 = self.world.plant.el1
        self.leader = make_person(Role.AREA_LEADER, self.el1, "leader")
        for shift in make_shifts(FIRST, dt.date(2026, 4, 2)):
            if shift.number != 1:
                continue
            is_late = shift.production_date > DONE
            for number in range(4):
                fact(self.world.b, self.el1, shift, "ok" if number or is_late else "not_ok")
            measured(self.world.fe, self.el1, shift, "0.1" if is_late else "0.2", "2")
        process_all_marks(now=LATER)

    def action(self, until: str = "check") -> Action:
        """Begun on the 16th and carried out on the 19th of March, as far as asked for."""
        action = action_add(
            title="Train the crews", unit=self.el1, owner=self.leader, due=dt.date(2026, 3, 30), actor=self.leader,
            now=oslo("2026-03-12 10:00"),
        )  # fmt: skip
        for to, at in (("do", "2026-03-16 10:00"), ("check", "2026-03-19 14:30")):
            if action.state != until:
                action = action_move(action=action, to=to, actor=self.leader, now=oslo(at))
        return action

    def expect(self, action: Action, **fields: object) -> EffectCheck:
        named = {
            "indicator": self.world.covering, "unit": self.el1, "change": Decimal(10), "weeks": 2,
            "actor": self.leader, "now": NOW, **fields,
        }  # fmt: skip
        effect_expect(action=action, **named)
        return EffectCheck.objects.get(action=action, loop=action.loop)


@pytest.fixture
def work() -> Work:
    return Work()


def test_before_and_after_are_told_with_what_they_stand_on(work):
    check = work.expect(work.action())
    assert (check.before_from, check.before_to) == (BEGAN - 14 * DAY, BEGAN - DAY)
    assert (check.before_value, check.before_n) == (75, 14 * 4)
    assert (check.after_from, check.after_to) == (DONE + DAY, DONE + 14 * DAY)
    assert (check.after_value, check.after_n) == (100, 14 * 4)
    assert (check.indicator_code, check.expected, check.place, check.direction) == ("O05", 10, work.el1, "up")
    assert check.has_figures


def test_a_window_is_the_figure_over_all_its_facts(work):
    window, after = windows(began=BEGAN, carried_out=DONE, weeks=2, today=production_date(NOW))
    assert after is not None
    facts = pooled(work.world.iron, work.el1.pk, window)
    assert (facts.value, facts.n) == (Decimal("0.2"), 14)
    assert pooled(work.world.iron, work.el1.pk, after).value == Decimal("0.1")
    # A weighted indicator has no parts to pool: its days, weighted by what each stands on.
    whole = pooled(work.world.execution, work.el1.pk, window)
    assert (whole.value, whole.figures) == (75, 14)
    assert pooled(work.world.tapped, work.el1.pk, window).value == Decimal("0.2")  # a sum: per day with data
    assert pooled(work.world.iron, work.world.plant.st1.pk, window).value is None


def test_it_is_too_early_until_enough_days_have_passed(work):
    action = work.action()
    for today, known in (("2026-03-19 20:00", False), ("2026-03-21 10:00", False), ("2026-03-25 10:00", True)):
        check = work.expect(action, now=oslo(today))
        assert check.before_value is not None
        assert check.has_figures is known, today
    not_carried_out = work.expect(work.action("do"))
    assert (not_carried_out.after_from, not_carried_out.after_value) == (None, None)


@pytest.mark.parametrize("weeks", [1, 4, 26])
def test_the_window_after_holds_whole_days_that_have_passed(weeks):
    before, after = windows(began=BEGAN, carried_out=DONE, weeks=weeks, today=DONE + 10 * DAY)
    assert (before.last - before.first).days + 1 == 7 * weeks
    assert after is not None
    assert after.last == DONE + min(9, 7 * weeks) * DAY
    assert windows(began=BEGAN, carried_out=DONE, weeks=weeks, today=DONE + DAY)[1] is None


def test_what_can_not_be_linked_is_refused(work):
    action = work.action()
    for fields, refusal in (
        ({"change": Decimal(-1)}, AgainstTheGood),
        ({"change": Decimal(0)}, AgainstTheGood),
        ({"indicator": work.world.iron, "change": Decimal(1)}, AgainstTheGood),
    ):
        with pytest.raises(refusal):
            work.expect(action, **fields)
    work.world.covering.active = False
    work.world.covering.save()
    with pytest.raises(NotComputed):
        work.expect(action)
    effect_verify(action=action, words="Seen", verdict="better", actor=work.leader, now=NOW)
    with pytest.raises(AlreadyVerified):
        work.expect(action, indicator=work.world.tending)
    for to in ("act", "done"):
        action = action_move(action=action, to=to, actor=work.leader, now=NOW)
    with pytest.raises(AlreadyEnded):
        work.expect(action, indicator=work.world.tending)
    assert not ExpectedEffect.objects.exists()


def test_verified_figures_stay_as_they_were_known(work):
    action = work.action()
    work.expect(action)
    effect_verify(action=action, words="Seen", verdict="better", actor=work.leader, now=NOW)
    late = make_shifts(DONE + DAY, DONE + DAY)[0]
    fact(work.world.b, work.el1, late, "not_ok")
    process_all_marks(now=LATER)
    check = effect_measure(action=action, now=NOW + DAY)
    assert check is not None
    assert check.after_value == 100


def test_words_before_the_figures_wait_for_them(work):
    action = work.action()
    work.expect(action, now=oslo("2026-03-20 10:00"))
    effect_verify(action=action, words="Seen", verdict="better", actor=work.leader, now=oslo("2026-03-20 11:00"))
    assert not EffectCheck.objects.get().is_verified
    assert effects_due(now=NOW) == 1
    check = EffectCheck.objects.get()
    assert (check.after_value, check.is_verified) == (100, True)
    assert effects_due(now=NOW + 2 * DAY) == 0


def test_the_tick_measures_what_is_due_once_a_day_and_not_everything_at_once(work):
    for _ in range(3):
        work.expect(work.action(), now=oslo("2026-03-20 10:00"))
    work.expect(work.action("do"), now=oslo("2026-03-20 10:00"))
    assert effects_due(now=NOW, limit=2) == 2
    assert effects_due(now=NOW, limit=2) == 1
    assert effects_due(now=NOW) == 0
    assert EffectCheck.objects.filter(after_value=100).count() == 3
    assert effects_due(now=NOW + DAY) == 3


def test_a_new_loop_is_measured_anew(work):
    action = work.action()
    work.expect(action)
    effect_verify(action=action, words="Nothing", verdict="no_change", actor=work.leader, now=NOW)
    action = action_move(action=action, to="plan", note="Try again", actor=work.leader, now=NOW)
    check = effect_measure(action=action, now=NOW)
    assert check is not None
    assert (check.loop, check.indicator_code, check.after_value) == (2, "O05", None)
    assert EffectCheck.objects.get(loop=1).after_value == 100


def test_taken_away_the_effect_is_told_in_words(work):
    action = work.action()
    work.expect(action)
    effect_drop(action=action, actor=work.leader)
    check = EffectCheck.objects.get()
    assert (check.needs_figures, check.before_value, check.place, check.after_n) == (False, None, None, 0)
    assert not ExpectedEffect.objects.exists()


def test_the_windows_of_an_action_follow_its_own_dates(work):
    before, after = windows_of(work.action(), 2, now=NOW)
    assert after is not None
    assert (before.last, after.first) == (BEGAN - DAY, DONE + DAY)


# --- pages ---


def page(client, name: str, action: Action) -> str:
    with time_machine.travel(NOW, tick=False):
        answer = client.get(reverse(f"kpis:{name}", args=[action.pk]), HTTP_HX_REQUEST="true")
    return str(answer.content.decode())


def test_the_fragment_shows_both_sides_and_what_they_suggest(client, work, django_assert_max_num_queries):
    action = work.action()
    work.expect(action)
    client.force_login(work.leader)
    page(client, "action_effect", action)
    with django_assert_max_num_queries(20):
        html = page(client, "action_effect", action)
    assert "The figures say: better" in html
    assert "+25.0" in html
    assert "+10.0" in html
    assert "250 % of what was expected" in html
    assert html.count('class="flag"') == 2
    assert html.count('class="window"') == 2


def test_without_an_indicator_the_page_offers_one_to_who_may_choose(client, work):
    action = work.action()
    client.force_login(work.leader)
    assert "Choose the indicator" in page(client, "action_effect", action)
    client.force_login(make_person(Role.OPERATOR, work.world.plant.st1, "stranger"))
    assert "told in words" in page(client, "action_effect", action)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"change": "ca 3"}, "Write a number, such as 95 or 0,12."),
        ({"change": "-3"}, "Write the rise you expect"),
        ({"indicator": "Z99"}, "There is no indicator “Z99”"),
        ({"indicator": ""}, "Choose an indicator."),
        ({"weeks": "0"}, "At least one week."),
        ({"weeks": "many"}, "Write whole weeks"),
        ({"weeks": "30"}, "At most 26 weeks."),
        ({"unit": "NOWHERE"}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrongly_is_told_at_its_field_and_kept(client, work, changed, words):
    action = work.action()
    client.force_login(work.leader)
    said = {"indicator": "O05", "unit": "EL1", "change": "2,5", "weeks": "4", **changed}
    with time_machine.travel(NOW, tick=False):
        answer = client.post(reverse("kpis:action_effect_edit", args=[action.pk]), said)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert words in html
    for value in changed.values():
        assert f'value="{value}"' in html or value in ("", "NOWHERE")
    assert not ExpectedEffect.objects.exists()


def test_chosen_and_taken_away_by_the_form(client, work):
    action = work.action()
    client.force_login(work.leader)
    address = reverse("kpis:action_effect_edit", args=[action.pk])
    with time_machine.travel(NOW, tick=False):
        client.post(address, {"indicator": "O05 Covering", "unit": "EL1", "change": "2,5", "weeks": "2"})
        effect = ExpectedEffect.objects.get()
        assert (effect.indicator, effect.change, effect.weeks) == (work.world.covering, Decimal("2.5"), 2)
        assert 'value="O05 O05"' in client.get(address).content.decode()
        client.post(address, {"remove": "1"})
    assert not ExpectedEffect.objects.exists()


def test_a_finished_action_is_an_event_on_its_indicator_s_chart(client, work):
    action = work.action()
    work.expect(action)
    client.force_login(work.leader)
    address = reverse("kpis:indicator", args=["O05"]) + "?unit=EL1&cadence=week"
    with time_machine.travel(NOW, tick=False):
        assert "carried out: Train the crews" not in client.get(address).content.decode()
        effect_verify(action=action, words="Seen", verdict="better", actor=work.leader, now=NOW)
        for to in ("act", "done"):
            action = action_move(action=action, to=to, actor=work.leader, now=NOW)
        html = client.get(address).content.decode()
    assert f"{action.number} carried out: Train the crews" in html
    assert reverse("improvement:action", args=[action.pk]) in html
