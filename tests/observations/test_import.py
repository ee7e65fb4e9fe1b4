"""Importing a table: what is read, what is refused and why, and that it is all or nothing."""

from __future__ import annotations

import datetime as dt
import io
import os
from decimal import Decimal

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from observations.importing.checking import Checked, check_rows
from observations.importing.columns import BadMapping, Mapping, guess, read_number, read_time
from observations.importing.storing import HasProblems, import_store
from observations.importing.table import BadFile, read_table
from observations.models import ImportBatch, Mark, Observation, Result
from observations.refusals import BadTime
from sops.models import ObservationPoint
from tests.factories import make_plant, make_schedule, oslo

NOW = oslo("2026-03-10 12:00")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def plant(db):
    make_schedule()
    ObservationPoint.objects.create(code="covered", text_en="Covered", text_nb="Dekket", kind="yes_no")
    ObservationPoint.objects.create(
        code="height", text_en="Height", text_nb="Høyde", kind="measurement", unit="cm", minimum=18, maximum=22
    )
    ObservationPoint.objects.create(code="holes", text_en="Holes", text_nb="Hull", kind="count", maximum=0)
    return make_plant()


def _table(text: str, **options):
    return read_table(text.encode(), name="facts.csv", **options)


def _check(text: str, *, allowed=None, **mapping) -> Checked:
    table = _table(text)
    return check_rows(table, guess(table, **mapping), allowed_areas=allowed, now=NOW)


def _only_problem(checked: Checked) -> tuple[int, str, str]:
    assert not checked.ready
    (problem,) = checked.problems
    return problem.line, str(problem.column), str(problem.why)


# --- the file ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_finds_the_delimiter(delimiter):
    table = _table(f"time{delimiter}value\n2026-03-01 10:00{delimiter}4\n")
    assert table.headings == ("time", "value")
    assert table.rows[0].cells == ("2026-03-01 10:00", "4")
    assert table.rows[0].line == 2


def test_it_reads_norwegian_letters_in_both_character_sets():
    text = "tid;merknad\n2026-03-01 10:00;åpent matehull på sør\n"
    assert read_table(text.encode(), name="a.csv").rows[0].cells[1] == "åpent matehull på sør"
    with pytest.raises(BadFile, match="character set"):
        read_table(text.encode("cp1252"), name="a.csv")
    assert (
        read_table(text.encode("cp1252"), name="a.csv", encoding="cp1252").rows[0].cells[1] == "åpent matehull på sør"
    )


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "a.csv", "empty"),
        (b"  \n ", "a.csv", "empty"),
        (b"time,value\n", "a.csv", "no rows"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "a.csv", "neither a CSV"),
        (b"PK\x03\x04 but no workbook", "a.xlsx", "damaged"),
        (b"time,value\n", "a.xlsx", "not an Excel workbook"),
        (b"time,value\n1," + b"x" * 3000, "a.csv", "far too long"),
        (b"a\x00b,c\n" * 5, "a.csv", "neither a CSV"),
        (b",".join([b"x"] * 80) + b"\n" + b"1,2\n", "a.csv", "more than 60 columns"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(data, name, why):
    with pytest.raises(BadFile, match=why):
        read_table(data, name=name)


def test_ten_megabytes_of_garbage_are_refused():
    with pytest.raises(BadFile):
        read_table(os.urandom(10 * 1024 * 1024), name="garbage.csv")
    with pytest.raises(BadFile, match="larger than 10 MB"):
        read_table(b"x" * (10 * 1024 * 1024 + 1), name="garbage.csv")


def test_it_reads_a_workbook():
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["time", "value", "cell"])
    book.active.append([dt.datetime.fromisoformat("2026-03-01 10:00"), 20.5, 1001])
    data = io.BytesIO()
    book.save(data)
    table = read_table(data.getvalue(), name="facts.xlsx")
    assert table.headings == ("time", "value", "cell")
    assert table.rows[0].cells == ("2026-03-01 10:00:00", "20.5", "1001")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx"]))
def test_any_bytes_are_a_table_or_refused(data, name):
    try:
        table = read_table(data, name=name)
    except BadFile:
        return
    assert all(len(row.cells) == table.width for row in table.rows)


# --- cells ---


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("4,25", ",", "4.25"),
        ("1 234,5", ",", "1234.5"),
        ("1.234,5", ",", "1234.5"),
        ("-0.5", ".", "-0.5"),
        ("−3", ".", "-3"),
    ],
)
def test_numbers_by_decimal_mark(text, mark, number):
    assert read_number(text, Mapping(columns={}, decimal_mark=mark)) == Decimal(number)


