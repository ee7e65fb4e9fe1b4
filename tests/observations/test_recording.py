"""Facts: stored once, with what belongs to them then; corrected by newer facts; nothing bad gets in."""

import datetime as dt
import random
import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observations.loading import reasons_load
from observations.models import Mark, Observation, Reason, Result, Source
from observations.recording import (
    Recorded,
    observation_correct,
    observation_record,
    observation_withdraw,
)
from observations.refusals import (
    AlreadyCorrected,
    AlreadyReported,
    BadPlace,
    BadTime,
    BadValue,
    DifferentContent,
    PointNotInUse,
    ReasonMissing,
)
from observations.reporting import event_report
from principles.teams.models import UnitPlacement
from sops.models import Competence, PointKind
from tests import factories
from tests.observations.world import NOW, World, make_point, make_world

HOUR = dt.timedelta(hours=1)


def marks() -> list[tuple[str, str, int | None, int]]:
    return sorted(Mark.objects.values_list("point__code", "area__code", "crew_id", "shift_id"))


def test_everything_that_belongs_to_it_then_is_stored(world: World):
    round_ = world.plan_rounds()
    Competence.objects.create(person=world.operator, revision=round_.revision, level=2, signed_at=NOW - 48 * HOUR)
    Competence.objects.create(person=world.operator, revision=round_.revision, level=3, signed_at=NOW + HOUR)
    Mark.objects.all().delete()
    recorded = world.record(round_, result="not_ok", note=" stuck ")
    fact = Observation.objects.get(pk=recorded.observation.pk)
    assert recorded.is_new
    assert (fact.shift, fact.crew, fact.area) == (world.shift, world.shift.crew, world.area)
    assert fact.revision == round_.revision
    assert fact.sop_point is not None
    assert fact.sop_point.point == world.yes_no
    assert (fact.competence, fact.note, fact.source) == (2, "stuck", Source.APP)
    assert fact.received_at is not None
    assert marks() == [("feeder-works", "EL1", world.shift.crew_id, world.shift.pk)]


def test_numbers_are_judged_by_the_limits(world: World):
    said = {
        value: world.record(point=world.measure, value=value).observation.result
        for value in ("2", "5", "1.999999999", "5.1", "-3")
    }
    assert said == {"2": "ok", "5": "ok", "1.999999999": "not_ok", "5.1": "not_ok", "-3": "not_ok"}
    free = make_point(kind=PointKind.MEASUREMENT)
    assert world.record(point=free, value="7").observation.result == Result.VALUE
    assert world.record(point=world.count, value=4).observation.result == Result.NOT_OK


def test_the_sender_cannot_say_that_a_number_is_right(world: World):
    assert world.record(point=world.measure, value="99", result="ok").observation.result == Result.NOT_OK


@pytest.mark.parametrize(
    ("point", "fields"),
    [
        ("measure", {"value": Decimal("1e308")}),
        ("measure", {"value": Decimal("-1e308")}),
        ("measure", {"value": Decimal("NaN")}),
        ("measure", {"value": Decimal("Infinity")}),
        ("measure", {"value": "abc"}),
        ("measure", {"result": "ok"}),
        ("measure", {"value": 3, "weight": Decimal(0)}),
        ("measure", {"value": 3, "weight": Decimal("NaN")}),
        ("count", {"value": -1}),
        ("count", {"value": "1.5"}),
        ("count", {"value": 10_000_000}),
        ("yes_no", {"result": "perhaps"}),
        ("yes_no", {"result": "void"}),
        ("yes_no", {"result": "value"}),
        ("yes_no", {"result": "ok", "value": 1}),
        ("yes_no", {"result": "ok", "note": "x" * 501}),
    ],
)
def test_bad_values_are_refused_and_nothing_is_stored(world: World, point: str, fields: dict[str, Any]):
    with pytest.raises(BadValue):
        world.record(point=getattr(world, point), **{"result": None, **fields})
    assert not Observation.objects.exists()
    assert not Mark.objects.exists()


