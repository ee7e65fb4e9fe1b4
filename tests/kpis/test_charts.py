"""Charts as plain dicts: what stands on them, in which colour, and that nothing of a plant's text becomes markup."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.charts import Flag, RunPoint, run_chart, zones
from kpis.status import Direction, Limits

START = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
UP = Limits(target=Decimal(95), yellow=Decimal(95), red=Decimal(90))


def point(day: int, value: float | None, status: str = "green", **more: Any) -> RunPoint:
    named = {"limits": UP, **more}
    start = START + dt.timedelta(days=day)
    exact = None if value is None else Decimal(str(value))
    return RunPoint(
        start=start, end=start + dt.timedelta(days=1), value=exact, status=status, text=f"day {day}", href=f"/d/{day}",
        **named,
    )  # fmt: skip


def test_values_gaps_marks_and_addresses():
    chart = run_chart(
        [point(0, 96), point(1, None, "none"), point(2, 91, "yellow"), point(3, 80, "red", is_open=True)],
        direction=Direction.UP,
    )
    line = chart["data"][0]
    assert line["y"] == [96.0, None, 91.0, 80.0]
    assert line["connectgaps"] is False
    assert line["marker"]["symbol"] == ["circle", "circle-open", "triangle-up", "square-open"]
    assert line["marker"]["color"] == ["var(--green)", "var(--grey)", "var(--amber)", "var(--red)"]
    assert line["customdata"] == ["/d/0", "/d/1", "/d/2", "/d/3"]
    assert line["x"][0] == "2026-03-09T06:00"


def test_the_period_in_view_gets_a_ring():
    chart = run_chart([point(0, 96), point(1, 97)], direction=Direction.UP, chosen=START)
    ring = chart["data"][-1]
    assert (ring["x"], ring["y"]) == (["2026-03-09T06:00"], [96.0])


def test_a_new_target_is_a_step():
    new = Limits(target=Decimal(98), yellow=Decimal(98), red=Decimal(95))
    chart = run_chart([point(0, 96), point(1, 97, limits=new)], direction=Direction.UP, target_name="Target")
    target = chart["data"][1]
    assert target["y"] == [95.0, 95.0, 98.0, 98.0]
    grounds = [shape for shape in chart["layout"]["shapes"] if shape["type"] == "rect"]
    assert {shape["x0"] for shape in grounds} == {"2026-03-09T06:00", "2026-03-10T06:00"}


def test_events_stand_on_a_lane_of_their_own():
    flags = [Flag(START, 1, "New <b>routine</b> & more", "/sops/1"), Flag(START, 2, "Repair")]
    chart = run_chart([point(0, 96)], direction=Direction.UP, flags=flags)
    lane = chart["data"][-1]
    assert lane["yaxis"] == "y2"
    assert lane["text"] == ["1", "2"]
    assert lane["hovertext"][0] == "New &lt;b&gt;routine&lt;/b&gt; &amp; more"
    assert chart["layout"]["yaxis"]["domain"][0] > chart["layout"]["yaxis2"]["domain"][1]


def test_no_colour_is_written_into_a_chart():
    chart = run_chart([point(0, 96), point(1, 80, "red")], direction=Direction.UP, flags=[Flag(START, 1, "x")])
    written = json.dumps(chart)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", written)
    colours = re.findall(r'"(?:color|fillcolor)": "([^"]+)"', written)
    assert colours
    assert all(colour.startswith("var(--") for colour in colours)


@pytest.mark.parametrize(
    ("direction", "limits", "expected"),
    [
        (Direction.UP, UP, [("amber", 90, 95), ("red", 80, 90)]),
        (Direction.DOWN, Limits(target=Decimal(85), yellow=Decimal(90), red=Decimal(95)),
         [("amber", 90, 95), ("red", 95, 100)]),
        (Direction.BAND,
         Limits(target=Decimal(90), target_min=Decimal(88), target_max=Decimal(92), red_min=Decimal(85),
                red_max=Decimal(95)),
         [("amber", 85, 88), ("amber", 92, 95), ("red", 80, 85), ("red", 95, 100)]),
        (Direction.UP, Limits(), []),
    ],
)  # fmt: skip
def test_zones_of_each_direction(direction, limits, expected):
    assert zones(limits, direction, 80, 100) == expected


def test_an_empty_run_is_still_a_chart():
    chart = run_chart([], direction=Direction.UP)
    assert chart["data"][0]["x"] == []


@given(st.lists(st.none() | st.decimals(-1000, 1000, places=2), min_size=1, max_size=30))
def test_every_value_lies_on_the_axis(values):
    points = [point(day, None if value is None else float(value)) for day, value in enumerate(values)]
    low, high = run_chart(points, direction=Direction.UP)["layout"]["yaxis"]["range"]
    assert low < high
    assert all(low <= float(value) <= high for value in values if value is not None)


def test_the_drawing_helper_sends_no_chart_away():
    from django.contrib.staticfiles import finders

    found = finders.find("js/charts.js")
    assert isinstance(found, str)
    with open(found, encoding="utf-8") as file:
        assert "showSendToCloud: false" in file.read()
