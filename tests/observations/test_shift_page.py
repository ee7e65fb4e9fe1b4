"""My shift: what is owed, done, late, missed; and what people without a round see."""

import datetime as dt

import time_machine
from django.test import Client
from django.urls import reverse

from observations.models import Round
from observations.planning import rounds_ensure
from principles.teams.models import Crew, Role, Shift, ShiftCalendar
from tests import factories
from tests.observations.world import NOW, World

URL = "/shift/"
HOUR = dt.timedelta(hours=1)


def page(client: Client, url: str = URL) -> str:
    response = client.get(url)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_login_is_required(client: Client, world: World):
    assert client.get(URL).status_code == 302


def test_rejects_post(signed_in: Client):
    assert signed_in.post(URL).status_code == 405


def test_shows_shift_crew_progress_and_the_round(signed_in: Client, world: World):
    round_ = world.plan_rounds()
    world.record(round_)
    html = page(signed_in)
    assert "Afternoon Wed 11" in html
    assert str(world.shift.crew) in html
    assert "1 of 5 done" in html
    assert "Check of SOP-91" in html
    assert reverse("observations:round", args=[round_.pk]) in html


def test_shows_why_these_cells(signed_in: Client, world: World):
    round_ = world.plan_rounds()
    Round.objects.filter(pk=round_.pk).update(reason_en="deviation on 1003 Tue 21:10")
    assert "deviation on 1003 Tue 21:10" in page(signed_in)


def test_late_then_missed(client: Client, world: World):
    world.plan_rounds()
    for after, word, other in ((HOUR, "Late: the shift is over", "Missed in"), (3 * HOUR, "Missed in", "Late: the")):
        with time_machine.travel(world.shift.ends_at + after, tick=False):
            client.force_login(world.operator)
            html = page(client)
            assert word in html
            assert other not in html


def test_done_rounds_are_told(signed_in: Client, world: World):
    round_ = world.plan_rounds()
    for cell in world.targets(round_):
        world.record(round_, equipment=cell)
        world.record(round_, point=world.count, value=0, result=None, equipment=cell)
    world.record(round_, point=world.measure, value=3, result=None)
    html = page(signed_in)
    assert "Everything owed in this shift is done." in html
    assert "Done: 1 round" in html


def test_later_rounds_of_the_next_shift(signed_in: Client, world: World):
    rounds_ensure(now=NOW, until=NOW + 12 * HOUR, since=NOW)
    assert "Later: 1 round in the next shift" in page(signed_in)


def test_nothing_planned_and_no_role_say_so(client: Client, world: World, clock: None):
    world.plan.delete()
    client.force_login(world.operator)
    assert "Nothing is planned for this shift" in page(client)
    client.force_login(factories.make_user("newcomer"))
    assert "You have no rounds here" in page(client)


def test_no_calendar_says_so(signed_in: Client, world: World):
    Shift.objects.all().delete()
    ShiftCalendar.objects.all().delete()
    assert "The plant has no shifts yet" in page(signed_in)


def test_several_areas_can_be_switched_and_the_choice_is_remembered(client: Client, world: World, clock: None):
    world.plan_rounds()
    client.force_login(factories.make_person(Role.OPERATOR, world.plant.electrolysis, "both"))
    assert "Check of SOP-91" in page(client)
    assert "Nothing is planned" in page(client, URL + "?unit=EL2")
    assert "Nothing is planned" in page(client)
    # an area that is not the person's own is never shown
    assert "Check of SOP-91" in page(client, URL + "?unit=EL1")
    assert "Check of SOP-91" in page(client, URL + "?unit=ST1")


def test_htmx_gets_the_board_alone(signed_in: Client, world: World):
    world.plan_rounds()
    html = signed_in.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div id="board"')
    assert "<html" not in html


def test_queries_do_not_grow_with_history(signed_in: Client, world: World, django_assert_max_num_queries):
    round_ = world.plan_rounds()
    page(signed_in)
    with django_assert_max_num_queries(22):
        page(signed_in)
    rounds_ensure(now=NOW, until=NOW + 24 * HOUR)
    for cell in world.targets(round_):
        world.record(round_, equipment=cell)
    with django_assert_max_num_queries(22):
        page(signed_in)


def test_own_crew_is_not_on_shift(client: Client, world: World, clock: None):
    other = next(crew for crew in Crew.objects.all() if crew != world.shift.crew)
    factories.make_shifts(NOW.date(), NOW.date() + dt.timedelta(days=10))
    world.operator.crew = other
    world.operator.save()
    client.force_login(world.operator)
    assert "Your crew is not on this shift" in page(client)


def test_extra_round_is_started_and_owes_nothing(signed_in: Client, world: World):
    sop = "SOP-91"
    listed = page(signed_in, "/shift/extra/")
    assert "Check of SOP-91" in listed
    assert "1004" in page(signed_in, f"/shift/extra/?sop={sop}&q=4")
    assert "1001" not in page(signed_in, f"/shift/extra/?sop={sop}&q=4")
    response = signed_in.post("/shift/extra/", {"sop": sop, "cell": "1004"})
    made = Round.objects.get(plan=None)
    assert response["Location"] == reverse("observations:round", args=[made.pk])
    assert made.targets == [world.plant.cells[3].pk]
    assert not made.points.exists()
    assert "0 of 3 done" in page(signed_in, response["Location"])


def test_extra_round_refuses_unknown_and_foreign_cells(signed_in: Client, world: World):
    foreign = factories.make_equipment("2001", parent=world.plant.el2)
    for code, words in (("9999", "There is no cell with this number."), (foreign.code, "does not stand in this area")):
        html = signed_in.post("/shift/extra/", {"sop": "SOP-91", "cell": code}).content.decode()
        assert words in html
    assert not Round.objects.filter(plan=None).exists()


def test_extra_round_needs_the_right_to_observe(client: Client, world: World, clock: None):
    client.force_login(factories.make_user("newcomer"))
    assert client.get("/shift/extra/").status_code == 403


def test_token_tells_who_is_signed_in(signed_in: Client, world: World):
    data = signed_in.get("/shift/token/").json()
    assert data["user"] == str(world.operator.pk)
    assert len(data["token"]) > 30
