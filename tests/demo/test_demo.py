"""Four weeks of a tiny plant, a clock change among them: what was planted can be read from the figures."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max, Min
from django.test import Client

from amps.demo.loading import AlreadyInUse
from amps.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from amps.demo.stories import loaded_timeline, stories
from kpis.models import Closing, ClosingLine, Figure, FigureVersion, Tally
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks
from observations.models import EventReport, Mark, Observation, Result, Round
from observations.recording import observation_correct
from principles.teams.models import Shift, Unit, User
from tests.demo.fixtures import make_demo, taken_back

UNTIL = dt.datetime(2026, 11, 8, 10, 20, tzinfo=dt.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Four weeks with twelve cells a line, taken back after this module."""
    with django_db_blocker.unblock(), taken_back():
        yield make_demo(weeks=4, cells=12, until=UNTIL)


@pytest.fixture
def line(demo):
    return loaded_timeline()


def values(indicator, unit, cadence):
    """(first production date, shift number) → value of an indicator's figures."""
    rows = Figure.objects.filter(indicator__code=indicator, unit__code=unit, cadence=cadence)
    return {(row.first, row.number): row.value for row in rows if row.value is not None}


def mean_between(indicator, unit, first, last):
    """Mean of the days' values in [first, last)."""
    found = [value for (day, _), value in values(indicator, unit, "day").items() if first <= day < last]
    return sum(found) / len(found)


def test_nothing_lies_ahead_and_every_fact_has_its_shift(demo):
    assert Observation.objects.filter(received_at__gt=UNTIL).count() == 0
    assert Observation.objects.filter(observed_at__gt=F("received_at")).count() == 0
    assert Observation.objects.filter(observed_at__lt=F("shift__starts_at")).count() == 0
    assert Observation.objects.filter(observed_at__gte=F("shift__ends_at")).count() == 0
    assert EventReport.objects.filter(received_at__gt=UNTIL).count() == 0
    assert Observation.objects.count() == demo.facts
    assert Round.objects.filter(shift__starts_at__gt=UNTIL).exists()


def test_facts_are_right_or_wrong_by_their_points_limits(demo):
    for fact in Observation.objects.filter(value__isnull=False).select_related("point").order_by("id")[:3000]:
        right = fact.point.is_right(fact.value) if fact.point.kind != "event" else None
        assert fact.result == (Result.VALUE if right is None else Result.OK if right else Result.NOT_OK)


def test_observers_belong_to_the_crew_on_shift_and_their_competence_is_kept(demo):
    facts = Observation.objects.filter(observer__isnull=False, supersedes__isnull=True)
    assert facts.exclude(observer__crew=F("crew")).count() == 0
    assert facts.exclude(crew=F("shift__crew")).count() == 0
    assert facts.filter(competence__isnull=False).count() > facts.count() * 0.9


def test_the_night_of_the_clock_change_has_nine_hours(demo):
    night = Shift.objects.get(production_date=dt.date(2026, 10, 24), number=3)
    assert night.hours == 9
    report = EventReport.objects.get(shift=night, area__code="EL1", point__code="anode_effects")
    assert report.opportunities == Decimal(12 * 9) / 24


def test_every_mark_is_dealt_with_and_a_rebuild_changes_nothing(demo):
    assert not Mark.objects.filter(shift__starts_at__lte=UNTIL).exists()
    report = rebuild_figures(now=UNTIL)
    assert min(report.tallies, report.figures) > 0
    assert (report.tallies_changed, report.figures_changed) == (0, 0)


def test_every_period_that_has_ended_is_closed_once_and_final(demo):
    units = Unit.objects.get(code="EL1"), Unit.objects.get(code="VERK")
    for unit in units:
        shifts = Shift.objects.filter(ends_at__lt=UNTIL).count()
        assert Closing.objects.filter(unit=unit, cadence="shift").count() == shifts
    old = Figure.objects.filter(ends_at__lt=UNTIL - dt.timedelta(days=2))
    assert old.filter(state="provisional").count() == 0
    assert Closing.objects.filter(closed_at__gt=UNTIL).count() == 0


def test_the_covering_routine_halves_iron_and_lifts_covering(line):
    before = line.covering
    after = line.covering + dt.timedelta(days=line.covering_days)
    iron = mean_between("K05", "VERK", line.first, before), mean_between("K05", "VERK", after, dt.date.max)
    assert Decimal("0.15") < iron[0] < Decimal("0.18")
    assert iron[1] < iron[0] * Decimal("0.56")
    for indicator in ("O05", "O03"):
        weeks = after + dt.timedelta(days=7)
        was, became = mean_between(indicator, "EL1", line.first, before), mean_between(indicator, "EL1", after, weeks)
        assert became > was + 2


def test_the_feeder_section_is_bad_for_nine_shifts(line):
    feeding = values("O01", "EL2", "shift")
    bad = [feeding[key] for key in line.feeder if key in feeding]
    others = [value for key, value in feeding.items() if key not in line.feeder]
    assert len(bad) >= 8
    assert sum(bad) / len(bad) < 88
    assert max(bad) < sum(others) / len(others)
    first, last = line.feeder[0][0], line.feeder[-1][0] + dt.timedelta(days=1)
    assert mean_between("P01", "EL2", first, last) > 2 * mean_between("P01", "EL2", line.first, first)


def test_crew_c_slips_and_the_others_do_not(line):
    after = line.slip + dt.timedelta(days=3)

    def share(crew):
        rows = Tally.objects.filter(
            unit__code="ELK", cadence="shift", crew__code=crew, first__gte=after,
            point__code__in=["visible_anode", "cover_thickness", "flame_holes", "yoke_cover_space"],
        )  # fmt: skip
        counts = [(row.conforming, row.not_conforming) for row in rows]
        right, wrong = (sum(column) for column in zip(*counts, strict=True))
        return right / (right + wrong)

    others = [share(crew) for crew in "ABDE"]
    assert share("C") < min(others) - 0.08


