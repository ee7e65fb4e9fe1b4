"""The dashboard: what it shows, for whom, from what, and at what price."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kpis.closing import finalise_due
from kpis.dashboard import dashboard
from kpis.deviations import figure_raise
from kpis.frame import Frame
from kpis.models import Figure, Indicator, Tally
from kpis.rollup import process_all_marks
from kpis.rules import parts_of
from kpis.series import plain
from kpis.tally import merged, quantize
from observations.models import Observation
from principles.improvement.models import Deviation
from principles.teams.models import Crew, ShiftCalendar
from tests.factories import make_shifts, make_unit, oslo
from tests.kpis.leader import NOW, Leader, text_of
from tests.kpis.world import fact

pytestmark = pytest.mark.django_db
URL = "/figures/"


@pytest.fixture
def world(leader: Leader) -> Leader:
    return leader


@pytest.fixture
def signed_in(leader_client: Client) -> Client:
    return leader_client


def test_it_works(signed_in):
    answer = signed_in.get(URL, {"unit": "EL1"})
    assert answer.status_code == 200
    words = text_of(answer.content.decode())
    assert "Potline 1" in words
    assert "Morning Wed 11, so far" in words
    assert "Wed 11 Mar, so far" in words
    assert "Week 11, so far" in words
    assert answer["Cache-Control"] == "no-store"


def test_login_is_required(client, world):
    assert client.get(URL).status_code == 302


def test_anybody_with_a_login_may_read_it(client, world):
    client.force_login(world.people["neighbour"])
    assert client.get(URL, {"unit": "EL1"}).status_code == 200


def test_it_rejects_post(signed_in):
    assert signed_in.post(URL).status_code == 405


@pytest.mark.parametrize("query", ["unit=NONE", "unit=EL1&crew=Z", "unit=EL1&process=Z", "unit=EL1&dimension=z"])
def test_what_does_not_exist_is_not_found(signed_in, query):
    assert signed_in.get(f"{URL}?{query}").status_code == 404


def test_a_cell_stands_for_its_area(signed_in):
    assert signed_in.get(URL, {"unit": "1001"}).context["unit"].code == "EL1"


def test_the_unit_is_remembered_and_else_follows_from_the_role(signed_in, world):
    assert signed_in.get(URL).context["unit"].code == "EL1"
    signed_in.get(URL, {"unit": "ELK"})
    assert signed_in.get(URL).context["unit"].code == "ELK"


def cells(board, code):
    row = next(row for row in board.rows if row.indicator.code == code)
    return {slot.column.cadence: slot.cell for slot in row.slots}


def test_a_figure_is_the_stored_one_with_the_one_before(world):
    board = dashboard(Frame(NOW), world.plant.el1)
    shift = cells(board, "O05")["shift"]
    stored = Figure.objects.get(
        indicator=world.covering, unit=world.plant.el1, cadence="shift", first="2026-03-11", number=1
    )
    assert shift.reading.value == stored.value == Decimal(80)
    assert (shift.reading.status, shift.reading.state) == ("red", "provisional")
    assert (shift.reading.n, shift.reading.planned) == (5, 6)
    assert shift.previous == Decimal(60)
    assert "period=2026-03-11.1" in shift.href
    assert "cadence=shift" in shift.href
    assert shift.until == oslo("2026-03-11 16:00")


def test_without_data_in_the_running_period_the_last_one_is_shown(world):
    later = oslo("2026-03-11 14:30")
    with time_machine.travel(later, tick=False):
        board = dashboard(Frame(later), world.plant.el1)
    assert board.columns[0].name == "Morning Wed 11"
    assert not board.columns[0].is_running
    assert board.columns[1].is_running


def test_an_indicator_without_data_in_the_columns_period_shows_its_last_one_by_name(world):
    later = oslo("2026-03-11 15:00")
    (shift,) = [shift for shift in make_shifts(NOW.date(), NOW.date()) if shift.number == 2]
    fact(world.a, world.plant.el1, shift)
    process_all_marks(now=later)
    board = dashboard(Frame(later), world.plant.el1)
    assert board.columns[0].name == "Afternoon Wed 11"
    assert cells(board, "O03")["shift"].earlier == ""
    covering = cells(board, "O05")["shift"]
    assert (covering.earlier, covering.reading.value) == ("Morning Wed 11", Decimal(80))


def test_a_crew_alone_is_what_its_tallies_give(world):
    crew = Crew.objects.get(pk=world.shifts[0].crew_id)
    board = dashboard(Frame(NOW), world.plant.el1, crew=crew)
    for indicator, weights in ((world.tending, {"a": 1, "b": 3}), (world.covering, {"b": 1})):
        rows = Tally.objects.filter(unit=world.plant.el1, cadence="week", first="2026-03-09", crew=crew)
        tallies = {
            row.point_id: (plain(row), Decimal(weights[row.point.code]))
            for row in rows.select_related("point")
            if row.point.code in weights
        }
        shown = cells(board, indicator.code)["week"].reading
        expected = parts_of("conformity", Decimal(1), tallies)
        assert expected.value is not None
        assert shown.value == quantize(expected.value, 12)
        assert shown.n == merged(tally for tally, _ in tallies.values()).n
    everybody = dashboard(Frame(NOW), world.plant.el1)
    assert cells(everybody, "O05")["week"].reading.n > cells(board, "O05")["week"].reading.n


def test_all_crews_together_count_what_everybody_counts(world):
    whole = cells(dashboard(Frame(NOW), world.plant.el1), "O03")["week"].reading
    crews = Crew.objects.filter(pk__in={shift.crew_id for shift in world.shifts})
    parts = [cells(dashboard(Frame(NOW), world.plant.el1, crew=crew), "O03")["week"].reading for crew in crews]
    assert sum(part.n for part in parts) == whole.n
    assert sum(part.planned for part in parts) == whole.planned


def test_a_crew_shows_no_names(signed_in, world):
    words = text_of(signed_in.get(URL, {"unit": "EL1", "crew": world.shifts[0].crew.code}).content.decode())
    assert "Odd Operator" not in words


def test_process_and_dimension_keep_their_indicators(signed_in, world):
    process = world.revision.sop.process.code
    shown = signed_in.get(URL, {"unit": "EL1", "process": process}).context["board"].rows
    assert {row.indicator.code for row in shown} == {"O03", "O05"}
    assert signed_in.get(URL, {"unit": "EL1", "dimension": "cost"}).context["board"].rows == []


def test_what_is_red_stands_first_with_how_long(world):
    board = dashboard(Frame(NOW), world.plant.el1)
    first = board.attention[0]
    assert (first.status, first.what) == ("red", "O05")
    assert "3 days in a row" in first.text
    assert "(target 95)" in first.text


def ways_of(answer):
    """What each line of "needs attention" offers beside "why", by the line's name."""
    items = re.findall(r"<li>(.*?)</li>", answer.content.decode().partition("attention-label")[2], re.DOTALL)
    named = [(re.search(r"<strong>(.*?)</strong>", item), item) for item in items]
    return {
        name[1]: re.search(r'class="go-deviation" href="([^"]+)"', item) for name, item in named if name is not None
    }


