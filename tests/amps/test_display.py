"""How figures, times, marks and small charts are written."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from amps import display

OSLO = ZoneInfo("Europe/Oslo")
NIGHT = SimpleNamespace(
    starts_at=datetime(2026, 11, 20, 21, tzinfo=UTC), ends_at=datetime(2026, 11, 21, 5, tzinfo=UTC), name=""
)


def drawing(svg):
    return ET.fromstring(svg)  # noqa: S314 - drawn by our own functions


def render(source, language="nb", **context):
    with translation.override(language), timezone.override(OSLO):
        return Template("{% load display %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("value", "decimals", "norwegian", "english"),
    [
        (12345.678, 1, "12\u00a0345,7", "12,345.7"),
        (Decimal("0.145"), 2, "0,15", "0.15"),
        (Decimal("-0.145"), 2, "−0,15", "−0.15"),
        (-0.001, 1, "0,0", "0.0"),
        (0, 0, "0", "0"),
        (1000, None, "1\u00a0000", "1,000"),
        (2.50, None, "2,5", "2.5"),
        (None, 1, "–", "–"),
        ("", 1, "–", "–"),
        ("not a number", 1, "–", "–"),
        (float("nan"), 1, "–", "–"),
        (float("inf"), 1, "–", "–"),
        (1e308, 1, "1,00e+308", "1.00e+308"),
    ],
)
def test_number_is_written_as_the_language_writes_it(value, decimals, norwegian, english):
    assert display.format_number(value, decimals, language="nb") == norwegian
    assert display.format_number(value, decimals, language="en") == english


def test_signed_number_shows_plus_only_above_zero():
    assert display.format_number(0.4, 1, language="nb", signed=True) == "+0,4"
    assert display.format_number(0, 1, language="nb", signed=True) == "0,0"
    assert display.format_number(-0.4, 1, language="nb", signed=True) == "−0,4"


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=4),
    st.integers(0, 4),
    st.sampled_from(["nb", "en"]),
)
def test_written_number_reads_back_as_the_rounded_one(value, decimals, language):
    decimal_sign, thousands_sign = display.NUMBER_SIGNS[language]
    text = display.format_number(value, decimals, language=language)
    read = Decimal(text.replace(thousands_sign, "").replace(decimal_sign, ".").replace("−", "-"))
    assert abs(read - value) <= Decimal("0.5").scaleb(-decimals)
    assert len(text.partition(decimal_sign)[2]) == decimals


@pytest.mark.parametrize(
    ("language", "expected"), [("nb", "fre 20. nov 22:00"), ("en", "Fri 20 Nov 22:00"), ("nb-no", "fre 20. nov 22:00")]
)
def test_moment_is_in_the_plants_zone(language, expected):
    assert display.format_when(NIGHT.starts_at, OSLO, language=language) == expected


def test_moment_of_another_year_names_it():
    now = NIGHT.starts_at + timedelta(days=90)
    assert display.format_when(NIGHT.starts_at, OSLO, language="nb", now=now) == "fre 20. nov 2026 22:00"


def test_months_are_short_in_norwegian():
    june = datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert display.format_when(june, OSLO, language="nb") == "man 1. jun 06:00"


def test_shift_is_named_by_its_start():
    assert render("{% shift_name s %}", "en", s=NIGHT) == (
        '<span class="shift-name" title="22:00–06:00">Night Fri 20</span>'
    )
    named = SimpleNamespace(starts_at=NIGHT.starts_at, ends_at=NIGHT.ends_at, name="Natt")
    assert "Natt fre 20." in render("{% shift_name s times=True %}", "nb", s=named)


def test_shift_of_the_long_night_shows_wall_times():
    long_night = SimpleNamespace(
        starts_at=datetime(2026, 10, 24, 20, tzinfo=UTC), ends_at=datetime(2026, 10, 25, 5, tzinfo=UTC), name="Natt"
    )
    assert "22:00–06:00" in render("{% shift_name s times=True %}", "nb", s=long_night)


@pytest.mark.parametrize(
    ("value", "previous", "decimals", "direction"),
    [
        (86, 83, 0, "up"),
        (83, 86, 0, "down"),
        (83.2, 83.4, 0, "flat"),
        (83.2, 83.4, 1, "down"),
        (None, 83, 0, "unknown"),
        (83, None, 0, "unknown"),
        (float("nan"), 83, 0, "unknown"),
    ],
)
def test_trend(value, previous, decimals, direction):
    assert display.trend_of(value, previous, decimals=decimals).direction == direction


def test_trend_says_its_direction_in_words():
    html = render("{% trend 86 83 0 %}", "en")
    assert "Up from 83" in html
    assert "#arrow-up" in html
    assert render("{% trend 86 None 0 %}") == ""


@given(
    st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**6), 10**6), max_size=40),
    st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32),
)
def test_sparkline_stays_inside_its_box_whatever_the_values(values, target):
    svg = drawing(display.sparkline_svg(values, target, label="<&\"'"))
    assert svg.get("aria-label") == "<&\"'"
    for circle in svg.iter("circle"):
        assert 0 <= float(circle.get("cx")) <= 96
        assert 0 <= float(circle.get("cy")) <= 24
    for path in svg.iter("path"):
        if path.get("class") == "spark-line":
            points = path.get("d").removeprefix("M").split("L")
            assert all(0 <= float(x) <= 96 and 0 <= float(y) <= 24 for x, y in (p.split() for p in points))


def test_sparkline_leaves_a_gap_where_there_is_no_data():
    svg = drawing(display.sparkline_svg([1, 2, None, 3, 4], label="x"))
    assert len([p for p in svg.iter("path") if p.get("class") == "spark-line"]) == 2


def test_sparkline_without_any_data_is_a_dash():
    assert ">–<" in display.sparkline_svg([None, None], label="No data")


def test_bar_never_leaves_its_ground():
    assert display.share_of(5, 2) == 100.0
    assert display.share_of(-1, 2) == 0.0
    assert display.share_of(1, 0) == 0.0
    assert display.share_of(None, 2) == 0.0
    assert 'width="50.0%"' in render("{% bar 1 2 'red' %}")


def test_band_holds_limits_and_value():
    svg = drawing(render("{% band 23.5 16 18 22 24 %}", "en"))
    assert [r.get("class") for r in svg] == [
        "band-red",
        "band-amber",
        "band-green",
        "band-amber",
        "band-red",
        "band-mark",
    ]
    stretches = [r for r in svg if r.get("class") != "band-mark"]
    assert sum(float(r.get("width").rstrip("%")) for r in stretches) == pytest.approx(100, abs=0.1)
    assert svg.get("aria-label") == "23.5, target 18 to 22"


def test_band_open_to_one_side_has_no_red_there():
    svg = drawing(render("{% band value=3 target_high=5 high=8 %}"))
    assert [r.get("class") for r in svg if r.get("class") == "band-red"] == ["band-red"]


@pytest.mark.parametrize(
    ("given_name", "mark"),
    [
        ("green", "green"),
        ("yellow", "amber"),
        ("AMBER", "amber"),
        ("red", "red"),
        (None, "grey"),
        ("", "grey"),
        ("nonsense", "grey"),
        ("signal", "signal"),
    ],
)
def test_status_mark(given_name, mark):
    html = render("{% status_icon s %}", s=given_name)
    assert f"#st-{mark}" in html
    assert 'role="img"' in html


def test_status_has_shape_colour_and_text():
    html = render("{% status 'red' 'Two rounds missing' %}")
    assert "status-red" in html
    assert "#st-red" in html
    assert "Two rounds missing" in html


def test_missing_number_is_heard_as_no_data():
    assert "no data" in render("{% number None 1 %}", "en")


def test_figure_shows_all_that_belongs_to_it():
    html = render(
        "{% figure 71.4 unit='%' decimals=0 n=34 planned=36 status='red' state='provisional' href='/why/' %}", "en"
    )
    assert ">71 <" in html
    assert "34 of 36" in html
    assert "Can still change" in html
    assert 'href="/why/"' in html


def test_what_was_seen_outside_the_plan_stands_beside_it():
    html = render("{% figure 71 n=849 planned=843 done=843 %}", "en")
    assert ">843/843 +6<" in html
    assert ">843 of 843 planned, 6 more outside the plan<" in html
    assert "outside" not in render("{% figure 71 n=34 planned=36 done=34 %}", "en")
    assert "9 observations" in render("{% figure 71 n=9 planned=p done=0 %}", "en", p=None)


@dataclass(frozen=True)
class Stands:
    n: int
    planned: int
    done: int


def test_what_a_figure_stands_on_is_done_of_planned_or_how_many():
    def shown(*counts: int) -> str:
        return str(render("{% seen found %}", "en", found=Stands(*counts)))

    assert "1,034 of 1,036" in shown(1034, 1036, 1034)
    assert "36/36 +2" in shown(38, 36, 36)
    assert "0/36 +2" in shown(2, 36, 0)
    assert shown(5, 0, 0) == '<span title="5 observations">5</span>'
    assert shown(0, 0, 0) == render("{% seen None %}") == ""


def test_figure_without_data_has_no_unit():
    html = render("{% figure None unit='kg' n=0 planned=12 %}", "en")
    assert "kg" not in html
    assert "0 of 12" in html


def test_text_given_by_people_is_escaped():
    html = render("{% figure 1 unit=u %}{% status 'red' u %}{% sparkline v label=u %}", u="<b>", v=[1, 2])
    assert "<b>" not in html


def test_sort_header_turns_round_and_keeps_the_other_choices():
    request = RequestFactory().get("/", {"sort": "name", "crew": "B", "page": "3"})
    html = render("{% sort_header 'name' 'Name' %}{% sort_header 'n' 'Count' numeric=True %}", request=request)
    assert "?sort=-name&amp;crew=B" in html
    assert 'aria-sort="ascending"' in html
    assert "?sort=n&amp;crew=B" in html
    assert "page" not in html
