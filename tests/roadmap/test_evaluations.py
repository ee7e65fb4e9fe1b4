"""The services of a self-evaluation: opening, marks, answers, the group."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amps.models import AuditEntry
from principles.teams.models import Crew
from roadmap.fingerprints import COLUMNS
from roadmap.item_page import last_of, spread_of
from roadmap.loading import standard_load
from roadmap.models import Answer, Evaluation, FocusItem, Mark, Rule
from roadmap.reading import is_item_of, items_of, last_answers, missing_items
from roadmap.services import evaluations as services
from roadmap.services.evaluations import mark_set
from roadmap.services.group import LeaderStays, leader_change, participant_leave, participants_add
from roadmap.services.signing import evaluation_cancel, evaluation_sign
from roadmap.services.standard import local_item_add, local_item_edit, local_item_use
from tests.roadmap.world import say

pytestmark = pytest.mark.django_db


def sign_all(table, evaluation):
    for person in (table.kari, table.ola, table.leader):
        evaluation_sign(evaluation=evaluation, actor=person, now=table.now)


# --- opening ---


def test_the_leader_is_in_the_group_and_it_is_on_the_trail(table):
    made = table.open()
    assert {one.person for one in made.participants.all()} == {table.leader, table.kari, table.ola}
    assert len(items_of(made)) == 61
    entry = AuditEntry.objects.get(action="evaluation.opened")
    assert entry.after["participants"] == sorted([table.leader.pk, table.kari.pk, table.ola.pk])


def test_one_open_evaluation_per_unit_and_team(table):
    first = table.open()
    with pytest.raises(services.OpenAlready) as refused:
        table.open()
    assert refused.value.evaluation == first
    crew = table.open(crew=table.crew)
    assert crew != first
    table.open(crew=Crew.objects.get(code="A"))
    table.open(unit=table.plant.electrolysis)
    with pytest.raises(services.OpenAlready):
        table.open(crew=table.crew)
    evaluation_cancel(evaluation=first, actor=table.leader, now=table.now)
    assert table.open() != first


def test_no_evaluation_of_a_section_or_a_cell(table):
    with pytest.raises(services.WrongUnit):
        table.open(unit=table.plant.section1)


# --- answers ---


def test_an_answer_keeps_what_the_facts_said(table):
    evaluation = table.open()
    answer = table.answer(evaluation, status="yellow", reason=" Crew D is behind. ", facts=say("yellow", "sop_steps"))
    answer.refresh_from_db()
    assert (answer.status, answer.reason, answer.suggested, answer.binding) == (
        "yellow",
        "Crew D is behind.",
        "yellow",
        "sop_steps",
    )
    assert (answer.version, answer.decided_by) == (1, table.kari)
    entry = AuditEntry.objects.get(action="evaluation.answered")
    assert entry.after["item"] == "1.1.1"


@pytest.mark.parametrize(
    ("suggested", "status", "is_refused"),
    [
        ("red", "yellow", True),
        ("red", "green", True),
        ("yellow", "green", True),
        ("yellow", "red", False),
        ("green", "green", False),
        ("none", "green", False),
        ("red", "none", False),
    ],
)
def test_a_claim_better_than_the_facts_needs_a_written_reason(table, suggested, status, is_refused):
    evaluation = table.open()
    if not is_refused:
        answer = table.answer(evaluation, status=status, facts=say(suggested), against_facts="not needed")
        assert answer.against_facts == ""
        return
    with pytest.raises(services.ReasonMissing):
        table.answer(evaluation, status=status, facts=say(suggested), against_facts="  \n ")
    assert not Answer.objects.exists()
    answer = table.answer(evaluation, status=status, facts=say(suggested), against_facts="Measured before the change.")
    assert answer.against_facts == "Measured before the change."


def test_a_stale_version_is_refused_and_shows_what_is_stored(table):
    evaluation = table.open()
    first = table.answer(evaluation, status="yellow", reason="Kari's")
    with pytest.raises(services.StaleAnswer) as refused:
        table.answer(evaluation, status="green", reason="Ola's", version=0, actor=table.ola)
    assert refused.value.current == first
    second = table.answer(evaluation, status="green", reason="Ola's", version=1, actor=table.ola)
    assert (second.version, second.status) == (2, "green")
    # The same sent twice is no quarrel.
    assert table.answer(evaluation, status="green", reason="Ola's", version=1, actor=table.ola).version == 2


def test_only_the_group_marks_and_answers(table):
    evaluation = table.open()
    with pytest.raises(services.NotInGroup):
        table.answer(evaluation, actor=table.outsider)
    with pytest.raises(services.NotInGroup):
        mark_set(evaluation=evaluation, item=table.items["1.1.1"], status="red", actor=table.outsider, now=table.now)


def test_grey_is_an_answer_of_its_own(table):
    evaluation = table.open()
    table.answer(evaluation, status="none", reason="Nobody of us knows it.")
    assert "1.1.1" not in {item.code for item in missing_items(evaluation)}
    assert len(missing_items(evaluation)) == 60


def test_every_change_moves_the_version_that_the_others_poll(table):
    evaluation = table.open()
    seen = [evaluation.version_of_answers]

    def look():
        seen.append(Evaluation.objects.get(pk=evaluation.pk).version_of_answers)

    mark_set(evaluation=evaluation, item=table.items["1.1.1"], status="red", actor=table.ola, now=table.now)
    look()
    table.answer(evaluation)
    look()
    participant_leave(evaluation=evaluation, person=table.ola, actor=table.ola, now=table.now)
    look()
    assert seen == sorted(set(seen))


def test_the_trail_does_not_tell_a_mark(table):
    evaluation = table.open()
    mark_set(evaluation=evaluation, item=table.items["1.1.1"], status="red", actor=table.ola, now=table.now)
    assert AuditEntry.objects.get(action="evaluation.marked").after == {"item": "1.1.1"}


# --- the group ---


def test_who_leaves_keeps_the_marks_and_is_not_waited_for(table):
    evaluation = table.open()
    item = table.items["1.1.1"]
    mark_set(evaluation=evaluation, item=item, status="green", actor=table.ola, now=table.now)
    participant_leave(evaluation=evaluation, person=table.ola, actor=table.leader, now=table.now)
    group = list(evaluation.participants.select_related("person"))
    other = spread_of(
        Mark.objects.filter(item=table.items["1.1.2"]), group, reader_id=table.kari.pk, is_open=True, answer=None
    )
    assert {one.person for one in other.waiting} == {table.leader, table.kari}
    assert Mark.objects.filter(person=table.ola).count() == 1
    with pytest.raises(services.NotInGroup):
        mark_set(evaluation=evaluation, item=item, status="red", actor=table.ola, now=table.now)
    with pytest.raises(services.NotInGroup):
        evaluation_sign(evaluation=evaluation, actor=table.ola, now=table.now)
    assert participants_add(evaluation=evaluation, people=[table.ola], actor=table.leader, now=table.now) == 1
    mark_set(evaluation=evaluation, item=item, status="red", actor=table.ola, now=table.now)


def test_the_leader_leaves_only_after_another_is_chosen(table):
    evaluation = table.open()
    with pytest.raises(LeaderStays):
        participant_leave(evaluation=evaluation, person=table.leader, actor=table.leader, now=table.now)
    with pytest.raises(services.NotInGroup):
        leader_change(evaluation=evaluation, person=table.outsider, actor=table.leader)
    leader_change(evaluation=evaluation, person=table.kari, actor=table.leader)
    participant_leave(evaluation=evaluation, person=table.leader, actor=table.leader, now=table.now)
    assert Evaluation.objects.get(pk=evaluation.pk).leader == table.kari


# --- last time ---


def test_last_time_is_the_last_signed_one_of_the_same_team(table):
    early = table.open(held_on=dt.date(2026, 1, 10))
    table.answer(early, status="red", reason="early")
    table.answer_all(early)
    sign_all(table, early)
    late = table.open(held_on=dt.date(2026, 2, 10))
    table.answer(late, status="green", reason="late")
    table.answer_all(late)
    sign_all(table, late)
    crew = table.open(crew=table.crew, held_on=dt.date(2026, 2, 20))
    now = table.open(held_on=dt.date(2026, 3, 1))
    assert last_answers(crew) == {}
    assert last_answers(now)["1.1.1"].reason == "late"
    assert last_answers(late)["1.1.1"].reason == "early"
    assert last_answers(early) == {}


TEXTS = st.fixed_dictionaries(dict.fromkeys(COLUMNS, st.sampled_from(["a", "b", "a  "])))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TEXTS, after=TEXTS)
def test_an_answer_carries_over_exactly_where_the_item_is_the_same(table, before, after):
    Answer.objects.all().delete()
    Evaluation.objects.all().delete()
    FocusItem.objects.filter(local_to__isnull=False).delete()
    version = standard_load(now=table.now)
    rule = Rule.objects.get(principle__version=version, code="1.1")
    item = local_item_add(unit=table.plant.el1, rule=rule, texts=before, actor=table.leader)
    first = table.open(held_on=dt.date(2026, 1, 10))
    table.answer(first, item.code, "yellow")
    table.answer_all(first)
    sign_all(table, first)
    edited = local_item_edit(item=item, texts=after, seen=item.fingerprint, actor=table.leader)
    second = table.open(held_on=dt.date(2026, 2, 10))
    last = last_of(edited, last_answers(second))
    words = [[" ".join(texts[column].split()) for column in COLUMNS] for texts in (before, after)]
    assert last is not None
    assert last.status == "yellow"
    assert last.is_same is (words[0] == words[1])


# --- local items ---


def test_local_items_hold_for_the_unit_and_below(table):
    version = standard_load(now=table.now)
    rule = Rule.objects.get(principle__version=version, code="2.1")
    texts = dict.fromkeys(COLUMNS, "words")
    item = local_item_add(unit=table.plant.electrolysis, rule=rule, texts=texts, actor=table.leader)
    assert item.code == "2.1.L1"
    assert local_item_add(unit=table.plant.el1, rule=rule, texts=texts, actor=table.leader).code == "2.1.L2"
    assert [i.code for i in items_of(table.open()) if i.local_to_id] == ["2.1.L1", "2.1.L2"]
    assert [i.code for i in items_of(table.open(unit=table.plant.electrolysis)) if i.local_to_id] == ["2.1.L1"]
    assert not [i for i in items_of(table.open(unit=table.plant.st1)) if i.local_to_id]
    assert not [i for i in items_of(table.open(unit=table.plant.plant)) if i.local_to_id]


def test_an_answered_local_item_keeps_its_words_where_it_was_answered(table):
    version = standard_load(now=table.now)
    rule = Rule.objects.get(principle__version=version, code="1.1")
    item = local_item_add(unit=table.plant.el1, rule=rule, texts=dict.fromkeys(COLUMNS, "old"), actor=table.leader)
    first = table.open(held_on=dt.date(2026, 1, 10))
    table.answer_all(first)
    sign_all(table, first)
    newer = local_item_edit(item=item, texts=dict.fromkeys(COLUMNS, "new"), seen=item.fingerprint, actor=table.leader)
    assert newer.pk != item.pk
    assert newer.code == item.code
    second = table.open(held_on=dt.date(2026, 2, 10))
    first.refresh_from_db()
    assert [i.red for i in items_of(first) if i.local_to_id] == ["old"]
    assert [i.red for i in items_of(second) if i.local_to_id] == ["new"]
    assert not is_item_of(second, item)
    local_item_use(item=newer, active=False, actor=table.leader)
    assert not [i for i in items_of(second) if i.local_to_id]
    assert [i.red for i in items_of(first) if i.local_to_id] == ["old"]
