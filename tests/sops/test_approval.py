"""Sending, approving with a date, sending back, withdrawing: as people do it on the page."""

import datetime as dt

import pytest
from django.urls import reverse

from sops import drafting
from tests.sops.cast import NOW, Cast, send_draft, write_draft


def url(name: str, number: int = 2) -> str:
    return reverse(f"sops:{name}", args=["SOP-01", number])


def test_approved_from_the_first_shift_of_the_day_chosen(client, cast: Cast):
    revision = send_draft(cast)
    client.force_login(cast.lead)
    assert "Your decision" in client.get(url("revision")).content.decode()
    assert client.post(url("approve"), {"date": "2026-09-20"})["Location"] == url("revision")
    revision.refresh_from_db()
    assert revision.effective_from == dt.datetime(2026, 9, 20, 4, tzinfo=dt.UTC)
    assert revision.approved_by == cast.lead


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        ("2026-09-15", "first shift has begun already"),  # it is noon: the day's first shift began at six
        ("2019-01-01", "first shift has begun already"),
        ("0001-01-01", "no shift calendar for that day"),
        ("2026-09-31", "Enter a valid date."),
        ("", "This field is required."),
        ("tomorrow", "Enter a valid date."),
    ],
)
def test_a_date_that_cannot_be_is_refused(client, cast: Cast, date: str, sentence: str):
    revision = send_draft(cast)
    client.force_login(cast.lead)
    response = client.post(url("approve"), {"date": date})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    revision.refresh_from_db()
    assert revision.state == "review"


def test_a_day_before_an_approved_revision_is_refused_in_words(client, cast: Cast):
    send_draft(cast)
    client.force_login(cast.lead)
    client.post(url("approve"), {"date": "2026-09-30"})
    send_draft(cast)
    response = client.post(url("approve", 3), {"date": "2026-09-20"})
    assert "Revision 2 is approved for that time or later." in response.content.decode()


def test_a_lead_is_not_offered_what_is_their_own(client, cast: Cast):
    revision = send_draft(cast, author=cast.lead)
    client.force_login(cast.lead)
    text = client.get(url("revision")).content.decode()
    assert "Your decision" not in text
    assert "another technical lead approves it" in text
    assert client.post(url("approve"), {"date": "2026-09-20"}).status_code == 403
    revision.refresh_from_db()
    assert revision.state == "review"


def test_sending_says_which_words_are_missing(client, cast: Cast):
    draft = drafting.draft_start(sop=cast.sop, author=cast.operator, now=NOW)
    client.force_login(cast.operator)
    text = client.post(url("send"), follow=True).content.decode()
    assert "This draft says the same as the revision before." in text
    step = draft.steps.get(number=3)
    client.post(
        reverse("sops:step_edit", args=["SOP-01", 2, step.pk]),
        {"version": draft.version, "role": step.role_id, "text_en": "Other."},
    )
    text = client.post(url("send"), follow=True).content.decode()
    assert "Say what is changed: in the summary under Texts, and in step 3." in text


def test_sent_and_sent_back_with_words(client, cast: Cast):
    revision = write_draft(cast)
    client.force_login(cast.operator)
    assert client.post(url("send"))["Location"] == url("revision")
    client.force_login(cast.lead)
    response = client.post(url("send_back"), {"note": " "})
    assert "This field is required." in response.content.decode()
    client.post(url("send_back"), {"note": "Say how thick."})
    revision.refresh_from_db()
    assert (revision.state, revision.review_note) == ("draft", "Say how thick.")


def test_of_two_decisions_the_second_is_told(client, cast: Cast):
    send_draft(cast)
    client.force_login(cast.lead)
    client.post(url("approve"), {"date": "2026-09-20"})
    client.force_login(cast.lead2)
    text = client.post(url("approve"), {"date": "2026-09-21"}, follow=True).content.decode()
    assert "Somebody was quicker" in text