def test_times_in_the_future_and_long_ago_are_refused(world: World):
    with pytest.raises(BadTime):
        world.record(observed_at=NOW + dt.timedelta(minutes=6))
    with pytest.raises(BadTime):
        world.record(observed_at=NOW - dt.timedelta(days=32))
    with pytest.raises(BadTime):
        world.record(observed_at=NOW.replace(tzinfo=None))
    assert world.record(observed_at=NOW + dt.timedelta(minutes=4)).is_new
    old = world.record(observed_at=NOW - dt.timedelta(days=60), source=Source.IMPORT)
    assert old.observation.shift.starts_at <= NOW - dt.timedelta(days=60) < old.observation.shift.ends_at


def test_places_that_do_not_fit_are_refused(world: World):
    round_ = world.plan_rounds()
    other = next(cell for cell in world.plant.cells if cell.pk not in round_.targets)
    stranger = make_point()
    second = world.targets(round_)[1]
    for fields in (
        {"round": round_, "equipment": other},
        {"round": round_, "equipment": None},
        {"round": round_, "equipment": world.targets(round_)[0], "point": stranger},
        # the sample is one cell: the second has no such card
        {"round": round_, "equipment": second, "point": world.measure, "value": 3, "result": None},
        {"area": world.plant.el2, "equipment": world.plant.cells[0]},
        {"area": None, "equipment": None},
    ):
        with pytest.raises(BadPlace):
            world.record(**fields)
    assert not Observation.objects.exists()


def test_a_unit_without_a_place_in_the_plant_is_refused(world: World):
    lost = factories.make_unit("LOST")
    UnitPlacement.objects.filter(unit=lost).delete()
    with pytest.raises(BadPlace):
        world.record(area=None, equipment=lost)


def test_a_point_out_of_use_is_refused_but_a_resend_is_answered(world: World):
    fact_id = uuid.uuid4()
    world.record(id=fact_id)
    world.yes_no.active = False
    world.yes_no.save()
    assert not world.record(id=fact_id).is_new
    with pytest.raises(PointNotInUse):
        world.record()


def test_a_cell_belongs_to_the_area_it_stood_in_at_the_shifts_start(world: World):
    cell = world.plant.cells[0]
    UnitPlacement.objects.create(unit=cell, parent=world.plant.el2, valid_from=dt.date(2026, 3, 12))
    assert world.record(area=None, equipment=cell).observation.area == world.plant.el1
    later = NOW + 24 * HOUR
    assert world.record(area=None, equipment=cell, observed_at=later, now=later).observation.area == world.plant.el2


def test_a_late_fact_of_a_round_counts_for_the_rounds_shift(world: World):
    round_ = world.plan_rounds()
    late = round_.shift.ends_at + HOUR
    assert world.record(round_, observed_at=late, now=late).observation.shift == round_.shift
    over = round_.shift.ends_at + 3 * HOUR
    fact = world.record(round_, point=world.count, value=0, result=None, observed_at=over, now=over).observation
    assert fact.shift != round_.shift


def test_the_same_tap_again_is_the_same_answer(world: World):
    round_ = world.plan_rounds()
    fact_id = uuid.uuid4()
    first = world.record(round_, id=fact_id, result="ok")
    count = Mark.objects.count()
    again = world.record(round_, id=fact_id, result="ok", now=NOW + HOUR)
    assert first.is_new
    assert not again.is_new
    assert again.observation == first.observation
    assert Observation.objects.count() == 1
    assert Mark.objects.count() == count


def test_the_same_id_with_other_content_is_refused(world: World):
    round_ = world.plan_rounds()
    fact_id = uuid.uuid4()
    world.record(round_, id=fact_id, result="ok")
    for fields in (
        {"result": "not_ok"},
        {"note": "other"},
        {"observed_at": NOW - HOUR},
        {"observer": world.mate},
        {"equipment": world.targets(round_)[1]},
        {"point": world.count, "value": 1, "result": None},
    ):
        with pytest.raises(DifferentContent):
            world.record(round_, id=fact_id, **{"result": "ok", **fields})
    assert Observation.objects.count() == 1


