"""The editor, with and without JavaScript."""

import pytest
from django.urls import reverse

from sops import drafting
from sops.models import Sop, SopRevision
from tests.sops.cast import NOW, Cast, send_draft

HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft(client, cast: Cast) -> SopRevision:
    client.force_login(cast.operator)
    return drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)


def url(name: str, *more: object) -> str:
    return reverse(f"sops:{name}", args=["SOP-01", 2, *more])


def step_data(draft: SopRevision, **changed: object) -> dict[str, object]:
    return {
        "version": draft.version,
        "role": draft.steps.get(number=2).role_id,
        "minutes": "2,5",
        "text_nb": "Gjør ting 2.",
        "text_en": "Do it well.",
        **changed,
    }


def test_a_step_is_stored_with_a_decimal_comma(client, draft: SopRevision):
    step = draft.steps.get(number=2)
    response = client.post(url("step_edit", step.pk), step_data(draft, change_nb="Bedre."))
    assert response["Location"] == url("edit")
    step.refresh_from_db()
    assert (step.text_en, str(step.minutes), step.change_nb) == ("Do it well.", "2.5", "Bedre.")


def test_with_htmx_the_editor_comes_back_in_its_place(client, draft: SopRevision):
    step = draft.steps.get(number=2)
    response = client.post(url("step_edit", step.pk), step_data(draft), headers=HTMX)
    assert response["HX-Retarget"] == "#editor"
    text = response.content.decode()
    assert text.strip().startswith('<div id="editor"')
    assert "<html" not in text
    assert "Do it well." in text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"text_nb": "", "text_en": ""}, "Write this in one of the languages at least."),
        ({"minutes": "-1"}, "greater than or equal to 0"),
        ({"minutes": "1e308"}, "no more than 6 digits"),
        ({"minutes": "soon"}, "Enter a number."),
        ({"minutes": "NaN"}, "Enter a number."),
        ({"role": "999999"}, "Select a valid choice."),
        ({"result_en": "x" * 4001}, "This text is too long."),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_is_lost(
    client, draft: SopRevision, changed: dict[str, str], sentence: str
):
    step = draft.steps.get(number=2)
    data = step_data(draft, safety_en="Typed and kept", **changed)
    response = client.post(url("step_edit", step.pk), data, headers=HTMX)
    text = response.content.decode()
    assert response.status_code == 200
    assert sentence in text
    assert "Typed and kept" in text
    step.refresh_from_db()
    assert step.text_en == "Do thing 2."


def test_a_lost_update_is_refused_and_both_texts_are_shown(client, draft: SopRevision, cast: Cast):
    step = draft.steps.get(number=2)
    seen = step_data(draft, text_en="Mine.")
    client.post(url("step_edit", step.pk), step_data(draft, text_en="Theirs."))
    response = client.post(url("step_edit", step.pk), seen)
    text = response.content.decode()
    assert "Someone else has changed this draft" in text
    assert "Mine." in text
    assert "Theirs." in text
    step.refresh_from_db()
    assert step.text_en == "Theirs."
    draft.refresh_from_db()
    client.post(url("step_edit", step.pk), step_data(draft, text_en="Mine."))
    step.refresh_from_db()
    assert step.text_en == "Mine."


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "٣"])
def test_a_version_that_never_was_changes_nothing(client, draft: SopRevision, version: str):
    step = draft.steps.get(number=3)
    response = client.post(url("step_remove", step.pk), {"version": version}, headers=HTMX)
    assert "Someone else has changed this draft" in response.content.decode()
    assert draft.steps.count() == 3


def test_steps_are_added_moved_and_removed(client, draft: SopRevision):
    client.post(url("step_add"), step_data(draft, text_en="Last.", text_nb=""))
    draft.refresh_from_db()
    added = draft.steps.get(number=4)
    client.post(url("step_move", added.pk), {"version": draft.version, "direction": "up"})
    draft.refresh_from_db()
    client.post(url("step_remove", draft.steps.get(number=1).pk), {"version": draft.version})
    assert list(draft.steps.order_by("number").values_list("text_en", flat=True)) == [
        "Do thing 2.",
        "Last.",
        "Do thing 3.",
    ]
    assert client.post(url("step_move", added.pk), {"version": 9, "direction": "away"}).status_code == 400


