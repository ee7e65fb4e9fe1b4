"""A new observation point, written at a step of a draft: the service, the page, and when rounds begin to ask for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from amps.models import AuditEntry
from kpis.models import IndicatorPoint
from observations.models import ObservationPlan, RoundPoint
from observations.planning import rounds_ensure
from sops import drafting, lifecycle
from sops.models import ObservationPoint, PointKind, SopPoint, SopRevision
from sops.register import PointExists, code_of, point_edit, point_like
from sops.wording import limits_text, sample_text
from tests import factories
from tests.kpis.world import make_indicator
from tests.sops.cast import NOW, Cast, make_point, make_sop, step_values

HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(client, cast: Cast) -> SopRevision:
    client.force_login(cast.operator)
    return drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)


def url(name: str, *more: object) -> str:
    return reverse(f"sops:{name}", args=["SOP-01", 2, *more])


def add_url(draft: SopRevision, number: int = 3) -> str:
    return url("point_add", draft.steps.get(number=number).pk)


def data(draft: SopRevision, **changed: object) -> dict[str, object]:
    """A yes or no as the page sends it: the number's fields come along with what stands in them at first."""
    return {
        "version": draft.version,
        "text_nb": "Gulvet er ryddig",
        "text_en": "The floor is clear",
        "how_nb": "Se langs hele cella.",
        "kind": "yes_no",
        "unit": "",
        "decimals": "1",
        "minimum": "",
        "maximum": "",
        "sample_of": "cell",
        "sample_size": "4",
        "sample_per": "shift",
        **changed,
    }


MEASURED = {"kind": "measurement", "unit": "mm", "minimum": "1,5", "maximum": "3", "decimals": "2"}


def values(**changed: object) -> dict[str, object]:
    return {
        "text_en": "The floor is clear",
        "text_nb": "",
        "how_en": "",
        "how_nb": "",
        "kind": "yes_no",
        "unit": "",
        "decimals": 0,
        "minimum": None,
        "maximum": None,
        "critical": False,
        "sample_size": None,
        "sample_of": "cell",
        "sample_per": "shift",
        **changed,
    }


# --- the service ---


