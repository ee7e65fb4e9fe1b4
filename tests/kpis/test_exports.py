"""Downloads: the same figures as the page, as numbers, without names for those who may not see them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.utils import translation
from openpyxl import load_workbook

from amps.exports import UnknownFormat, harmless, tabular_response
from observations.models import Observation

URL = "/figures/export/"


def csv_rows(response, delimiter=","):
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=delimiter))


def xlsx_rows(response):
    sheet = load_workbook(io.BytesIO(response.content)).active
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.django_db
def test_the_dashboard_as_csv_and_xlsx(leader_client):
    shown = leader_client.get("/figures/", {"unit": "EL1"}).context["board"]
    (row,) = [row for row in shown.rows if row.indicator.code == "O05"]
    for format, read in (("csv", csv_rows), ("xlsx", xlsx_rows)):
        answer = leader_client.get(f"{URL}dashboard/", {"unit": "EL1", "format": format})
        assert answer["Content-Disposition"] == f'attachment; filename="amps-EL1.{format}"'
        found = [line for line in read(answer) if line["Code"] == "O05"]
        assert [Decimal(str(line["Figure"])) for line in found] == [slot.cell.reading.value for slot in row.slots]
        assert [int(line["Seen"]) for line in found] == [slot.cell.reading.n for slot in row.slots]
        assert (int(found[0]["Planned"]), int(found[0]["Done of planned"])) == (6, 5)
        for line in found:
            assert int(line["Done of planned"]) + int(line["Outside the plan"]) == int(line["Seen"])
            assert int(line["Done of planned"]) <= int(line["Planned"])


@pytest.mark.django_db
def test_a_filter_of_the_page_is_a_filter_of_the_file(leader_client, leader):
    crew = leader.shifts[0].crew
    rows = csv_rows(leader_client.get(f"{URL}dashboard/", {"unit": "EL1", "crew": crew.code, "format": "csv"}))
    assert {row["Crew"] for row in rows} == {crew.name}
    assert not csv_rows(leader_client.get(f"{URL}dashboard/", {"unit": "EL1", "dimension": "cost", "format": "csv"}))


@pytest.mark.django_db
def test_the_numbers_of_an_indicator(leader_client):
    query = {"indicator": "O05", "unit": "EL1", "cadence": "shift", "format": "xlsx"}
    rows = xlsx_rows(leader_client.get(f"{URL}numbers/", query))
    assert [row["Figure"] for row in rows][-3:] == [80, 60, 80]
    assert rows[-1]["Key"] == "2026-03-11.1"
    assert rows[-1]["From"].hour == 6


@pytest.mark.django_db
def test_the_makeup_adds_up_in_the_file_too(leader_client):
    query = {"indicator": "O05", "unit": "EL1", "cadence": "week", "format": "csv"}
    rows = csv_rows(leader_client.get(f"{URL}makeup/", query))
    for by in ("What", "Where", "Who", "Which step"):
        assert sum(Decimal(row["Of the gap"]) for row in rows if row["By"] == by) == Decimal("-20.7")
        assert sum(int(row["Observations"]) for row in rows if row["By"] == by) == 35


@pytest.mark.django_db
def test_observations_with_names_only_where_they_may_be_seen(client, leader_client, leader):
    query = {"indicator": "O05", "unit": "EL1", "cadence": "week", "show": "all", "format": "csv"}
    named = csv_rows(leader_client.get(f"{URL}observations/", query))
    assert len(named) == 35
    assert {row["By"] for row in named} == {"Odd Operator"}
    client.force_login(leader.people["neighbour"])
    unnamed = leader_client.get(f"{URL}observations/", query)
    assert len(csv_rows(unnamed)) == 35
    assert "By" not in csv_rows(unnamed)[0]
    assert b"Odd Operator" not in unnamed.content


@pytest.mark.django_db
def test_a_note_never_becomes_a_formula(leader_client, leader):
    seen = Observation.objects.filter(point=leader.b, result="not_ok").order_by("-observed_at").first()
    Observation.objects.bulk_create(
        [
            Observation(
                id="00000000-0000-7000-8000-000000000001",
                point=seen.point,
                area=seen.area,
                shift=seen.shift,
                crew=seen.crew,
                result="not_ok",
                note="=HYPERLINK(1)",
                observed_at=seen.observed_at,
            )
        ]
    )
    query = {"indicator": "O05", "unit": "EL1", "cadence": "week"}
    written = csv_rows(leader_client.get(f"{URL}observations/", {**query, "format": "csv"}))
    assert "'=HYPERLINK(1)" in {row["Note"] for row in written}
    sheet = xlsx_rows(leader_client.get(f"{URL}observations/", {**query, "format": "xlsx"}))
    assert "'=HYPERLINK(1)" in {row["Note"] for row in sheet}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("dashboard", {"format": "pdf"}),
        ("dashboard", {}),
        ("nothing", {"format": "csv"}),
        ("numbers", {"format": "csv", "indicator": "NONE"}),
        ("numbers", {"format": "csv", "indicator": "O05", "period": "never"}),
        ("dashboard", {"format": "csv", "unit": "NONE"}),
    ],
)
def test_what_does_not_exist_is_not_found(leader_client, what, query):
    assert leader_client.get(f"{URL}{what}/", {"unit": "EL1", **query}).status_code == 404


@pytest.mark.django_db
def test_login_is_required_and_post_is_rejected(client, leader):
    assert client.get(f"{URL}dashboard/?format=csv").status_code == 302
    client.force_login(leader.people["operator"])
    assert client.post(f"{URL}dashboard/?format=csv").status_code == 405
    assert client.get(f"{URL}dashboard/?unit=EL1&format=csv").status_code == 200


def test_where_decimals_have_a_comma_fields_have_semicolons():
    with translation.override("nb"):
        answer = tabular_response([["Bluss; mange", Decimal("0.120000")]], ["Navn", "Tall"], "csv", "bluss på 1042")
    assert answer.content.decode("utf-8-sig") == 'Navn;Tall\r\n"Bluss; mange";0,12\r\n'
    assert answer["Content-Disposition"] == 'attachment; filename="bluss-p-1042.csv"'
    with translation.override("en"):
        answer = tabular_response([["x", Decimal("1200.50"), None]], ["a", "b", "c"], "csv", "")
    assert answer.content.decode("utf-8-sig") == "a,b,c\r\nx,1200.5,\r\n"
    assert answer["Content-Disposition"] == 'attachment; filename="amps.csv"'


def test_numbers_stay_numbers_in_a_spreadsheet():
    answer = tabular_response([["a\x07b", Decimal("0.120000"), -3]], ["t", "d", "i"], "xlsx", "x")
    assert xlsx_rows(answer) == [{"t": "ab", "d": 0.12, "i": -3}]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "|x", "%x"])
def test_what_a_spreadsheet_would_run_is_defused(text):
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_other_formats_are_refused():
    with pytest.raises(UnknownFormat):
        tabular_response([], [], "pdf", "x")