def test_a_step_that_is_gone_is_told(client, draft: SopRevision):
    step = draft.steps.get(number=3)
    client.post(url("step_remove", step.pk), {"version": draft.version})
    draft.refresh_from_db()
    for name in ("step_remove", "step_move"):
        response = client.post(url(name, step.pk), {"version": draft.version, "direction": "up"}, headers=HTMX)
        assert "Someone else has changed this draft" in response.content.decode()
    assert client.get(url("step_edit", step.pk))["Location"] == url("edit")


def test_points_are_bound_and_unbound(client, draft: SopRevision, cast: Cast):
    bound = draft.points.get(code="SOP-01.1")
    client.post(url("point_unbind", bound.pk), {"version": draft.version})
    draft.refresh_from_db()
    step = draft.steps.get(number=1)
    client.post(url("point_bind", step.pk), {"version": draft.version, "point": cast.points[0].pk})
    assert draft.points.get(point=cast.points[0]).step == step
    draft.refresh_from_db()
    response = client.post(
        url("point_bind", step.pk), {"version": draft.version, "point": cast.points[0].pk}, headers=HTMX
    )
    assert "Choose an observation point" in response.content.decode()


def test_texts_are_stored_in_one_language_or_both(client, draft: SopRevision, cast: Cast):
    data = {"version": draft.version, "title_nb": "Ny tittel", "summary_nb": "Fordi.", "roles": [cast.role.pk]}
    assert client.post(url("header"), data)["Location"] == url("edit")
    draft.refresh_from_db()
    assert (draft.title_nb, draft.title_en, draft.title, draft.summary_nb) == ("Ny tittel", "", "Ny tittel", "Fordi.")
    data = {"version": draft.version, "title_nb": " ", "purpose_en": "Typed and kept"}
    text = client.post(url("header"), data).content.decode()
    assert "Write this in one of the languages at least." in text
    assert "Typed and kept" in text


def test_a_revision_in_review_is_not_edited(client, cast: Cast):
    revision = send_draft(cast)
    client.force_login(cast.operator)
    assert client.get(url("edit"))["Location"] == url("revision")
    step = revision.steps.get(number=1)
    response = client.post(url("step_remove", step.pk), {"version": revision.version}, headers=HTMX)
    assert response["HX-Redirect"] == url("revision")
    assert revision.steps.count() == 3


def test_an_interrupted_session_is_asked_to_sign_in(client, draft: SopRevision):
    client.logout()
    response = client.post(url("step_edit", draft.steps.get(number=1).pk), step_data(draft))
    assert response["Location"].startswith(reverse("account_login"))


def test_the_editor_costs_the_same_however_many_steps(client, draft: SopRevision, django_assert_max_num_queries):
    client.get(url("edit"))
    with django_assert_max_num_queries(24) as few:
        client.get(url("edit"))
    count = len(few)  # before the next request empties the log
    for _ in range(4):
        draft.refresh_from_db()
        client.post(url("step_add"), step_data(draft))
    client.get(url("edit"))
    with django_assert_max_num_queries(count):
        client.get(url("edit"))


def test_a_second_writer_lands_in_the_same_draft(client, draft: SopRevision, cast: Cast):
    client.force_login(cast.mate)
    response = client.post(reverse("sops:draft", args=["SOP-01"]), follow=True)
    assert "is being written already" in response.content.decode()
    assert cast.sop.revisions.count() == 2


def test_a_new_sop_begins_as_a_draft(client, cast: Cast):
    client.force_login(cast.lead)
    data = {"code": "SOP-12", "process": cast.sop.process_id, "owner": cast.plant.el2.pk, "title_nb": "Ny jobb"}
    response = client.post(reverse("sops:new"), data)
    assert response["Location"] == reverse("sops:edit", args=["SOP-12", 1])
    assert Sop.objects.get(code="SOP-12").owner == cast.plant.el2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "new"}, "Write it like SOP-11"),
        ({"code": "SOP-01"}, "SOP-01 is taken."),
        ({"title_nb": ""}, "Write this in one of the languages at least."),
        ({"owner": "st1"}, "Select a valid choice."),
    ],
)
def test_a_new_sop_with_bad_input_is_not_made(client, cast: Cast, changed: dict[str, str], sentence: str):
    client.force_login(cast.lead)
    owner = cast.plant.st1 if changed.get("owner") == "st1" else cast.plant.el1
    data = {
        "code": "SOP-12",
        "process": cast.sop.process_id,
        "title_nb": "Ny jobb",
        **changed,
        "owner": owner.pk,
    }
    response = client.post(reverse("sops:new"), data)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert Sop.objects.count() == 1
