"""What is owed: rounds from plans, their state, and that planning twice or by two workers gives one set."""

import datetime as dt
import threading

import pytest
from django.db import connection

from observations.models import Mark, Observation, Round, RoundPoint
from observations.planning import RoundState, round_state, rounds_ensure
from sops.models import PointKind, Sampling
from tests import factories
from tests.observations.world import (
    NOW,
    World,
    facts_of,
    make_plan,
    make_point,
    make_revision,
    make_sop,
    make_world,
)

HOUR = dt.timedelta(hours=1)


def owed(world: World) -> list[tuple[str, int, list[int]]]:
    rounds = Round.objects.owed().select_related("shift").order_by("shift__starts_at", "sequence")
    return [(f"{one.shift.production_date}.{one.shift.number}", one.sequence, one.targets) for one in rounds]


def test_every_shift_to_come_gets_its_round(world: World):
    made = rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW)
    assert made == 4
    assert [key for key, _, _ in owed(world)] == ["2026-03-11.2", "2026-03-11.3", "2026-03-12.1", "2026-03-12.2"]


def test_planned_is_the_sample_or_every_target(world: World):
    world.plan_rounds()
    planned = dict(RoundPoint.objects.values_list("point__code", "planned"))
    assert planned == {"feeder-works": 2, "hoods-off": 2, "cover": 1}


def test_planning_marks_every_tally_that_changed(world: World):
    round_ = world.plan_rounds()
    marks = set(Mark.objects.values_list("point__code", "area__code", "crew_id", "shift_id"))
    assert marks == {(code, "EL1", round_.crew_id, round_.shift_id) for code in ("feeder-works", "hoods-off", "cover")}


def test_planning_again_makes_nothing(world: World):
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW)
    before = owed(world), Mark.objects.count()
    assert rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW) == 0
    assert (owed(world), Mark.objects.count()) == before


def test_a_second_look_is_a_handful_of_queries(world: World, django_assert_max_num_queries):
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR)
    with django_assert_max_num_queries(24):
        assert rounds_ensure(now=NOW, until=NOW + 24 * HOUR) == 0


def test_shifts_that_passed_while_nothing_ran_are_caught_up(world: World):
    made = rounds_ensure(now=NOW, until=NOW + HOUR)
    assert made == len(owed(world))
    oldest = min(shift.starts_at for shift in {one.shift for one in Round.objects.select_related("shift")})
    assert dt.timedelta(days=13) < NOW - oldest < dt.timedelta(days=15)


def test_cells_take_turns(world: World):
    rounds_ensure(now=NOW, until=NOW + 48 * HOUR, since=NOW)
    seen = {cell for _, _, targets in owed(world) for cell in targets}
    assert seen == {cell.pk for cell in world.plant.cells}


def test_a_cell_with_a_recent_deviation_comes_first_with_the_reason(world: World):
    rounds_ensure(now=NOW, until=NOW + HOUR, since=NOW)
    due = {key: targets for key, _, targets in owed(world)}["2026-03-11.2"]
    bad = next(cell for cell in world.plant.cells if cell.pk not in due)
    world.record(equipment=bad, result="not_ok", revision=world.sop.revisions.get())
    rounds_ensure(now=NOW + HOUR, until=NOW + 12 * HOUR, since=NOW)
    night = Round.objects.select_related("shift").get(shift__number=3)
    assert night.targets[0] == bad.pk
    assert night.reason_en == f"deviation on {bad.code} Wed 15:30"
    assert bad.code in night.reason_nb


def test_a_round_to_come_follows_a_new_deviation_until_its_shift_starts(world: World):
    rounds_ensure(now=NOW, until=NOW + 12 * HOUR, since=NOW)
    night = Round.objects.get(shift__number=3, shift__production_date=NOW.date())
    bad = next(cell for cell in world.plant.cells if cell.pk not in night.targets)
    world.record(equipment=bad, result="not_ok")
    assert rounds_ensure(now=NOW + HOUR, until=NOW + 12 * HOUR, since=NOW) == 0
    changed = Round.objects.get(shift=night.shift)
    assert changed.targets[0] == bad.pk
    later = night.shift.starts_at + HOUR
    again = next(cell for cell in world.plant.cells if cell.pk not in changed.targets)
    world.record(equipment=again, result="not_ok", observed_at=NOW + HOUR, now=NOW + HOUR)
    rounds_ensure(now=later, until=later + HOUR, since=later)
    assert Round.objects.get(shift=night.shift).targets == changed.targets