def test_the_point_and_its_place_are_made_together_and_stand_on_the_audit_trail(cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    step = draft.steps.get(number=3)
    bound = drafting.point_add(revision=draft, version=1, step=step, values=values(), actor=cast.mate)
    assert (bound.point.code, bound.code, bound.step, bound.revision) == ("the_floor_is_clear", "SOP-01.3", step, draft)
    assert draft.version == 2
    assert cast.mate in draft.editors.all()  # who wrote the point does not approve it
    entries = {
        entry.action: entry for entry in AuditEntry.objects.filter(action__in=["point.added", "sop_point.bound"])
    }
    assert (entries["point.added"].after or {})["text_en"] == "The floor is clear"
    assert entries["sop_point.bound"].after == {"code": "SOP-01.3", "point": "the_floor_is_clear", "step": 3}
    assert {entry.actor_name for entry in entries.values()} == {str(cast.mate)}


def test_a_refused_edit_leaves_no_point_behind(cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    step = draft.steps.get(number=3)
    known = ObservationPoint.objects.count()
    with pytest.raises(drafting.EditedMeanwhile):
        drafting.point_add(revision=draft, version=7, step=step, values=values(), actor=cast.operator)
    other = cast.revision.steps.get(number=1)  # of another revision
    with pytest.raises(type(other).DoesNotExist):
        drafting.point_add(revision=draft, version=1, step=other, values=values(), actor=cast.operator)
    with pytest.raises(PointExists) as refused:
        drafting.point_add(
            revision=draft, version=1, step=step, values=values(text_en="point HOLE_open "), actor=cast.operator
        )
    assert refused.value.point == cast.points[0]
    assert ObservationPoint.objects.count() == known
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_revision_in_review_takes_no_new_point(cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    SopRevision.objects.filter(pk=draft.pk).update(state="review")
    with pytest.raises(drafting.NotADraft):
        drafting.point_add(
            revision=draft, version=1, step=draft.steps.get(number=1), values=values(), actor=cast.operator
        )
    assert not ObservationPoint.objects.filter(code="the_floor_is_clear").exists()


def test_a_text_that_makes_a_code_twice_gets_a_number(cast: Cast):
    make_point("the_floor_is_clear", text_en="Another", text_nb="En annen")
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    codes = []
    for text in ("The floor is clear!", "The floor: is clear"):
        bound = drafting.point_add(
            revision=draft,
            version=draft.version,
            step=draft.steps.get(number=1),
            values=values(text_en=text),
            actor=cast.operator,
        )
        codes.append(bound.point.code)
    assert codes == ["the_floor_is_clear_2", "the_floor_is_clear_3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Måling på søyle nr. 4", "maling_pa_soyle_nr_4"),
        ("  Æsj – ÅR! ", "aesj_ar"),
        ("温度", "point"),
        ("?!", "point"),
        ("x" * 90, "x" * 50),
        ("word " * 20, "word_word_word_word_word_word_word_word_word_word"),
    ],
)
def test_a_code_is_made_of_a_text(text: str, code: str):
    assert code_of(text) == code


@given(st.text(max_size=200))
def test_every_text_has_a_code_that_an_address_takes(text: str):
    code = code_of(text)
    assert code.isascii()
    assert 0 < len(code) <= 50
    assert code.replace("_", "a").isalnum()


def test_the_same_text_is_found_in_either_language_whatever_case_and_spaces(cast: Cast):
    assert point_like("", " PUNKT  hole_open") == cast.points[0]
    assert point_like("punkt COVER", "") == cast.points[1]
    assert point_like("", "") is None
    assert point_like("Point hole_open.") is None


def test_a_point_with_one_language_is_changed_like_the_others(cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    step = draft.steps.get(number=1)
    point = drafting.point_add(revision=draft, version=1, step=step, values=values(), actor=cast.operator).point
    fields = {name: getattr(point, name) for name in ("minimum", "maximum", "decimals", "active", "sample_per")}
    point_edit(point=point, version=1, values={**fields, "critical": True, "sample_size": 2}, actor=cast.leader)
    point.refresh_from_db()
    assert (point.critical, point.sample_size, point.text) == (True, 2, "The floor is clear")


# --- the page ---


def test_the_editor_leads_to_it_and_it_leads_back(client, draft: SopRevision):
    assert add_url(draft) in client.get(url("edit")).content.decode()
    page = client.get(add_url(draft))
    assert page.status_code == 200
    assert "Do thing 3." in page.content.decode()
    answer = client.post(add_url(draft), data(draft), follow=True)
    step = draft.steps.get(number=3)
    assert answer.redirect_chain == [(f"{url('edit')}#step-{step.pk}", 302)]
    text = answer.content.decode()
    assert "SOP-01.3 is new here." in text
    assert reverse("sops:point", args=["the_floor_is_clear"]) in text
    point = SopPoint.objects.get(revision=draft, step=step).point
    assert (point.kind, point.unit, point.decimals, point.minimum, point.maximum) == ("yes_no", "", 0, None, None)
    assert (point.active, point.critical) == (True, False)
    assert sample_text(point) == "4 cells per shift"
    assert point.how_nb == "Se langs hele cella."


def test_a_measurement_is_stored_with_unit_decimals_and_limits(client, draft: SopRevision):
    client.post(add_url(draft), data(draft, **MEASURED, critical="on", sample_size="", sample_per="week"))
    point = ObservationPoint.objects.get(code="the_floor_is_clear")
    assert (point.unit, point.decimals, point.critical) == ("mm", 2, True)
    assert limits_text(point) == "1.5 – 3.0 mm"
    assert (sample_text(point), point.sample_per) == ("each cell", "week")


def test_a_count_has_whole_limits_and_no_decimals(client, draft: SopRevision):
    client.post(add_url(draft), data(draft, kind="count", unit="holes", maximum="0", decimals="many"))
    point = ObservationPoint.objects.get(code="the_floor_is_clear")
    assert (point.kind, point.decimals, point.minimum, point.maximum) == ("count", 0, None, Decimal(0))
    assert limits_text(point) == "none"


def test_what_does_not_belong_to_yes_or_no_is_left_out(client, draft: SopRevision):
    """The fields of the number are out of sight then, so what stands in them can't be wrong."""
    odd = {"unit": "mm", "minimum": "thick", "maximum": "1e308", "decimals": "-4"}
    assert client.post(add_url(draft), data(draft, **odd)).status_code == 302
    point = ObservationPoint.objects.get(code="the_floor_is_clear")
    assert (point.unit, point.minimum, point.maximum, point.decimals) == ("", None, None, 0)


def test_something_else_is_sampled_and_one_language_is_enough(client, draft: SopRevision):
    client.post(add_url(draft), data(draft, text_en="", sample_of="other", sample_size=""))
    point = ObservationPoint.objects.get(code="gulvet_er_ryddig")
    assert (point.text_en, point.text, point.sample_of) == ("", "Gulvet er ryddig", "")
    assert sample_text(point) == "each one"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"text_nb": "", "text_en": "  "}, "Write this in one of the languages at least."),
        ({"text_en": "x" * 201}, "at most 200 characters"),
        ({"how_en": "x" * 4001}, "This text is too long."),
        ({"kind": "event"}, "Select a valid choice."),
        ({"kind": ""}, "This field is required."),
        ({**MEASURED, "unit": " "}, "Say what it is measured in, or what is counted."),
        ({**MEASURED, "unit": "m" * 31}, "at most 30 characters"),
        ({**MEASURED, "decimals": ""}, "Say how many decimals are shown."),
        ({**MEASURED, "decimals": "7"}, "Six decimals at most."),
        ({**MEASURED, "minimum": "4"}, "can&#x27;t be below the lowest"),
        ({**MEASURED, "minimum": "1e308"}, "no more than 18 digits"),
        ({**MEASURED, "minimum": "NaN"}, "Enter a number."),
        ({**MEASURED, "maximum": "thick"}, "Enter a number."),
        ({"kind": "count", "unit": "holes", "maximum": "2,5"}, "A count is a whole number."),
        ({"kind": "count", "unit": "holes", "minimum": "-1"}, "A count can&#x27;t be below zero."),
        ({"kind": "count", "unit": ""}, "Say what it is measured in, or what is counted."),
        ({"sample_size": "0"}, "greater than or equal to 1"),
        ({"sample_size": "1001"}, "less than or equal to 1000"),
        ({"sample_of": "moon"}, "Select a valid choice."),
        ({"sample_per": "year"}, "Select a valid choice."),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(client, draft: SopRevision, changed: dict[str, str], sentence: str):
    response = client.post(add_url(draft), data(draft, how_nb="Typed and kept", **changed))
    text = response.content.decode()
    assert response.status_code == 200
    assert sentence in text
    assert "Typed and kept" in text
    assert not ObservationPoint.objects.filter(how_nb="Typed and kept").exists()