def test_the_feeding_revision_helps(line):
    day = line.feeding
    week = dt.timedelta(days=21)
    assert mean_between("O01", "EL1", day + dt.timedelta(days=3), day + week) > mean_between(
        "O01", "EL1", day - week, day
    )
    assert abs(mean_between("O07", "EL1", day + dt.timedelta(days=3), day + week)) < abs(
        mean_between("O07", "EL1", day - week, day)
    )


def test_two_weekend_nights_are_listed_as_missed(line):
    assert len(line.missed) == 2
    for night in line.missed:
        missed = ClosingLine.objects.filter(
            closing__unit__code="EL1", closing__cadence="shift", closing__first=night, closing__number=3, kind="missed"
        )
        assert missed.count() == 6
        figure = Figure.objects.filter(
            indicator__code="O03", unit__code="EL1", cadence="shift", first=night, number=3
        ).first()
        assert figure is None or figure.value is None


def test_late_facts_and_corrections_restated_what_was_final(demo):
    late = Observation.objects.filter(received_at__gt=F("shift__ends_at") + dt.timedelta(hours=12))
    assert late.filter(supersedes__isnull=True).count() == pytest.approx(40, abs=8)
    assert late.filter(supersedes__isnull=False).count() == 5
    restated = FigureVersion.objects.filter(kind="restated")
    assert set(restated.values_list("reason", flat=True)) >= {"late", "corrected"}
    assert restated.filter(at__lt=F("figure__ends_at")).count() == 0
    # Final before it was restated: the two stand in the order in which they were known.
    pair = restated.values("figure").annotate(first=Min("at"), n=Count("pk"))
    for row in pair:
        final = FigureVersion.objects.get(figure=row["figure"], kind="final")
        assert final.at < row["first"]


SAMPLED = ("cover_thickness", "feeder_working", "bath_temperature", "hf_after_filter", "fe_in_metal")


@pytest.mark.parametrize("code", SAMPLED)
def test_correcting_any_observation_changes_its_figure_the_parents_and_their_versions(demo, code):
    last = Observation.objects.filter(point__code=code).aggregate(at=Max("observed_at"))["at"]
    fact = (
        Observation.objects.counting()
        .filter(point__code=code, observed_at__lt=last - dt.timedelta(days=12), supersedes__isnull=True)
        .exclude(result=Result.NOT_APPLICABLE)
        .order_by("-observed_at")
        .first()
    )
    shift, indicator = fact.shift, fact.point.indicators.order_by("code").first()
    lines = Figure.objects.filter(
        indicator=indicator, starts_at__lte=shift.starts_at, ends_at__gte=shift.ends_at,
        unit__code__in=[fact.area.code, "VERK", "DEMO"],
    )  # fmt: skip
    before = {figure.pk: (figure.value, figure.versions.count()) for figure in lines}
    assert {figure.cadence for figure in lines} == set(indicator.cadences)
    change = (
        {"result": Result.OK if fact.result == Result.NOT_OK else Result.NOT_OK}
        if fact.value is None
        else {"value": fact.value + 400}
    )
    observation_correct(
        id=uuid.uuid4(),
        supersedes=fact,
        correction_reason="Read wrongly",
        actor=User.objects.get(username="manager"),
        now=UNTIL,
        **change,
    )
    process_all_marks(now=UNTIL)
    ended = {figure.pk for figure in lines if figure.ends_at < UNTIL - dt.timedelta(hours=3)}
    for figure in lines.all():
        value, versions = before[figure.pk]
        assert figure.value != value, figure
        if figure.pk in ended:
            assert figure.state == "restated"
            assert figure.versions.count() == versions + 1
    assert {Figure.objects.get(pk=pk).cadence for pk in ended} & {"day", "week"}


def test_the_running_shift_is_partly_done(demo):
    running = Shift.objects.at(UNTIL).get()
    rounds = {
        round_.revision.sop.code: round_.progress()
        for round_ in Round.objects.owed().filter(shift=running, area__code="EL1").select_related("revision__sop")
    }
    assert rounds["SOP-08"][1] > 0
    assert rounds["SOP-06"][1] == rounds["SOP-07"][1] == 0


def test_every_story_is_told_with_links(demo):
    told = {story.key: story for story in stories(UNTIL)}
    assert list(told) == [
        "shift", "covering", "feeder", "crew", "feeding", "missed", "late", "corrections", "clocks",
        "meeting", "whys", "agreement", "evaluation", "plan", "bottleneck",
    ]  # fmt: skip
    assert all(story.links for story in told.values())


@time_machine.travel(UNTIL, tick=False)
def test_the_page_opens_and_its_links_lead_somewhere(demo):
    client = Client()
    assert client.get("/demo/").status_code == 200
    client.force_login(User.objects.get(username="manager"))
    for story in stories(UNTIL):
        for link in story.links:
            assert client.get(link.url).status_code == 200, link


def test_every_login_works(demo):
    for login in DEMO_LOGINS:
        person = User.objects.get(username=login.username)
        assert person.is_demo
        assert person.check_password(DEMO_PASSWORD)
        assert person.roles.get().role == login.role


def test_a_second_load_is_refused(demo):
    with pytest.raises(AlreadyInUse):
        make_demo(weeks=1, cells=6)
    with pytest.raises(CommandError, match="units already"):
        call_command("demo")
    call_command("demo", if_empty=True)
    assert Observation.objects.count() == demo.facts