def red_figure(world):
    return Figure.objects.get(indicator=world.covering, unit=world.plant.el1, cadence="day", first=NOW.date())


def test_a_red_line_opens_a_deviation_of_its_figure(signed_in, world):
    figure = red_figure(world)
    ways = ways_of(signed_in.get(URL, {"unit": "EL1"}))
    assert ways["O05"][1] == reverse("kpis:deviation_open", args=[figure.pk])
    assert signed_in.get(ways["O05"][1]).status_code == 200


def test_only_a_red_line_offers_it(signed_in, world):
    Figure.objects.filter(status="red").update(status="yellow")
    assert set(ways_of(signed_in.get(URL, {"unit": "EL1"})).values()) == {None}


def test_the_line_leads_to_the_deviation_that_is_open_until_it_is_closed(signed_in, world):
    figure = red_figure(world)
    deviation = figure_raise(figure=figure, actor=world.people["leader"], now=NOW, title="Covering slips")
    answer = signed_in.get(URL, {"unit": "EL1"})
    assert ways_of(answer)["O05"][1] == reverse("improvement:deviation", args=[deviation.pk])
    assert f"Deviation {deviation.number} is open" in text_of(answer.content.decode())
    Deviation.objects.filter(pk=deviation.pk).update(closed_at=NOW, state="closed", closing_words="Covered again")
    ways = ways_of(signed_in.get(URL, {"unit": "EL1"}))
    assert ways["O05"][1] == reverse("kpis:deviation_open", args=[figure.pk])


def test_who_may_not_report_there_is_offered_nothing_but_sees_what_is_open(client, world):
    client.force_login(world.people["neighbour"])
    assert ways_of(client.get(URL, {"unit": "EL1"}))["O05"] is None
    figure_raise(figure=red_figure(world), actor=world.people["leader"], now=NOW, title="Covering slips")
    assert ways_of(client.get(URL, {"unit": "EL1"}))["O05"][1].startswith("/together/improvement/deviations/")
    world.people["neighbour"].roles.all().delete()
    assert ways_of(client.get(URL, {"unit": "EL1"}))["O05"] is None


def test_one_crews_figure_opens_nothing(signed_in, world):
    ways = ways_of(signed_in.get(URL, {"unit": "EL1", "crew": world.shifts[0].crew.code}))
    assert "O05" in ways
    assert set(ways.values()) == {None}


