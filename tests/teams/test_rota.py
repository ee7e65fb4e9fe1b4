"""Which crew is meant to be on which shift."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from principles.teams.rota import (
    DAY_WORK,
    OFF,
    PATTERN_A,
    PATTERN_C,
    PATTERN_D,
    PATTERNS,
    CoverageGap,
    Pattern,
    Rota,
    RotaError,
    coverage_gaps,
    crew_on,
    crews_on,
    hours_per_week,
    state,
)

MONDAY = date(2025, 1, 6)


def rota(known: Pattern = PATTERN_A, **changes) -> Rota:
    crews = tuple(str(number) for number in range(1, known.crew_count + 1))
    values = {
        "valid_from": MONDAY,
        "pattern": known.letters,
        "anchor": MONDAY,
        "offset": known.offset,
        "crews": crews,
    }
    return Rota(**{**values, **changes})


@pytest.mark.parametrize(
    ("days", "morning", "afternoon", "night"),
    [
        ((6, 7, 16, 17, 26, 27), "1", "5", "4"),
        ((8, 9, 18, 19), "2", "1", "5"),
        ((10, 11, 20, 21), "3", "2", "1"),
        ((12, 13, 22, 23), "4", "3", "2"),
        ((14, 15, 24, 25), "5", "4", "3"),
    ],
)
def test_pattern_a_from_its_anchor(days, morning, afternoon, night):
    for day in days:
        on = date(2025, 1, day)
        assert [crew_on([rota()], on, letter) for letter in "MAN"] == [morning, afternoon, night]


def test_the_rota_reaches_back_before_its_anchor():
    early = rota(valid_from=date(2024, 1, 1))
    assert crew_on([early], date(2024, 12, 27), "M") == "1"
    assert crew_on([early], date(2025, 1, 5), "N") == "3"


@pytest.mark.parametrize(
    ("name", "cycle", "shifts", "hours"),
    [("A", 10, 6, "33.6"), ("B", 12, 6, "28"), ("C", 35, 21, "33.6"), ("D", 42, 21, "28")],
)
def test_known_patterns_cover_every_shift_once(name, cycle, shifts, hours):
    known = rota(PATTERNS[name])
    assert coverage_gaps(known) == []
    assert len(known.pattern) == cycle
    assert sum(known.pattern.count(letter) for letter in "MAN") == shifts
    assert hours_per_week(known) == Fraction(hours)


@pytest.mark.parametrize("pattern", PATTERNS.values())
def test_known_patterns_give_rest(pattern):
    """11 h between shifts, at most three nights in a row, 24 h off after the last night."""
    begins = {"M": 6, "A": 14, "N": 22, DAY_WORK: 8}
    cycle = pattern.letters * 2
    work = [(24 * day + begins[letter], letter) for day, letter in enumerate(cycle) if letter != OFF]
    for (begin, letter), (following, other) in pairwise(work):
        rest = following - begin - 8
        assert rest >= 11
        assert letter != "N" or other == "N" or rest >= 24
    assert "NNNN" not in cycle


def test_pattern_c_leaves_a_full_week_off_and_d_fills_it_with_day_work_a_week_later():
    assert PATTERN_C.letters[28:] == OFF * 7
    assert PATTERN_D.letters[:35] == PATTERN_C.letters
    assert PATTERN_D.letters[35:] == "DDDDD--"
    assert [state(rota(PATTERN_D), 0, MONDAY + timedelta(days=day)) for day in (35, 39, 40)] == ["D", "D", OFF]


def test_a_rota_applies_from_its_date_and_rewrites_no_history():
    later = rota(valid_from=date(2025, 1, 8), crews=("1", "2", "3", "4", "Red"), anchor=date(2025, 1, 8))
    for rotas in ([rota(), later], [later, rota()]):
        assert crew_on(rotas, date(2025, 1, 5), "M") is None
        assert crew_on(rotas, date(2025, 1, 7), "A") == "5"
        assert crew_on(rotas, date(2025, 1, 8), "A") == "Red"


def test_day_work_and_off_are_no_shift_that_a_crew_is_on():
    day_workers = rota(PATTERN_D, anchor=MONDAY - timedelta(days=35))
    assert crews_on(day_workers, MONDAY, DAY_WORK) == ("1",)
    assert crew_on([day_workers], MONDAY, DAY_WORK) is None
    assert crew_on([day_workers], MONDAY, OFF) is None


def test_a_shift_with_no_crew_or_two_is_told_and_credited_to_nobody():
    four = rota(crews=("1", "2", "3", "4"))
    gaps = coverage_gaps(four)
    assert CoverageGap(0, MONDAY, "A", ()) in gaps
    assert len(gaps) == 6
    assert crew_on([four], MONDAY, "A") is None
    doubled = rota(offset=1)
    assert CoverageGap(1, date(2025, 1, 7), "M", ("1", "2")) in coverage_gaps(doubled)
    assert crew_on([doubled], date(2025, 1, 7), "M") is None


def test_two_shifts_of_twelve_hours_name_their_own_letters():
    twelve = rota(Pattern("DN--", offset=1, crew_count=4), shifts="DN")
    assert coverage_gaps(twelve) == []
    assert crew_on([twelve], MONDAY, "D") == "1"
    assert hours_per_week(twelve, Fraction(12)) == 42


@pytest.mark.parametrize(
    "changes",
    [
        {"pattern": ""},
        {"pattern": "MMAANN–"},
        {"pattern": "mman"},
        {"crews": ()},
        {"crews": ("1", "1")},
        {"crews": ("1", "")},
        {"shifts": ""},
        {"shifts": "MM"},
        {"shifts": "MAN-"},
        {"anchor": datetime(2025, 1, 6, tzinfo=UTC)},
    ],
)
def test_a_rota_that_cannot_be_used_is_refused(changes):
    with pytest.raises(RotaError):
        rota(**changes)


def test_a_crew_that_is_not_on_the_rota_and_a_time_instead_of_a_date_are_refused():
    with pytest.raises(IndexError):
        state(rota(), 5, MONDAY)
    with pytest.raises(IndexError):
        state(rota(), -1, MONDAY)
    with pytest.raises(RotaError):
        state(rota(), 0, datetime(2025, 1, 6, tzinfo=UTC))
    with pytest.raises(RotaError):
        crew_on([rota()], datetime(2025, 1, 6, tzinfo=UTC), "M")


@given(st.sampled_from(list(PATTERNS.values())), st.dates(), st.dates())
def test_every_shift_of_every_date_has_one_crew(pattern, anchor, day):
    known = rota(pattern, anchor=anchor, valid_from=date.min)
    crews = [crew_on([known], day, letter) for letter in "MAN"]
    assert None not in crews
    assert len(set(crews)) == 3


@given(
    st.text("MAND-", min_size=1, max_size=20),
    st.integers(-30, 30),
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.integers(0, 4),
)
def test_the_next_crew_does_the_same_offset_days_later_and_all_repeats(pattern, offset, day, crew):
    any_rota = rota(pattern=pattern, offset=offset)
    assert state(any_rota, crew, day) == state(any_rota, crew, day + timedelta(days=len(pattern)))
    assert state(any_rota, 0, day) == state(any_rota, crew, day + timedelta(days=offset * crew))
    assert state(any_rota, 0, MONDAY) == pattern[0]