def test_a_number_sent_again_after_the_limits_changed_is_still_the_same(world: World):
    fact_id = uuid.uuid4()
    world.record(id=fact_id, point=world.measure, value="4.2")
    world.measure.maximum = Decimal(4)
    world.measure.save()
    assert not world.record(id=fact_id, point=world.measure, value="4.2").is_new


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sends=st.lists(st.integers(0, 4), min_size=1, max_size=25),
    values=st.lists(st.decimals(0, 6, places=3), min_size=5, max_size=5),
)
def test_resending_in_any_order_gives_one_fact_each(world: World, sends: list[int], values: list[Decimal]):
    ids = [uuid.uuid4() for _ in range(5)]
    before = Mark.objects.count()
    new = [world.record(id=ids[n], point=world.measure, value=values[n]).is_new for n in sends]
    stored = Observation.objects.filter(pk__in=ids)
    assert new.count(True) == stored.count() == len(set(sends))
    assert {fact.pk: fact.value for fact in stored} == {ids[n]: values[n] for n in set(sends)}
    assert Mark.objects.count() - before == len(set(sends))


def test_correcting_adds_a_fact_and_marks_both_tallies(world: World):
    fact = world.record(point=world.measure, value="42").observation
    Mark.objects.all().delete()
    recorded = observation_correct(
        id=uuid.uuid4(), supersedes=fact, value="4.2", correction_reason="comma", actor=world.operator, now=NOW
    )
    assert recorded.is_new
    assert Observation.objects.get(pk=fact.pk).value == 42
    assert list(Observation.objects.counting()) == [recorded.observation]
    assert recorded.observation.result == Result.OK
    assert recorded.observation.correction_reason == "comma"
    assert len(marks()) == 2


def test_a_correction_can_move_the_fact_to_another_cell_of_the_area(world: World):
    fact = world.record().observation
    moved = observation_correct(
        id=uuid.uuid4(),
        supersedes=fact,
        result="ok",
        equipment=world.plant.cells[3],
        correction_reason="wrong cell",
        actor=world.operator,
        now=NOW,
    )
    assert moved.observation.equipment == world.plant.cells[3]
    foreign = factories.make_equipment("2001", parent=world.plant.el2)
    with pytest.raises(BadPlace):
        observation_correct(
            id=uuid.uuid4(),
            supersedes=moved.observation,
            result="ok",
            equipment=foreign,
            correction_reason="wrong cell",
            actor=world.operator,
            now=NOW,
        )


def test_who_may_correct(world: World):
    fact = world.record().observation

    def correct(actor, now=NOW):
        return observation_correct(
            id=uuid.uuid4(), supersedes=fact, result="not_ok", correction_reason="looked again", actor=actor, now=now
        )

    after_grace = world.shift.ends_at + 2 * HOUR
    for actor, now in ((world.mate, NOW), (world.outsider, NOW), (world.operator, after_grace)):
        actor.__dict__.pop("_access", None)
        with pytest.raises(PermissionDenied):
            correct(actor, now)
    world.lead.__dict__.pop("_access", None)
    assert correct(world.lead, after_grace).is_new


def test_a_correction_says_why(world: World):
    fact = world.record().observation
    with pytest.raises(ReasonMissing):
        observation_correct(
            id=uuid.uuid4(), supersedes=fact, result="not_ok", correction_reason="  ", actor=world.operator, now=NOW
        )


def test_a_fact_is_corrected_once_and_the_second_is_told_what_stands(world: World):
    fact = world.record().observation
    said: dict[str, Any] = {"supersedes": fact, "result": "not_ok", "correction_reason": "looked again", "now": NOW}
    newer = observation_correct(id=uuid.uuid4(), actor=world.operator, **said).observation
    with pytest.raises(AlreadyCorrected) as refusal:
        observation_correct(id=uuid.uuid4(), actor=world.lead, **said)
    assert refusal.value.newer == newer


