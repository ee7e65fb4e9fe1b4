"""The plan as XLSX and CSV, with what the page's filters leave, and as a document that a worker makes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from amps.models import Document
from principles.teams.models import User
from roadmap.models import PlanYear
from roadmap.services.plan import entry_add
from tests.plan.world import NOW

pytestmark = pytest.mark.django_db
CSV, XLSX, PDF = "/direction/plan/export/csv/", "/direction/plan/export/xlsx/", "/direction/plan/pdf/"
EL1 = {"unit": "EL1", "year": "2026"}


@pytest.fixture
def planned(world):
    """Two actions: one with everything and Norwegian letters, one whose title looks like a formula."""
    PlanYear.objects.create(plant=world.plant.plant, year=2026, tonnes=60_000, nok_per_usd=10)
    first = world.action("Blåse æøå før økt", goal="Grønn")
    entry_add(
        action=first,
        year=2026,
        item_code="1.1.1",
        answer=world.evaluation.answers.get(item=world.red),
        nok_per_year=Decimal(3_000_000),
        actor=world.leader,
        now=NOW,
    )
    world.action('=HYPERLINK("http://x","y")', due=dt.date(2026, 7, 1))
    return first


def rows_of(answer, delimiter=","):
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_csv_holds_what_the_list_shows(leader_client, world, planned):
    answer = leader_client.get(CSV, EL1)
    assert answer["Content-Disposition"] == 'attachment; filename="plan-EL1-2026.csv"'
    first, second = rows_of(answer)
    assert first["Action"] == "Blåse æøå før økt"
    assert (first["Number"], first["Owner"], first["Due"], first["State"]) == (
        planned.number,
        "Astrid Leader",
        "2026-06-01",
        "Plan",
    )
    assert (first["NOK per year"], first["USD per tonne"]) == ("3000000", "5")
    assert (first["Focus item"], first["Status when raised"], first["In the plan"]) == ("1.1.1", "Red", "Yes")
    assert second["Action"] == '\'=HYPERLINK("http://x","y")'
    assert second["In the plan"] == "No"


def test_in_norwegian_the_headings_and_the_comma_are(leader_client, world, planned):
    User.objects.filter(pk=world.leader.pk).update(language="nb")
    entry = planned.plan_entry
    entry.nok_per_year = 3_333_333
    entry.save()
    answer = leader_client.get(CSV, EL1)
    first = rows_of(answer, ";")[0]
    assert "5,5556" in first.values()
    assert answer.content.decode("utf-8-sig").splitlines()[0].count(";") == 30


def test_the_filters_of_the_page_hold(leader_client, world, planned):
    assert len(rows_of(leader_client.get(CSV, {**EL1, "item": "with"}))) == 1
    assert rows_of(leader_client.get(CSV, {**EL1, "q": "nothing"})) == []
    assert [row["Number"] for row in rows_of(leader_client.get(CSV, {**EL1, "sort": "-due"}))][-1] == planned.number


def test_every_page_of_the_list_is_in_it(leader_client, world):
    for number in range(60):
        world.action(f"Action {number}")
    assert len(rows_of(leader_client.get(CSV, EL1))) == 60


def test_xlsx_holds_numbers_as_numbers_and_no_formula(leader_client, world, planned):
    answer = leader_client.get(XLSX, EL1)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    headings, first, second = (list(row) for row in sheet.iter_rows(values_only=True))
    row = dict(zip(headings, first, strict=True))
    assert row["NOK per year"] == 3_000_000
    assert row["Action"] == "Blåse æøå før økt"
    assert row["Due"].date() == dt.date(2026, 6, 1)
    cell = sheet.cell(row=3, column=headings.index("Action") + 1)
    assert cell.data_type == "s"
    assert cell.value.startswith("'=")
    assert second[0] != first[0]


def test_names_are_hidden_from_other_units(client, world, planned):
    client.force_login(world.neighbour)
    assert {row["Owner"] for row in rows_of(client.get(CSV, EL1))} == {"name hidden"}


def test_what_is_no_format_is_not_found(leader_client, world):
    for format in ("pdf", "xls"):
        assert leader_client.get(f"/direction/plan/export/{format}/", EL1).status_code == 404
    assert leader_client.get(CSV, {**EL1, "year": "1900"}).status_code == 404


def test_the_pdf_is_asked_for_in_the_readers_language(leader_client, world):
    answer = leader_client.post(f"{PDF}?unit=EL1&year=2026")
    document = Document.objects.get()
    assert answer.status_code == 302
    assert str(document.pk) in answer["Location"]
    assert (document.kind, document.language, document.requested_by) == ("plan", "en", world.leader)
    assert document.params == {"unit": "EL1", "year": 2026}
    assert leader_client.get(f"{PDF}?unit=EL1&year=2026").status_code == 405