@pytest.mark.parametrize(
    ("other", "advice"),
    [
        ({}, "Choose it from the list at the step"),
        ({"kind": PointKind.EVENT}, "It is a series of events"),
    ],
)
def test_a_text_that_is_there_is_refused_with_a_link(client, draft: SopRevision, other: dict[str, str], advice: str):
    make_point("clear_floor", text_nb="gulvet  ER ryddig ", **other)
    text = client.post(add_url(draft), data(draft)).content.decode()
    assert "The register has this point already:" in text
    assert reverse("sops:point", args=["clear_floor"]) in text
    assert advice in text
    assert "Se langs hele cella." in text
    assert ObservationPoint.objects.count() == 3


def test_a_point_of_this_very_sop_is_refused_too(client, draft: SopRevision):
    text = client.post(add_url(draft), data(draft, text_en="Point cover")).content.decode()
    assert "This SOP watches it already." in text


def test_a_lost_update_is_told_and_stored_on_the_second_try(client, draft: SopRevision, cast: Cast):
    step = draft.steps.get(number=1)
    drafting.step_save(
        revision=draft, version=1, step=step, values=step_values(step, text_en="Else."), assist=[], actor=cast.mate
    )
    answer = client.post(add_url(draft), data(draft, version="1"))
    assert "Someone else has changed this draft" in answer.content.decode()
    assert "Gulvet er ryddig" in answer.content.decode()
    assert answer.context["revision"].version == 2
    assert client.post(add_url(draft), data(draft, version="2")).status_code == 302


def test_a_step_that_is_gone_leads_to_the_editor(client, draft: SopRevision, cast: Cast):
    address = add_url(draft)
    drafting.step_remove(revision=draft, version=1, step=draft.steps.get(number=3), actor=cast.mate)
    for answer in (client.get(address, follow=True), client.post(address, data(draft), follow=True)):
        assert answer.redirect_chain == [(url("edit"), 302)]
        assert "Someone else has changed this draft" in answer.content.decode()


