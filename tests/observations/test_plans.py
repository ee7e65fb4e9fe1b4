"""Plans: from a date to come, what was owed stays owed, and everything is on the audit trail."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from amps.models import AuditEntry
from observations.models import Mark, ObservationPlan, Round
from observations.plan_editing import NothingChanged, PlanEnded, plan_change, plan_end
from observations.planning import rounds_ensure
from tests.observations.world import NOW, World, make_plan, make_point, make_sop

TODAY = NOW.date()
TOMORROW = TODAY + dt.timedelta(days=1)
URL = "/shift/plans/"


@pytest.fixture
def leader(client: Client, world: World, clock: None) -> Client:
    client.force_login(world.leader)
    return client


def said(**fields: object) -> dict[str, object]:
    return {
        "sop": "", "cadence": "shift", "shift_number": "", "weekday": "0", "month_day": "1", "rounds": "1",
        "equipment_type": "cell", "targets_per_round": "3", "valid_from": TOMORROW.isoformat(), **fields,
    }  # fmt: skip


def test_lists_what_is_in_force_to_come_and_ended(leader: Client, world: World):
    later = make_sop("SOP-95", owner=world.area, points=[make_point()])
    make_plan(later, world.area, valid_from=TOMORROW)
    ended = make_sop("SOP-96", owner=world.area, points=[make_point()])
    make_plan(ended, world.area, valid_to=TODAY)
    html = leader.get(URL).content.decode()
    assert html.index("In force") < html.index("SOP-91") < html.index("To come") < html.index("SOP-95")
    assert "1 plan that has ended" in html


def test_adding_a_plan(leader: Client, world: World):
    sop = make_sop("SOP-95", owner=world.area, points=[make_point()])
    response = leader.post(f"{URL}new/?unit=EL1", said(sop=sop.pk), follow=True)
    plan = ObservationPlan.objects.get(sop=sop)
    assert (plan.area, plan.targets_per_round, plan.valid_from) == (world.area, 3, TOMORROW)
    assert "The plan is added." in response.content.decode()
    entry = AuditEntry.objects.get(action="plan.added")
    assert entry.actor == world.leader
    assert entry.after is not None
    assert entry.after["targets_per_round"] == 3


def test_a_plan_begins_on_a_date_to_come(leader: Client, world: World):
    html = leader.post(f"{URL}new/?unit=EL1", said(sop=world.sop.pk, valid_from=TODAY.isoformat())).content.decode()
    assert "Choose a date after today" in html
    assert 'value="3"' in html
    assert ObservationPlan.objects.count() == 1


def test_changing_a_plan_keeps_what_was_owed(leader: Client, world: World):
    rounds_ensure(now=NOW, until=NOW + dt.timedelta(hours=30), since=NOW)
    leader.post(reverse("observations:plan_edit", args=[world.plan.pk]), said(targets_per_round="4"))
    old, new = ObservationPlan.objects.order_by("valid_from")
    assert (old.valid_to, old.targets_per_round) == (TOMORROW, 2)
    assert (new.valid_from, new.valid_to, new.targets_per_round) == (TOMORROW, None, 4)
    rounds_ensure(now=NOW, until=NOW + dt.timedelta(hours=30), since=NOW)
    sizes = {(one.shift.production_date, len(one.targets)) for one in Round.objects.owed().select_related("shift")}
    assert sizes == {(TODAY, 2), (TOMORROW, 4)}
    assert AuditEntry.objects.filter(action="plan.changed").count() == 1


def test_changing_nothing_says_so(leader: Client, world: World):
    same = said(targets_per_round="2")
    html = leader.post(reverse("observations:plan_edit", args=[world.plan.pk]), same).content.decode()
    assert "Nothing is changed." in html
    with pytest.raises(NothingChanged):
        plan_change(plan=world.plan, actor=world.leader, valid_from=TOMORROW, rounds=1)


def test_ending_a_plan_takes_away_rounds_that_nobody_began(leader: Client, world: World):
    rounds_ensure(now=NOW, until=NOW + dt.timedelta(hours=30), since=NOW)
    Mark.objects.all().delete()
    leader.post(reverse("observations:plan_end", args=[world.plan.pk]), {"valid_to": TOMORROW.isoformat()})
    world.plan.refresh_from_db()
    assert world.plan.valid_to == TOMORROW
    assert {one.shift.production_date for one in Round.objects.owed().select_related("shift")} == {TODAY}
    assert Mark.objects.exists()
    assert AuditEntry.objects.filter(action="plan.ended").count() == 1
    with pytest.raises(PlanEnded):
        plan_end(plan=world.plan, actor=world.leader, valid_to=TOMORROW)
    with pytest.raises(PlanEnded):
        plan_change(plan=world.plan, actor=world.leader, valid_from=TOMORROW, rounds=2)


def test_a_plan_that_never_began_is_taken_away(world: World):
    sop = make_sop("SOP-95", owner=world.area, points=[make_point()])
    plan = make_plan(sop, world.area, valid_from=TOMORROW)
    plan_end(plan=plan, actor=world.leader, valid_to=TOMORROW)
    assert not ObservationPlan.objects.filter(sop=sop).exists()
    assert AuditEntry.objects.filter(action="plan.removed").count() == 1


def test_operators_may_not_edit_plans(signed_in: Client, world: World):
    assert signed_in.get(URL).status_code == 403
    assert signed_in.get(f"{URL}new/?unit=EL1").status_code == 403
    for name in ("plan_edit", "plan_end"):
        assert signed_in.get(reverse(f"observations:{name}", args=[world.plan.pk])).status_code == 403


def test_a_leader_of_another_area_may_not(leader: Client, world: World):
    sop = make_sop("SOP-95", owner=world.area, points=[make_point()])
    elsewhere = make_plan(sop, world.plant.el2)
    assert leader.get(reverse("observations:plan_edit", args=[elsewhere.pk])).status_code == 403
    assert leader.get(f"{URL}new/?unit=EL2").status_code == 403