def test_undo_takes_back_ones_own_within_the_shift(world: World):
    fact = world.record().observation
    undo_id = uuid.uuid4()
    with pytest.raises(PermissionDenied):
        observation_withdraw(id=uuid.uuid4(), supersedes=fact, actor=world.lead, now=NOW)
    assert observation_withdraw(id=undo_id, supersedes=fact, actor=world.operator, now=NOW).is_new
    assert not observation_withdraw(id=undo_id, supersedes=fact, actor=world.operator, now=NOW).is_new
    assert not Observation.objects.counting().exists()
    with pytest.raises(AlreadyCorrected):
        observation_withdraw(id=uuid.uuid4(), supersedes=fact, actor=world.operator, now=NOW)


def test_a_reason_of_another_point_is_refused(world: World):
    reasons_load()
    own = Reason.objects.create(code="only-there", text_en="x", text_nb="x", point=world.count)
    with pytest.raises(BadValue):
        world.record(result="not_ok", reason=own)
    assert world.record(result="not_ok", reason=Reason.objects.get(code="material")).observation.reason is not None


def test_reasons_are_loaded_once_and_what_the_plant_changed_stays(world: World):
    assert reasons_load() == 8
    Reason.objects.filter(code="material").update(text_nb="Råvare", active=False)
    assert reasons_load() == 0
    assert Reason.objects.get(code="material").text_nb == "Råvare"


def test_none_is_not_missing_in_an_event_series(world: World):
    point = make_point("bluss", kind=PointKind.EVENT, opportunity="cell_days")
    said: dict[str, Any] = {"point": point, "area": world.area, "shift": world.shift, "now": NOW}
    report_id = uuid.uuid4()
    report = event_report(id=report_id, reported_until=NOW, **said)
    assert report.opportunities == 2  # six cells for a third of a day
    assert event_report(id=report_id, reported_until=NOW, **said) == report
    with pytest.raises(DifferentContent):
        event_report(id=report_id, reported_until=NOW - HOUR, **said)
    with pytest.raises(AlreadyReported):
        event_report(id=uuid.uuid4(), reported_until=NOW, **said)
    with pytest.raises(BadTime):
        event_report(id=uuid.uuid4(), reported_until=NOW + HOUR, **said)
    with pytest.raises(PointNotInUse):
        event_report(id=uuid.uuid4(), reported_until=NOW, **{**said, "point": world.yes_no})
    assert marks() == [("bluss", "EL1", world.shift.crew_id, world.shift.pk)]


def run_at_once(*calls) -> list[Any]:
    """The results or errors of calls that begin at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def work(place: int, call) -> None:
        try:
            barrier.wait(10)
            results[place] = call()
        except Exception as error:  # noqa: BLE001 - the test tells whatever went wrong in a thread
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_tap_many_times_at_once_is_one_fact():
    world = make_world()
    round_ = world.plan_rounds()
    Mark.objects.all().delete()
    cell = world.targets(round_)[0]
    fact_id = uuid.uuid4()

    def send() -> Recorded:
        return observation_record(
            id=fact_id,
            point=world.yes_no,
            result="ok",
            round=round_,
            equipment=cell,
            observer=world.operator,
            observed_at=NOW,
            now=NOW,
        )

    results = run_at_once(*[send] * 6)
    assert [type(one) for one in results] == [Recorded] * 6
    assert sum(one.is_new for one in results) == 1
    assert Observation.objects.count() == 1
    assert Mark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_corrections_at_once_give_one_and_tell_the_other():
    world = make_world()
    fact = world.record().observation
    said: dict[str, Any] = {"supersedes": fact, "correction_reason": "looked again", "now": NOW}

    def correct(actor, result):
        return lambda: observation_correct(id=uuid.uuid4(), actor=actor, result=result, **said)

    calls = [correct(world.operator, "not_ok"), correct(world.lead, "na"), correct(world.lead, "not_ok")]
    random.shuffle(calls)
    results = run_at_once(*calls)
    assert sorted(type(one).__name__ for one in results) == ["AlreadyCorrected", "AlreadyCorrected", "Recorded"]
    assert Observation.objects.counting().count() == 1
    assert Observation.objects.count() == 2
