"""From draft to standard, and that one revision at most is in force at any instant."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amps.models import AuditEntry
from sops import drafting, lifecycle
from sops.history import Standing, history_of
from sops.models import RevisionState, Sop, SopRevision
from tests.sops.cast import NOW, Cast, header_texts, send_draft, step_values, write_draft

TOMORROW = NOW + dt.timedelta(days=1)


def test_the_old_revision_stays_in_force_until_the_new_one_is(cast: Cast):
    revision = send_draft(cast)
    lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=TOMORROW, now=NOW)

    before = SopRevision.objects.in_force(TOMORROW - dt.timedelta(microseconds=1)).get()
    assert before.number == 1
    assert SopRevision.objects.in_force(TOMORROW).get().number == 2
    lines = {line.revision.number: line for line in history_of(cast.sop, now=NOW).lines}
    assert (lines[1].standing, lines[1].until) == (Standing.IN_FORCE, TOMORROW)
    assert lines[2].standing == Standing.COMING
    later = {line.revision.number: line.standing for line in history_of(cast.sop, now=TOMORROW).lines}
    assert later == {1: Standing.SUPERSEDED, 2: Standing.IN_FORCE}


def test_every_stage_is_on_the_audit_trail(cast: Cast):
    revision = send_draft(cast)
    lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=TOMORROW, now=NOW)
    entries = AuditEntry.objects.filter(target_type="sops.soprevision", target_id=str(revision.pk))
    actions = list(entries.order_by("pk").values_list("action", "actor_name"))
    assert actions == [
        ("sop_revision.drafted", str(cast.operator)),
        ("sop_revision.edited", str(cast.operator)),
        ("sop_revision.sent", str(cast.operator)),
        ("sop_revision.approved", str(cast.lead)),
    ]


def test_the_author_cannot_approve(cast: Cast):
    revision = send_draft(cast, author=cast.lead)
    with pytest.raises(lifecycle.OwnWork):
        lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=TOMORROW, now=NOW)
    lifecycle.revision_approve(revision=revision, approver=cast.lead2, effective_from=TOMORROW, now=NOW)


def test_nobody_who_changed_the_draft_approves_it(cast: Cast):
    draft = write_draft(cast)
    texts = header_texts(draft, title_en="Anode change, by the lead")
    drafting.draft_edit(revision=draft, version=draft.version, texts=texts, roles=[cast.role], actor=cast.lead)
    lifecycle.revision_send(revision=draft, actor=cast.operator, now=NOW)
    with pytest.raises(lifecycle.OwnWork):
        lifecycle.revision_approve(revision=draft, approver=cast.lead, effective_from=TOMORROW, now=NOW)


def test_a_date_in_the_past_is_refused(cast: Cast):
    revision = send_draft(cast)
    with pytest.raises(lifecycle.EffectiveInPast):
        lifecycle.revision_approve(
            revision=revision, approver=cast.lead, effective_from=NOW - dt.timedelta(seconds=1), now=NOW
        )
    revision.refresh_from_db()
    assert revision.state == RevisionState.REVIEW


def test_a_revision_never_comes_before_an_older_one(cast: Cast):
    second = send_draft(cast)
    lifecycle.revision_approve(revision=second, approver=cast.lead, effective_from=NOW + dt.timedelta(days=10), now=NOW)
    third = send_draft(cast)
    assert third.based_on is not None
    assert third.based_on.number == 2
    with pytest.raises(lifecycle.EffectiveTooEarly) as refused:
        lifecycle.revision_approve(revision=third, approver=cast.lead, effective_from=TOMORROW, now=NOW)
    assert refused.value.other == second


def test_sending_asks_for_words_about_each_changed_step(cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    with pytest.raises(lifecycle.NothingChanged):
        lifecycle.revision_send(revision=draft, actor=cast.operator, now=NOW)
    for number in (1, 3):
        step = draft.steps.get(number=number)
        values = step_values(step, text_nb="Noe annet.")
        drafting.step_save(
            revision=draft, version=draft.version, step=step, values=values, assist=[], actor=cast.operator
        )
    with pytest.raises(lifecycle.SummaryMissing) as refused:
        lifecycle.revision_send(revision=draft, actor=cast.operator, now=NOW)
    assert refused.value.steps == [0, 1, 3]


def test_a_first_draft_needs_steps(cast: Cast):
    draft = drafting.sop_create(
        code="SOP-11",
        process=cast.sop.process,
        owner=cast.plant.el1,
        titles={"en": "New", "nb": ""},
        author=cast.lead,
        now=NOW,
    )
    with pytest.raises(lifecycle.NoSteps):
        lifecycle.revision_send(revision=draft, actor=cast.lead, now=NOW)


def test_sent_back_with_words_it_is_a_draft_again(cast: Cast):
    revision = send_draft(cast)
    with pytest.raises(lifecycle.NoteMissing):
        lifecycle.revision_send_back(revision=revision, actor=cast.lead, note=" \n", now=NOW)
    lifecycle.revision_send_back(revision=revision, actor=cast.lead, note="Say how thick.", now=NOW)
    revision.refresh_from_db()
    assert (revision.state, revision.review_note, revision.sent_at) == (RevisionState.DRAFT, "Say how thick.", None)


def test_only_the_author_withdraws(cast: Cast):
    revision = send_draft(cast)
    with pytest.raises(lifecycle.NotTheAuthor):
        lifecycle.revision_withdraw(revision=revision, actor=cast.mate, now=NOW)
    lifecycle.revision_withdraw(revision=revision, actor=cast.operator, now=NOW)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=TOMORROW, now=NOW)
    assert drafting.draft_start(sop=cast.sop, author=cast.mate, now=NOW).number == 3


def test_what_is_approved_is_approved_once(cast: Cast):
    revision = send_draft(cast)
    lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=TOMORROW, now=NOW)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.revision_approve(revision=revision, approver=cast.lead2, effective_from=TOMORROW, now=NOW)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.revision_withdraw(revision=revision, actor=cast.operator, now=NOW)
    with pytest.raises(drafting.NotADraft):
        drafting.draft_edit(revision=revision, version=1, texts=header_texts(revision), roles=[], actor=cast.operator)


MOVES = st.lists(
    st.tuples(st.sampled_from(["approve", "send_back", "withdraw"]), st.integers(-3, 30)), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, probes=st.lists(st.integers(-24, 24 * 40), min_size=1, max_size=5))
def test_at_any_instant_one_revision_at_most_is_in_force(cast: Cast, moves: list[tuple[str, int]], probes: list[int]):
    """Whatever is approved, sent back or withdrawn for whatever day, each instant has the newest due revision."""
    with transaction.atomic():
        for move, days in moves:
            sop = Sop.objects.get(pk=cast.sop.pk)
            revision = sop.revisions.open().first() or write_draft(cast)
            if revision.state == RevisionState.DRAFT:
                lifecycle.revision_send(revision=revision, actor=cast.operator, now=NOW)
            try:
                _play(cast, revision, move, NOW + dt.timedelta(days=days))
            except (lifecycle.EffectiveInPast, lifecycle.EffectiveTooEarly):
                continue
        approved = list(cast.sop.revisions.filter(state=RevisionState.APPROVED).order_by("number"))
        starts = [revision.effective_from for revision in approved if revision.effective_from]
        assert starts == sorted(set(starts))
        for hours in probes:
            instant = NOW + dt.timedelta(hours=hours)
            found = list(SopRevision.objects.filter(sop=cast.sop).in_force(instant))
            due = [r.number for r in approved if r.effective_from is not None and r.effective_from <= instant]
            assert [revision.number for revision in found] == [max(due)]
            standings = [line.standing for line in history_of(cast.sop, now=instant).lines]
            assert standings.count(Standing.IN_FORCE) == 1
        transaction.set_rollback(True)


def _play(cast: Cast, revision: SopRevision, move: str, at: dt.datetime) -> None:
    if move == "approve":
        lifecycle.revision_approve(revision=revision, approver=cast.lead, effective_from=at, now=NOW)
    elif move == "send_back":
        lifecycle.revision_send_back(revision=revision, actor=cast.lead, note="No.", now=NOW)
    else:
        lifecycle.revision_withdraw(revision=revision, actor=cast.operator, now=NOW)
