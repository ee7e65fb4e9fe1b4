"""Writing a draft: copies, lost updates, steps in order, codes of points that stay."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amps.models import AuditEntry
from sops import drafting
from sops.comparison import Piece, StepKind, compare, content_of, segments
from sops.models import SopRevision
from tests.sops.cast import NOW, Cast, header_texts, make_point, step_values


def start(cast: Cast) -> SopRevision:
    return drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)


def test_a_draft_is_a_copy_of_the_revision_in_force(cast: Cast):
    draft = start(cast)
    assert (draft.number, draft.based_on, draft.summary_en) == (2, cast.revision, "")
    assert compare(content_of(cast.revision), content_of(draft)).is_empty
    codes = list(draft.points.order_by("position").values_list("code", "step__number"))
    assert codes == [("SOP-01.1", 2), ("SOP-01.2", 2)]


def test_an_sop_has_one_draft_at_a_time(cast: Cast):
    start(cast)
    with pytest.raises(drafting.DraftExists):
        drafting.draft_start(sop=cast.sop, author=cast.mate, now=NOW)
    assert cast.sop.revisions.count() == 2


def test_two_people_writing_lose_nothing(cast: Cast):
    draft = start(cast)
    seen = draft.version
    step = draft.steps.get(number=1)
    drafting.step_save(
        revision=draft, version=seen, step=step, values=step_values(step, text_en="First."), assist=[], actor=cast.mate
    )
    with pytest.raises(drafting.EditedMeanwhile):
        drafting.step_save(
            revision=draft,
            version=seen,
            step=step,
            values=step_values(step, text_en="Second."),
            assist=[],
            actor=cast.operator,
        )
    step.refresh_from_db()
    assert step.text_en == "First."
    assert set(draft.editors.all()) == {cast.operator, cast.mate}


def test_a_removed_step_takes_its_points_and_the_rest_is_numbered_anew(cast: Cast):
    draft = start(cast)
    drafting.step_remove(revision=draft, version=draft.version, step=draft.steps.get(number=2), actor=cast.operator)
    assert list(draft.steps.values_list("number", "text_en")) == [(1, "Do thing 1."), (2, "Do thing 3.")]
    assert not draft.points.exists()
    entry = AuditEntry.objects.get(action="sop_step.removed")
    assert entry.before is not None
    assert entry.before["points"] == ["SOP-01.1", "SOP-01.2"]
    kinds = [c.kind for c in compare(content_of(cast.revision), content_of(draft)).steps]
    assert kinds == [StepKind.SAME, StepKind.REMOVED, StepKind.SAME]


def test_a_point_gets_its_old_code_back_and_a_new_point_a_code_never_used(cast: Cast):
    draft = start(cast)
    step = draft.steps.get(number=3)
    bound = draft.points.get(code="SOP-01.2")
    drafting.point_unbind(revision=draft, version=draft.version, bound=bound, actor=cast.operator)
    new = make_point("new_one")
    first = drafting.point_bind(revision=draft, version=draft.version, step=step, point=new, actor=cast.operator)
    second = drafting.point_bind(
        revision=draft, version=draft.version, step=step, point=cast.points[1], actor=cast.operator
    )
    assert (first.code, second.code) == ("SOP-01.3", "SOP-01.2")
    with pytest.raises(drafting.PointBoundAlready):
        drafting.point_bind(revision=draft, version=draft.version, step=step, point=new, actor=cast.operator)


def test_a_moved_step_is_called_moved_and_not_changed(cast: Cast):
    draft = start(cast)
    drafting.step_move(
        revision=draft, version=draft.version, step=draft.steps.get(number=3), direction="up", actor=cast.operator
    )
    comparison = compare(content_of(cast.revision), content_of(draft))
    assert [c.kind for c in comparison.steps].count(StepKind.MOVED) == 1
    assert not comparison.without_summary


def test_only_the_other_language_changed_is_said_so(cast: Cast):
    draft = start(cast)
    drafting.draft_edit(
        revision=draft,
        version=draft.version,
        texts=header_texts(draft, purpose_nb="Noe helt annet."),
        roles=[],
        actor=cast.operator,
    )
    changes = compare(content_of(cast.revision), content_of(draft)).header
    assert {change.field for change in changes} == {"purpose", "roles"}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["up", "down"])), max_size=6))
def test_moving_never_loses_a_step(cast: Cast, moves: list[tuple[int, str]]):
    draft = cast.sop.revisions.open().first() or start(cast)
    ids = set(draft.steps.values_list("pk", flat=True))
    for at, direction in moves:
        step = draft.steps.order_by("number")[at]
        drafting.step_move(
            revision=draft,
            version=draft.version,
            step=step,
            direction="up" if direction == "up" else "down",
            actor=cast.operator,
        )
    assert set(draft.steps.values_list("pk", flat=True)) == ids
    assert list(draft.steps.values_list("number", flat=True)) == [1, 2, 3]


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_word_by_word_view_gives_both_texts_back(before: str, after: str):
    pieces = segments(before, after)
    assert "".join(p.text for p in pieces if p.kind != Piece.REMOVED) == after
    if not any(p.kind == Piece.SAME for p in pieces):
        assert "".join(p.text for p in pieces if p.kind != Piece.ADDED) == before