def test_what_is_no_draft_leads_away(client, draft: SopRevision):
    SopRevision.objects.filter(pk=draft.pk).update(state="review")
    for answer in (client.get(add_url(draft), follow=True), client.post(add_url(draft), data(draft), follow=True)):
        assert answer.redirect_chain[-1] == (url("revision"), 302)
        assert answer.content.decode().count("no longer a draft") == 1
    assert ObservationPoint.objects.count() == 2


def test_only_whoever_drafts_there_may(client, draft: SopRevision, cast: Cast):
    address = add_url(draft)
    client.force_login(cast.outsider)
    assert client.get(address).status_code == 403
    assert client.post(address, data(draft)).status_code == 403
    client.logout()
    assert client.post(address, data(draft))["Location"].startswith(reverse("account_login"))
    assert ObservationPoint.objects.count() == 2
    client.force_login(cast.mate)
    assert client.put(address).status_code == 405
    assert client.post(address, data(draft)).status_code == 302


def test_pages_of_the_register_say_that_it_is_not_in_force(client, draft: SopRevision, cast: Cast):
    client.post(add_url(draft), data(draft))
    listed = client.get(reverse("sops:points"), {"q": "floor"}).content.decode()
    assert "not in force yet" in listed
    page = reverse("sops:point", args=["the_floor_is_clear"])
    text = client.get(page).content.decode()
    assert "In no SOP in force yet: no round asks for it." in text
    assert url("revision") in text
    assert "Choose indicators" not in text
    client.force_login(cast.leader)
    assert reverse("kpis:point_feeds", args=["the_floor_is_clear"]) in client.get(page).content.decode()


# --- writing it anew ---


@pytest.fixture
def added(draft: SopRevision, cast: Cast) -> SopPoint:
    """A point that was written in the draft, by the operator."""
    step = draft.steps.get(number=3)
    return drafting.point_add(revision=draft, version=1, step=step, values=values(), actor=cast.operator)


def again(added: SopPoint, **changed: object) -> dict[str, object]:
    return {**data(added.revision, version=2, point_version=1), **changed}


def test_what_was_written_in_the_draft_is_written_anew(client, added: SopPoint, cast: Cast):
    address = url("point_rewrite", added.pk)
    assert f'href="{address}"' in client.get(url("edit")).content.decode()
    page = client.get(address).content.decode()
    assert 'value="The floor is clear"' in page
    client.force_login(cast.mate)
    answer = client.post(
        address, again(added, **MEASURED, text_en="The FLOOR is clear", sample_of="other"), follow=True
    )
    assert answer.redirect_chain == [(f"{url('edit')}#step-{added.step_id}", 302)]
    point = ObservationPoint.objects.get(pk=added.point_id)
    assert (point.code, point.text_en, point.kind, point.version) == (
        "the_floor_is_clear",
        "The FLOOR is clear",
        "measurement",
        2,
    )
    assert (limits_text(point), point.sample_of) == ("1.5 – 3.0 mm", "")
    entry = AuditEntry.objects.get(action="point.rewritten")
    assert (entry.before or {})["kind"] == "yes_no"
    assert cast.mate in added.revision.editors.all()
    assert 'value="other" selected' in client.get(address).content.decode()


def test_of_a_point_that_is_counted_on_the_texts_alone_are_written_anew(client, added: SopPoint, cast: Cast):
    IndicatorPoint.objects.create(indicator=make_indicator("O05"), point=added.point)
    address = url("point_rewrite", added.pk)
    assert "only its texts are changed here" in client.get(address).content.decode()
    client.post(address, again(added, **MEASURED, text_en="Else"))
    added.point.refresh_from_db()
    assert (added.point.text_en, added.point.kind, added.point.minimum) == ("Else", "yes_no", None)
    register_values = values(kind="measurement", unit="mm", text_en="Once more")
    drafting.point_rewrite(
        revision=added.revision,
        version=3,
        bound=added,
        point_version=2,
        values=register_values,
        actor=cast.mate,
    )
    added.point.refresh_from_db()
    assert (added.point.text_en, added.point.kind) == ("Once more", "yes_no")


