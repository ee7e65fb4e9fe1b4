"""Signing: everybody and the leader, also at the same moment; the last signature locks, reopening leaves a trace."""

import threading

import pytest
from django.db import connections

from amps.models import AuditEntry
from roadmap.models import Answer, Evaluation, Reopening, Signature
from roadmap.services import evaluations as services
from roadmap.services.evaluations import mark_set
from roadmap.services.group import leader_change, participant_leave, participants_add
from roadmap.services.signing import (
    NoReason,
    NotAllAnswered,
    SignedAlready,
    evaluation_cancel,
    evaluation_reopen,
    evaluation_sign,
    signatures_withdraw,
)
from tests.roadmap.world import Table, lay_table


def fresh(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.get(pk=evaluation.pk)


def sign(table, evaluation, *people):
    for person in people:
        evaluation_sign(evaluation=evaluation, actor=person, now=table.now)


@pytest.fixture
def answered(table: Table) -> Evaluation:
    evaluation = table.open()
    table.answer_all(evaluation)
    return evaluation


def test_it_is_signed_only_when_everything_is_answered(table):
    evaluation = table.open()
    table.answer(evaluation)
    with pytest.raises(NotAllAnswered) as refused:
        sign(table, evaluation, table.kari)
    assert len(refused.value.missing) == 60
    assert not Signature.objects.exists()


def test_the_first_signature_stops_answers_and_the_last_locks(table, answered):
    sign(table, answered, table.kari)
    assert fresh(answered).state == "signing"
    with pytest.raises(services.NotOpen):
        table.answer(answered, status="green")
    with pytest.raises(services.NotOpen):
        mark_set(evaluation=answered, item=table.items["1.1.1"], status="red", actor=table.ola, now=table.now)
    with pytest.raises(services.NotOpen):
        participants_add(evaluation=answered, people=[table.outsider], actor=table.leader, now=table.now)
    with pytest.raises(services.NotOpen):
        leader_change(evaluation=answered, person=table.kari, actor=table.leader)
    with pytest.raises(SignedAlready):
        sign(table, answered, table.kari)
    sign(table, answered, table.ola)
    assert fresh(answered).state == "signing"
    sign(table, answered, table.leader)
    locked = fresh(answered)
    assert (locked.state, locked.locked_at) == ("locked", table.now)
    assert Signature.objects.get(person=table.leader).as_leader
    assert AuditEntry.objects.filter(action="evaluation.signed").count() == 3
    assert AuditEntry.objects.filter(action="evaluation.locked").count() == 1
    with pytest.raises(services.NotOpen):
        sign(table, answered, table.kari)


def test_who_has_left_is_not_waited_for(table, answered):
    sign(table, answered, table.kari, table.leader)
    participant_leave(evaluation=answered, person=table.ola, actor=table.ola, now=table.now)
    assert fresh(answered).state == "locked"


def test_nobody_signs_from_outside(table, answered):
    with pytest.raises(services.NotInGroup):
        sign(table, answered, table.outsider)


def test_signatures_are_taken_back_with_a_trace(table, answered):
    sign(table, answered, table.kari)
    with pytest.raises(NoReason):
        signatures_withdraw(evaluation=answered, reason=" ", actor=table.ola, now=table.now)
    signatures_withdraw(evaluation=answered, reason="2.1 was wrong", actor=table.ola, now=table.now)
    assert (fresh(answered).state, fresh(answered).round) == ("open", 2)
    assert Signature.objects.filter(round=1).count() == 1
    assert Reopening.objects.get().reason == "2.1 was wrong"
    table.answer(answered, status="green")
    sign(table, answered, table.kari, table.ola, table.leader)
    assert fresh(answered).state == "locked"
    assert Signature.objects.filter(round=2).count() == 3


def test_a_locked_one_is_opened_again_for_a_reason_only(table, answered):
    with pytest.raises(services.NotOpen):
        evaluation_reopen(evaluation=answered, reason="why", actor=table.leader, now=table.now)
    sign(table, answered, table.kari, table.ola, table.leader)
    with pytest.raises(NoReason):
        evaluation_reopen(evaluation=answered, reason="", actor=table.leader, now=table.now)
    with pytest.raises(services.NotOpen):
        evaluation_cancel(evaluation=answered, actor=table.leader, now=table.now)
    other = table.open()
    with pytest.raises(services.OpenAlready):
        evaluation_reopen(evaluation=answered, reason="why", actor=table.leader, now=table.now)
    evaluation_cancel(evaluation=other, actor=table.leader, now=table.now)
    evaluation_reopen(evaluation=answered, reason="1.1.1 was not met", actor=table.leader, now=table.now)
    reopened = fresh(answered)
    assert (reopened.state, reopened.round, reopened.locked_at) == ("open", 2, None)
    entry = AuditEntry.objects.get(action="evaluation.reopened")
    assert entry.after["reason"] == "1.1.1 was not met"
    assert Answer.objects.filter(evaluation=answered).count() == 61


def _at_once(*works) -> list[BaseException]:
    """Run the works at the same moment, each with a connection of its own; what they raised."""
    failures: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait(20)
            work()
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_everybody_signs_at_the_same_moment():
    table = lay_table()
    evaluation = table.open()
    table.answer_all(evaluation)
    people = (table.kari, table.ola, table.leader)
    assert not _at_once(*[lambda who=who: sign(table, evaluation, who) for who in people])
    assert fresh(evaluation).state == "locked"
    assert Signature.objects.count() == 3
    assert AuditEntry.objects.filter(action="evaluation.locked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_signing_twice_at_once_and_an_answer_at_the_same_moment():
    table = lay_table()
    evaluation = table.open()
    table.answer_all(evaluation)
    failures = _at_once(
        lambda: sign(table, evaluation, table.kari),
        lambda: sign(table, evaluation, table.kari),
        lambda: table.answer(evaluation, status="green", actor=table.ola),
    )
    assert Signature.objects.count() == 1
    kinds = [type(error) for error in failures]
    assert SignedAlready in kinds
    # The answer came before the signature, or was refused; never after it.
    answer = Answer.objects.get(evaluation=evaluation, item__code="1.1.1")
    assert (services.NotOpen in kinds) is (answer.status == "yellow")


@pytest.mark.django_db(transaction=True)
def test_two_open_the_same_evaluation_at_once():
    table = lay_table()
    failures = _at_once(table.open, table.open)
    assert Evaluation.objects.count() == 1
    assert [type(error) for error in failures] == [services.OpenAlready]


@pytest.mark.django_db(transaction=True)
def test_two_answer_one_item_at_once():
    table = lay_table()
    evaluation = table.open()
    failures = _at_once(
        lambda: table.answer(evaluation, status="green", actor=table.ola, version=0),
        lambda: table.answer(evaluation, status="red", actor=table.kari, version=0),
    )
    assert [type(error) for error in failures] == [services.StaleAnswer]
    assert Answer.objects.get().version == 1
