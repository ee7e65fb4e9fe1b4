"""Follow-up: closed periods as they were known, who reviewed them, and what has changed since."""

from __future__ import annotations

import datetime as dt

import pytest

from amps.models import AuditEntry
from kpis.models import Closing, FigureVersion, Review
from kpis.rollup import process_all_marks
from principles.improvement.models import Deviation
from tests.factories import oslo
from tests.kpis.leader import NOW, text_of
from tests.kpis.world import fact

pytestmark = pytest.mark.django_db
LIST = "/figures/follow-up/EL1/day/"
PAGE = "/figures/follow-up/EL1/day/2026-03-10/0/"


@pytest.fixture
def closed(leader):
    leader.close()
    return leader


def test_the_list_works(leader_client, closed):
    answer = leader_client.get(LIST)
    assert answer.status_code == 200
    names = [name for _closing, name, _reviews in answer.context["rows"]]
    assert names[:2] == ["Tue 10 Mar", "Mon 9 Mar"]
    assert "not yet" in text_of(answer.content.decode())


def test_before_any_closing_it_says_what_will_be_here(leader_client):
    assert "No period has closed yet" in text_of(leader_client.get(LIST).content.decode())


def test_the_place_leads_to_the_persons_day(leader_client):
    assert leader_client.get("/figures/follow-up/")["Location"] == LIST


def test_login_is_required(client, leader):
    assert client.get(LIST).status_code == 302
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    "path",
    ["NONE/day/", "EL1/year/", "EL1/day/2026-03-11/0/", "EL1/day/nonsense/0/", "EL1/day/2026-03-10/7/"],
)
def test_what_does_not_exist_is_not_found(leader_client, closed, path):
    assert leader_client.get(f"/figures/follow-up/{path}").status_code == 404


def test_it_rejects_other_methods(leader_client, closed):
    assert leader_client.post(LIST).status_code == 405
    assert leader_client.post(PAGE).status_code == 405
    assert leader_client.get(f"{PAGE}review/").status_code == 405


def test_a_closing_shows_what_was_red_and_what_was_missed(leader_client, closed):
    answer = leader_client.get(PAGE)
    agenda = answer.context["agenda"]
    assert "O05" in [known.indicator.code for known in agenda.red]
    assert len(agenda.missed) == 3
    assert (agenda.missed[0].line.done, agenda.missed[0].line.planned) == (9, 10)
    assert agenda.changed == 0
    assert answer.context["before"] == "/figures/follow-up/EL1/day/2026-03-09/0/"
    assert answer.context["after"] == ""


def test_what_changed_since_is_marked(leader_client, closed):
    late = next(shift for shift in closed.shifts if str(shift.production_date) == "2026-03-10")
    for _ in range(4):
        fact(closed.b, closed.plant.el1, late, "not_ok", equipment=closed.plant.cells[5])
    process_all_marks(now=NOW)
    answer = leader_client.get(PAGE)
    known = {known.indicator.code: known for _name, rows in answer.context["agenda"].groups for known in rows}["O05"]
    assert known.has_changed
    assert (known.then.done, known.then.planned, known.then.outside) == (15, 18, 0)
    assert (known.now.done, known.now.planned, known.now.outside) == (15, 18, 4)
    assert known.then.value > known.now.value
    assert known.then.value == FigureVersion.objects.get(figure=known.now, kind="closed").value
    assert "have changed since it closed" in text_of(answer.content.decode())


def test_a_review_is_kept_with_who_when_and_what(leader_client, closed):
    answer = leader_client.post(f"{PAGE}review/", {"comment": "Talk to the night crew."})
    assert answer.status_code == 302
    assert answer["Location"] == PAGE
    review = Review.objects.get()
    assert (review.by.username, review.comment, review.at) == ("leader", "Talk to the night crew.", NOW)
    assert AuditEntry.objects.filter(action="closing.reviewed").count() == 1
    leader_client.post(f"{PAGE}review/", {"comment": ""})
    assert Review.objects.count() == 2
    assert "Talk to the night crew." in text_of(leader_client.get(PAGE).content.decode())
    assert "+1" in text_of(leader_client.get(LIST).content.decode())


def test_a_comment_that_is_too_long_is_refused_and_kept(leader_client, closed):
    answer = leader_client.post(f"{PAGE}review/", {"comment": "x" * 2001})
    assert answer.status_code == 200
    assert "x" * 2001 in answer.content.decode()
    assert not Review.objects.exists()


@pytest.mark.parametrize("who", ["operator", "neighbour"])
def test_who_may_not_review_sees_no_form_and_is_refused(client, closed, who):
    client.force_login(closed.people[who])
    assert not client.get(PAGE).context["can_review"]
    assert client.post(f"{PAGE}review/", {"comment": "x"}).status_code == 403
    assert not Review.objects.exists()


def test_the_closings_of_a_longer_time_cost_no_more(leader_client, closed, django_assert_max_num_queries):
    leader_client.get(LIST)
    with django_assert_max_num_queries(20):
        leader_client.get(LIST)
    with django_assert_max_num_queries(26):
        leader_client.get(PAGE)


def test_every_length_has_its_page(leader_client, closed):
    closing = Closing.objects.get(unit=closed.plant.el1, cadence="shift", first="2026-03-10", number=3)
    assert closing.starts_at == oslo("2026-03-10 22:00")
    answer = leader_client.get("/figures/follow-up/EL1/shift/2026-03-10/3/")
    assert "Night Tue 10 Mar, 22:00–06:00" in text_of(answer.content.decode())


def test_a_closing_lists_the_deviations_that_met_it(leader_client, leader):
    seen = leader.shifts[0].starts_at + dt.timedelta(hours=1)
    named = {"unit": leader.plant.el1, "occurred_at": seen, "reported_at": seen, "contained_at": seen}
    Deviation.objects.create(title="The crust is open", arena="morning", **named)
    late = Deviation.objects.create(title="The crane is late", arena="morning", due=dt.date(2026, 3, 8), **named)
    leader.close()
    second = text_of(leader_client.get(PAGE).content.decode())
    assert "Escalated to: Weekly meeting overdue" in second
    assert "The crust is open" in second
    assert f"{late.number} The crane is late" in second
    assert "1 deviation escalated" in second
    above = text_of(leader_client.get(PAGE.replace("EL1", "ELK")).content.decode())
    assert "The crane is late" in above
    other = Deviation.objects.get(title="The crust is open")
    assert (other.arena, Deviation.objects.get(pk=late.pk).arena) == ("morning", "weekly")