def test_missed_rounds_of_the_last_shifts_are_told(world):
    world.close()
    finalise_due(now=NOW)
    missed = [line for line in dashboard(Frame(NOW), world.plant.el1).attention if line.what == "Missed"]
    # The round of every shift lacks one card of b; the last closed shift is the night's.
    assert any("Night Tue 10" in line.text for line in missed)
    assert all(line.href.startswith("/figures/follow-up/EL1/shift/2026-03-") for line in missed)


def test_thin_figures_are_told(world):
    (shift,) = [shift for shift in make_shifts(NOW.date(), NOW.date()) if shift.number == 2]
    round_ = world.owe(shift, b=10)
    fact(world.b, world.plant.el1, shift, round=round_)
    fact(world.b, world.plant.el1, shift)
    later = oslo("2026-03-11 22:30")
    process_all_marks(now=later)
    lines = dashboard(Frame(later), world.plant.el1).attention
    assert any("only 1 of 10 seen, Afternoon Wed 11" in line.text for line in lines)


def test_when_nothing_is_wrong_it_says_so(signed_in, world):
    world.covering.targets.all().delete()
    Figure.objects.exclude(status="green").update(status="green")
    Figure.objects.filter(cadence="day").update(n=100)
    Figure.objects.filter(cadence="shift").update(n=100)
    words = text_of(signed_in.get(URL, {"unit": "EL1"}).content.decode())
    assert "Nothing needs attention" in words


def test_an_empty_unit_and_a_plant_without_a_calendar_say_what_will_be_here(signed_in, world):
    make_unit("EL9", parent=world.plant.electrolysis)
    assert "No figures yet" in text_of(signed_in.get(URL, {"unit": "EL9"}).content.decode())


def test_a_plant_without_a_calendar_says_what_it_waits_for(signed_in):
    ShiftCalendar.objects.all().delete()
    assert "No shift calendar yet" in text_of(signed_in.get(URL).content.decode())


def test_a_refresh_gets_the_figures_alone(signed_in):
    answer = signed_in.get(URL, {"unit": "EL1"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<html" not in html
    assert 'class="table table-sticky figure-table"' in html
    assert "Updated" in html


def test_it_reads_no_observation_and_costs_the_same_with_more_history(
    signed_in, world, django_assert_num_queries, django_assert_max_num_queries
):
    signed_in.get(URL, {"unit": "EL1"})  # remembers the unit
    with django_assert_max_num_queries(20) as first:
        signed_in.get(URL, {"unit": "EL1"})
    assert not any(Observation._meta.db_table in query["sql"] for query in first.captured_queries)
    for shift in make_shifts(oslo("2026-02-20 12:00").date(), oslo("2026-03-08 12:00").date()):
        fact(world.a, world.plant.el1, shift)
    process_all_marks(now=NOW)
    with django_assert_num_queries(len(first.captured_queries)):
        signed_in.get(URL, {"unit": "EL1"})


def test_a_filtered_dashboard_costs_at_most_four_queries_more(signed_in, world, django_assert_max_num_queries):
    query = {"unit": "EL1", "crew": world.shifts[0].crew.code, "process": world.revision.sop.process.code}
    signed_in.get(URL, query)
    with django_assert_max_num_queries(24):
        signed_in.get(URL, query)


def asset_bytes(client: Client, html: str) -> int:
    """What the page's own files weigh, compressed as they are sent."""
    from django.contrib.staticfiles import finders

    total = 0
    for path in set(re.findall(r'(?:src|href)="/static/([^"#]+)', html)):
        found = finders.find(path)
        assert isinstance(found, str), path
        with open(found, "rb") as file:
            body = file.read()
        total += len(body) if path.endswith((".woff2", ".png")) else len(gzip.compress(body, 6))
    return total


@pytest.mark.parametrize(
    ("name", "most"),
    [("dashboard", 150_000), ("targets", 150_000), ("indicator", 700_000), ("followup", 150_000)],
)
def test_pages_are_light(signed_in, world, name, most):
    args = {"indicator": ["O05"], "followup": ["EL1", "day"]}.get(name, [])
    answer = signed_in.get(reverse(f"kpis:{name}", args=args), {"unit": "EL1"})
    html = answer.content.decode()
    weight = len(gzip.compress(answer.content, 6)) + asset_bytes(signed_in, html)
    assert 10_000 < weight < most


def test_spark_and_level_order(world):
    Indicator.objects.filter(pk=world.iron.pk).update(level="kpi")
    board = dashboard(Frame(NOW), world.plant.el1)
    assert board.rows[0].indicator.code == "K05"
    covering = next(row for row in board.rows if row.indicator.code == "O05")
    assert [value is not None for value in covering.spark] == [False] * 11 + [True] * 3
    assert covering.spark_label.startswith("3 days, from ")