def test_no_round_without_a_revision_in_force(world: World):
    later = make_sop("SOP-92", owner=world.area, points=[make_point()], since=NOW + 200 * HOUR)
    make_plan(later, world.area)
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW)
    assert not Round.objects.filter(revision__sop=later).exists()


def test_the_revision_in_force_at_the_shifts_start(world: World):
    night = factories.oslo("2026-03-11 22:00")
    newer = make_revision(world.sop, number=2, points=[world.yes_no], since=night)
    rounds_ensure(now=NOW, until=NOW + 12 * HOUR, since=NOW)
    numbers = list(Round.objects.order_by("shift__starts_at").values_list("revision__number", flat=True))
    assert numbers == [1, 2]
    assert RoundPoint.objects.filter(round__revision=newer).count() == 1


def test_a_revision_approved_later_replaces_rounds_that_nobody_began(world: World):
    rounds_ensure(now=NOW, until=NOW + 12 * HOUR, since=NOW)
    make_revision(world.sop, number=2, points=[world.yes_no], since=factories.oslo("2026-03-11 22:00"))
    rounds_ensure(now=NOW, until=NOW + 12 * HOUR, since=NOW)
    numbers = list(Round.objects.order_by("shift__starts_at").values_list("revision__number", flat=True))
    assert numbers == [1, 2]


def test_points_per_event_are_not_owed(world: World):
    point = make_point("ae-cause", sample_per=Sampling.EVENT)
    sop = make_sop("SOP-93", owner=world.area, points=[point])
    make_plan(sop, world.area)
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW)
    assert not Round.objects.filter(revision__sop=sop).exists()


def test_a_closed_area_or_closed_cells_owe_nothing(world: World):
    for cell in world.plant.cells:
        cell.closed = NOW.date()
        cell.save()
    assert rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW) == 0
    for cell in world.plant.cells:
        cell.closed = None
        cell.save()
    world.area.closed = NOW.date()
    world.area.save()
    assert rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW) == 0


def test_a_plan_without_equipment_is_walked_once(world: World):
    sop = make_sop("SOP-94", owner=world.area, points=[make_point(), make_point(kind=PointKind.COUNT)])
    make_plan(sop, world.area, equipment_type="", cadence="day", shift_number=2)
    rounds_ensure(now=NOW, until=NOW + 30 * HOUR, since=NOW)
    rounds = Round.objects.filter(revision__sop=sop).select_related("shift")
    assert [(one.shift.number, one.targets) for one in rounds] == [(2, []), (2, [])]
    assert {planned for _, planned in RoundPoint.objects.filter(round__in=rounds).values_list("pk", "planned")} == {1}


def test_a_plan_ends_before_its_date(world: World):
    world.plan.valid_to = dt.date(2026, 3, 12)
    world.plan.save()
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW)
    assert [key for key, _, _ in owed(world)] == ["2026-03-11.2", "2026-03-11.3"]


def test_states_through_a_shift(world: World):
    round_ = world.plan_rounds()
    end = round_.shift.ends_at

    def state(now: dt.datetime) -> RoundState:
        return round_state(Round.objects.with_progress().select_related("shift").get(pk=round_.pk), now)

    assert state(round_.shift.starts_at - HOUR) == RoundState.UPCOMING
    assert state(NOW) == RoundState.NOW
    assert state(end + HOUR) == RoundState.LATE
    assert state(end + 2 * HOUR) == RoundState.MISSED
    first, second = world.targets(round_)
    world.record(round_)
    assert state(end + 2 * HOUR) == RoundState.PARTLY
    world.record(round_, equipment=second)
    for cell in (first, second):
        world.record(round_, point=world.count, value=1, equipment=cell)
    assert state(NOW) == RoundState.NOW
    world.record(round_, point=world.measure, value=3)
    assert state(NOW) == state(end + 24 * HOUR) == RoundState.DONE


def test_two_facts_on_one_card_are_one_card_done(world: World):
    round_ = world.plan_rounds()
    world.record(round_)
    world.record(round_, observer=world.mate)
    assert facts_of(round_) == 2
    assert Round.objects.with_progress().get(pk=round_.pk).progress() == (5, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_plan_the_same_shifts_at_once():
    world = make_world()
    barrier = threading.Barrier(3)
    made: list[int] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            barrier.wait(10)
            made.append(rounds_ensure(now=NOW, until=NOW + 24 * HOUR, since=NOW))
        except Exception as error:  # noqa: BLE001 - the test tells whatever went wrong in a thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert sum(made) == 4
    assert len(owed(world)) == 4
    assert RoundPoint.objects.count() == 12
    assert not Observation.objects.exists()
