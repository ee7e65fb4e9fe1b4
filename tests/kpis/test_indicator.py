"""One indicator's page: from the figure down to the single observation, and up to the KPI."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from kpis.breakdown import Narrow, makeup
from kpis.explain import cadence_of
from kpis.frame import Frame
from kpis.models import Edge, Figure, FigureVersion, Indicator
from kpis.services import event_add
from kpis.tally import quantize
from observations.models import Observation
from principles.teams.models import Crew
from sops.models import RevisionState, SopPoint, SopRevision, SopStep
from tests.factories import oslo
from tests.kpis.leader import NOW, Leader, chart_of, text_of
from tests.kpis.world import make_edge, make_indicator

pytestmark = pytest.mark.django_db
URL = "/figures/O05/"


@pytest.fixture
def world(leader: Leader) -> Leader:
    return leader


@pytest.fixture
def signed_in(leader_client: Client) -> Client:
    return leader_client


def get(client, **query):
    return client.get(URL, {"unit": "EL1", **query})


def test_it_works(signed_in):
    answer = get(signed_in, cadence="day")
    assert answer.status_code == 200
    words = text_of(answer.content.decode())
    assert "Outside target since Mon 9 Mar." in words
    assert "Most of the gap is Section EL1-S1" not in words  # the section is called by its own name
    assert answer.context["reading"].value == Decimal(80)


def test_login_is_required(client, world):
    assert client.get(URL).status_code == 302


def test_anybody_with_a_login_may_read_it_without_names(client, world):
    client.force_login(world.people["neighbour"])
    answer = get(client, show="all")
    assert answer.status_code == 200
    words = text_of(answer.content.decode())
    assert "Odd Operator" not in words
    assert "Not conforming" in words


def test_whoever_may_see_names_sees_them(signed_in):
    assert "Odd Operator" in text_of(get(signed_in).content.decode())


def test_it_rejects_post(signed_in):
    assert signed_in.post(URL).status_code == 405


@pytest.mark.parametrize(
    "query", ["unit=NONE", "unit=EL1&point=zz", "unit=EL1&cell=zz", "unit=EL1&crew=zz", "unit=EL1&step=zz"]
)
def test_what_does_not_exist_is_not_found(signed_in, query):
    assert signed_in.get(f"{URL}?{query}").status_code == 404
    assert signed_in.get("/figures/NONE/").status_code == 404


@pytest.mark.parametrize("query", [{"period": "tomorrow"}, {"period": "2026-03-10.9"}, {"period": "2026-03-10.1"}])
def test_a_period_that_is_none_leads_to_the_newest(signed_in, query):
    answer = signed_in.get(URL, {"unit": "EL1", "cadence": "day", **query}, follow=True)
    assert answer.redirect_chain[-1][0] == "/figures/O05/?unit=EL1&cadence=day"
    assert "There is no such period" in text_of(answer.content.decode())


def test_a_length_that_is_not_followed_leads_to_one_that_is(signed_in, world):
    Indicator.objects.filter(pk=world.covering.pk).update(
        cadences=["week", "month"], skip_reason_en="The laboratory is slow."
    )
    answer = get(signed_in, cadence="shift")
    assert answer.status_code == 302
    shown = signed_in.get(answer["Location"])
    assert "The laboratory is slow." in text_of(shown.content.decode())
    assert shown.context["subject"].cadence == "week"
    assert cadence_of(world.covering, "") == "day"


def test_an_indicator_from_elsewhere_says_so(signed_in):
    make_indicator("K01", kind="external")
    assert "No figures for this indicator yet" in text_of(signed_in.get("/figures/K01/").content.decode())


def made_for(world, indicator, cadence="day", **narrow):
    frame = Frame(NOW)
    period = frame.running(cadence_of(indicator, cadence))
    target = frame.rules.target(indicator.pk, world.plant.el1.pk, period.first)
    return makeup(frame, indicator, world.plant.el1, period, Narrow(**narrow), target.target if target else None)


@pytest.mark.parametrize("cadence", ["shift", "day", "week", "month"])
@pytest.mark.parametrize("code", ["O03", "O05", "K05"])
def test_every_breakdown_adds_up_to_the_figure_and_exactly_to_the_gap(world, cadence, code):
    indicator = Indicator.objects.get(code=code)
    made = made_for(world, indicator, cadence)
    stored = Figure.objects.get(
        indicator=indicator, unit=world.plant.el1, cadence=cadence, first=made.period.first, number=made.period.number
    )
    gap = quantize(stored.value, 1) - quantize(made.target, 1)
    for table in (made.by_point(), made.by_place(), made.by_crew(), made.by_step()):
        assert table.value == stored.value
        assert table.gap == gap
        assert sum(part.share for part in table.parts) == gap
        assert sum(part.tally.n for part in table.parts) == stored.n


def test_places_go_down_from_area_to_section_to_cell(world):
    by_section = made_for(world, world.covering, "week").by_place()
    assert {part.key for part in by_section.parts} == {world.plant.section1.pk, world.plant.section2.pk}
    by_cell = made_for(world, world.covering, "week", where=world.plant.section1).by_place()
    assert by_cell.parts[0].key == world.plant.cells[0].pk
    assert (by_cell.parts[0].tally.n, by_cell.parts[0].failed) == (7, 7)
    assert by_cell.worst is not None
    assert by_cell.worst.key == world.plant.cells[0].pk


def test_a_choice_narrows_the_rest(signed_in, world):
    answer = get(signed_in, cadence="week", cell="1001")
    assert answer.context["chosen"].whole.n == 7
    assert answer.context["page_obj"].paginator.count == 7
    night = Crew.objects.get(pk=next(shift.crew_id for shift in world.shifts if shift.number == 3))
    answer = get(signed_in, cadence="week", crew=night.code, point="b")
    kept = [shift for shift in world.shifts if shift.crew_id == night.pk]
    assert answer.context["chosen"].whole.n == 5 * len(kept)
    assert answer.context["reading"].n == 5 * len(kept)
    step = f"{world.revision.sop.code}.2"
    assert get(signed_in, cadence="week", step=step).context["chosen"].whole.n == 35
    assert get(signed_in, cadence="week", step=step, show="all").context["page_obj"].paginator.count == 35


def test_a_choice_by_htmx_brings_only_what_changes(signed_in):
    answer = signed_in.get(URL, {"unit": "EL1", "point": "b"}, headers={"HX-Request": "true", "HX-Target": "makeup"})
    html = answer.content.decode()
    assert "<html" not in html
    assert "What it is made of" in html
    assert "run-chart" not in html


def test_the_chart_holds_the_figures_and_every_point_opens_its_period(signed_in, world):
    chart = chart_of(get(signed_in, cadence="shift").content.decode())
    line = chart["data"][0]
    assert line["y"][-7:] == [80.0, 80.0, 60.0, 80.0, 80.0, 60.0, 80.0]
    assert line["customdata"][-1].startswith("/figures/O05/?unit=EL1&cadence=shift&period=2026-03-11.1")
    assert set(line["marker"]["color"]) <= {"var(--red)", "var(--grey)"}


def test_numbers_table_shows_the_same(signed_in):
    html = get(signed_in, cadence="shift").content.decode()
    table = html[html.index('class="table numbers"') :]
    words = text_of(table[: table.index("</table>")])
    assert "Morning Wed 11" in words
    assert words.count("60.0") == 2


def test_events_and_revisions_stand_on_the_chart(signed_in, world):
    event_add(
        unit=world.plant.electrolysis,
        indicator=None,
        at=oslo("2026-03-10 12:00"),
        title_en="Training",
        title_nb="Opplæring",
        actor=world.people["manager"],
    )
    event_add(
        unit=world.plant.st1,
        indicator=None,
        at=oslo("2026-03-10 12:00"),
        title_en="Elsewhere",
        title_nb="Et annet sted",
        actor=world.people["manager"],
    )
    new = SopRevision.objects.create(
        sop=world.revision.sop,
        number=2,
        state=RevisionState.APPROVED,
        title_en="Covering, better",
        title_nb="Dekking, bedre",
        created_at=NOW,
        approved_at=NOW,
        effective_from=oslo("2026-03-10 06:00"),
    )
    step = SopStep.objects.create(
        revision=new, number=1, role=world.revision.steps.first().role, text_en="Cover", text_nb="Dekk"
    )
    SopPoint.objects.create(revision=new, step=step, point=world.b, code="X.2")
    answer = get(signed_in, cadence="shift")
    titles = [event.title for event in answer.context["events"]]
    assert titles == [f"{world.revision.sop.code} revision 2 in force: Covering, better", "Training"]
    flags = chart_of(answer.content.decode())["data"][-1]
    assert flags["text"] == ["1", "2"]


def test_a_roll_up_shows_its_parts_and_they_add_up(signed_in, world):
    answer = signed_in.get("/figures/O20/", {"unit": "EL1", "cadence": "day"})
    children = [child for child, _href in answer.context["children"]]
    assert {child.indicator.code: child.weight for child in children} == {"O03": Decimal(25), "O05": Decimal(75)}
    gap = answer.context["children_gap"]
    assert gap == quantize(answer.context["reading"].value, 1) - Decimal("95.0")
    assert sum(child.share for child in children) == gap


def test_up_to_the_kpi_and_down_to_what_drives_it(signed_in, world):
    top = make_indicator("K99", level="kpi")
    make_edge(top, world.execution, "1")
    Edge.objects.create(parent=world.covering, child=world.effects, kind="driven_by", valid_from="2026-01-01")
    context = get(signed_in, cadence="day").context
    assert [(up.indicator.code, up.depth) for up in context["parents"]] == [("O20", 1), ("K99", 2)]
    assert context["parents"][0].reading.value is not None
    assert context["parents"][1].reading is None
    assert [down.indicator.code for down in context["drivers"]] == ["P01"]


def test_previous_and_next_stop_at_the_running_period(signed_in):
    context = get(signed_in, cadence="day").context
    assert context["after"] is None
    assert context["before"].name == "Tue 10 Mar"
    context = signed_in.get(context["before"].href).context
    assert context["after"].name == "Wed 11 Mar"


def test_what_was_known_when(signed_in, world):
    figure = Figure.objects.get(indicator=world.covering, unit=world.plant.el1, cadence="day", first="2026-03-10")
    FigureVersion.objects.create(figure=figure, kind="closed", at=NOW, value=70, n=14, planned=18, status="red")
    FigureVersion.objects.create(
        figure=figure, kind="restated", at=NOW, reason="late", value=75, n=15, planned=18, status="red"
    )
    words = text_of(get(signed_in, cadence="day", period="2026-03-10").content.decode())
    assert "As known when the period closed" in words
    assert "Late observation" in words


def test_an_event_rate_counts_and_does_not_split_its_gap_by_cell(signed_in, world):
    answer = signed_in.get("/figures/P01/", {"unit": "EL1", "cadence": "day"})
    tables = {table.key: table for table in answer.context["tables"]}
    assert tables["places"].data.gap is None
    assert tables["places"].rows[0].part.tally.sum_x == 2
    assert "steps" not in tables


def test_a_page_costs_the_same_whatever_the_history(signed_in, world, django_assert_max_num_queries):
    get(signed_in, cadence="day")
    with django_assert_max_num_queries(36):
        get(signed_in, cadence="day")
    with django_assert_max_num_queries(38):
        get(signed_in, cadence="month", cell="1001", point="b")


def test_figures_that_an_observation_moves(signed_in, world):
    seen = Observation.objects.filter(point=world.b).first()
    answer = signed_in.get(f"/figures/observation/{seen.pk}/")
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert {indicator.code for indicator, _cells in answer.context["moved"]} >= {"O03", "O05", "O20", "S01"}
    assert signed_in.get("/figures/observation/00000000-0000-0000-0000-000000000000/").status_code == 404