def test_what_was_there_before_the_draft_is_not_written_anew(client, draft: SopRevision, cast: Cast):
    series = make_point("series")  # of the shipped standard, in no SOP yet
    drafting.point_bind(revision=draft, version=1, step=draft.steps.get(number=1), point=series, actor=cast.operator)
    for bound in draft.points.all():
        address = url("point_rewrite", bound.pk)
        assert f'href="{address}"' not in client.get(url("edit")).content.decode()
        answer = client.post(address, data(draft, version=2, point_version=1), follow=True)
        assert "This point was there before this draft" in answer.content.decode()
        with pytest.raises(drafting.NotWrittenHere):
            drafting.point_rewrite(
                revision=draft, version=2, bound=bound, point_version=1, values=values(), actor=cast.operator
            )
    assert not ObservationPoint.objects.filter(text_en="The floor is clear").exists()


def test_a_point_that_another_sop_binds_is_not_written_anew(client, added: SopPoint, cast: Cast):
    make_sop("SOP-02", owner=cast.plant.el1, role=cast.role, points=[added.point])
    answer = client.post(url("point_rewrite", added.pk), again(added, text_en="Else"), follow=True)
    assert "This point was there before this draft" in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"text_en": "POINT cover"}, "The register has this point already:"),
        ({"version": 1}, "Someone else has changed this draft"),
        ({"point_version": 7}, "Someone else has changed this draft"),
        ({"point_version": "x"}, "Someone else has changed this draft"),
        ({"text_en": "", "text_nb": ""}, "Write this in one of the languages at least."),
    ],
)
def test_writing_anew_refuses_as_writing_does(client, added: SopPoint, changed: dict[str, object], sentence: str):
    answer = client.post(url("point_rewrite", added.pk), again(added, **{"text_en": "Else", **changed}))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert answer.context["revision"].version == 2
    added.point.refresh_from_db()
    assert added.point.text_en == "The floor is clear"


def test_what_was_taken_away_or_sent_is_not_written_anew(client, added: SopPoint, cast: Cast):
    address = url("point_rewrite", added.pk)
    SopRevision.objects.filter(pk=added.revision_id).update(state="review")
    assert client.post(address, again(added), follow=True).redirect_chain[-1] == (url("revision"), 302)
    SopRevision.objects.filter(pk=added.revision_id).update(state="draft")
    drafting.point_unbind(revision=added.revision, version=2, bound=added, actor=cast.mate)
    answer = client.post(address, again(added), follow=True)
    assert answer.redirect_chain == [(url("edit"), 302)]
    client.force_login(cast.outsider)
    assert client.get(address).status_code == 403


# --- rounds ---


def asked(point: str) -> int:
    return RoundPoint.objects.filter(point__code=point).count()


def test_no_round_asks_for_it_before_its_revision_is_in_force(client, draft: SopRevision, cast: Cast):
    ObservationPlan.objects.create(sop=cast.sop, area=cast.plant.el1, valid_from=NOW.date(), targets_per_round=2)
    client.post(add_url(draft), data(draft))
    until, code = NOW + dt.timedelta(days=3), "the_floor_is_clear"

    def plan_rounds() -> None:
        rounds_ensure(now=NOW, until=until, since=NOW)

    plan_rounds()
    assert asked("hole_open") > 0
    assert asked(code) == 0

    draft.refresh_from_db()
    texts = {name: getattr(draft, name) for name in drafting.HEADER_FIELDS} | {"summary_en": "A point more."}
    drafting.draft_edit(revision=draft, version=draft.version, texts=texts, roles=[cast.role], actor=cast.operator)
    step = draft.steps.get(number=3)
    drafting.step_save(
        revision=draft,
        version=draft.version,
        step=step,
        values=step_values(step, change_en="A point more."),
        assist=[],
        actor=cast.operator,
    )
    sent = lifecycle.revision_send(revision=draft, actor=cast.operator, now=NOW)
    plan_rounds()
    assert asked(code) == 0

    starts = factories.oslo("2026-09-17 06:00")
    lifecycle.revision_approve(revision=sent, approver=cast.lead, effective_from=starts, now=NOW)
    plan_rounds()
    assert asked(code) > 0
    before = RoundPoint.objects.filter(point__code=code, round__shift__starts_at__lt=starts)
    assert not before.exists()
    assert asked("hole_open") > asked(code)