def test_times_when_the_clocks_change():
    skipped = Mapping(columns={})
    with pytest.raises(BadTime, match="skipped"):
        read_time("2026-03-29 02:30", skipped)
    with pytest.raises(BadTime, match="twice"):
        read_time("2025-10-26 02:30", skipped)
    assert (
        read_time("2025-10-26 02:30", Mapping(columns={}, ambiguous="first")).isoformat() == "2025-10-26T00:30:00+00:00"
    )
    assert (
        read_time("2025-10-26 02:30", Mapping(columns={}, ambiguous="second")).isoformat()
        == "2025-10-26T01:30:00+00:00"
    )
    assert read_time("2025-10-26T02:30:00+02:00", skipped).isoformat() == "2025-10-26T00:30:00+00:00"


# --- rows ---


def test_good_rows_become_facts(plant):
    checked = _check(
        "time;point;cell;value;result;note\n"
        "2026-03-09 10:00;height;1001;20.5;;\n"
        "2026-03-09 10:05;height;1001;25;;too high\n"
        "2026-03-09 10:10;covered;1002;;ja;\n"
        "2026-03-09 10:11;covered;1002;;n/a;\n"
    )
    assert not checked.problems
    assert [one.result for one in checked.ready] == [Result.OK, Result.NOT_OK, Result.OK, Result.NOT_APPLICABLE]
    assert {one.area_id for one in checked.ready} == {plant.el1.pk}
    assert checked.ready[0].shift == (dt.date(2026, 3, 9), 1)


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("2026-03-09 10:00;height;9999;20", "Equipment", "no unit with this code"),
        ("2026-03-09 10:00;nothing;1001;20", "Observation point", "no observation point"),
        ("yesterday;height;1001;20", "Time", "not a time"),
        ("2026-03-11 10:00;height;1001;20", "Time", "in the future"),
        ("1970-01-01 00:00;height;1001;20", "Time", "too far back"),
        ("2026-03-09 10:00;height;1001;1e308", "Value", "too large"),
        ("2026-03-09 10:00;height;1001;NaN", "Value", "not a number"),
        ("2026-03-09 10:00;height;1001;twenty", "Value", "not a number"),
        ("2026-03-09 10:00;holes;1001;-1", "Value", "below zero"),
        ("2026-03-09 10:00;holes;1001;1.5", "Value", "whole number"),
        ("2026-03-09 10:00;height;1001;", "Value", "neither a result nor a value"),
        ("2026-03-09 10:00;height;;20", "Area", "does not say where"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_reason(plant, row, column, why):
    line, where, said = _only_problem(_check(f"time;point;cell;value\n{row}\n"))
    assert (line, where) == (2, column)
    assert why in said


def test_a_unit_outside_the_persons_reach(plant):
    checked = _check("time;value;cell\n2026-03-09 10:00;20;1001\n", allowed={plant.el2.pk}, point="height")
    assert "may not import" in _only_problem(checked)[2]


def test_a_mapping_without_time_is_refused(plant):
    with pytest.raises(BadMapping, match="time"):
        _check("a;b\nx;y\n", point="height", area="EL1")


# --- storing ---


def _store(text: str, **options):
    table = _table(text)
    return import_store(
        table,
        guess(table, point="height", area="EL1"),
        file_name="facts.csv",
        actor=None,
        allowed_areas=None,
        now=NOW,
        **options,
    )


BAD_AND_GOOD = "time;value\n2026-03-09 10:00;20\n2026-03-09 10:05;twenty\n"


def test_one_bad_row_and_nothing_is_stored(plant):
    with pytest.raises(HasProblems) as refused:
        _store(BAD_AND_GOOD)
    assert [problem.line for problem in refused.value.checked.problems] == [3]
    assert not Observation.objects.exists()
    assert not ImportBatch.objects.exists()
    assert not Mark.objects.exists()


def test_the_good_rows_alone_when_the_person_says_so(plant):
    batch, checked = _store(BAD_AND_GOOD, only_good=True)
    assert (batch.rows, batch.stored, len(checked.problems)) == (2, 1, 1)
    assert Observation.objects.get().value == 20


def test_equal_rows_are_facts_of_their_own_and_come_once(plant):
    twice = "time;value\n2026-03-09 10:00;20\n2026-03-09 10:00;20\n"
    assert _store(twice)[0].stored == 2
    assert _store(twice)[0].stored == 0
    assert _store(twice + "2026-03-09 10:00;20\n")[0].stored == 1
    assert Observation.objects.count() == 3


def test_the_marks_name_each_tally_once(plant):
    _store("time;value\n2026-03-09 10:00;20\n2026-03-09 10:01;21\n2026-03-09 15:00;20\n")
    assert Mark.objects.count() == 2
