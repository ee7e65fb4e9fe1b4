"""The import page: upload, choose columns, see what would be stored, store it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from amps.models import AuditEntry
from observations.models import ImportBatch, ImportDraft, Observation
from principles.teams.models import Role
from sops.models import ObservationPoint
from tests.factories import make_person, make_plant, make_schedule

PAGE = "/shift/import/"
GOOD = "time;cell;value\n2026-03-09 10:00;1001;20,5\n2026-03-09 10:05;1002;25\n"


@pytest.fixture
def plant(db):
    make_schedule()
    ObservationPoint.objects.create(
        code="height", text_en="Height", text_nb="Høyde", kind="measurement", unit="cm", minimum=18, maximum=22
    )
    return make_plant()


@pytest.fixture
def lead(plant, client):
    person = make_person(Role.TECHNICAL_LEAD, plant.el1, "lead")
    client.force_login(person)
    return person


def _upload(client, content: str | bytes, name: str = "facts.csv"):
    data = content.encode() if isinstance(content, str) else content
    return client.post(PAGE, {"file": SimpleUploadedFile(name, data)})


def _draft(client, content: str | bytes = GOOD) -> str:
    response = _upload(client, content)
    assert response.status_code == 302
    return str(response.url)


def _choices(**changes) -> dict[str, str]:
    chosen = {
        "column_time": "0",
        "column_equipment": "1",
        "column_value": "2",
        "point": "height",
        "zone": "Europe/Oslo",
        "time_format": "iso",
        "decimal_mark": ",",
        "ok_words": "ok",
        "not_ok_words": "not ok",
        "na_words": "na",
    }
    return {**chosen, **changes}


def test_login_required(client, plant):
    assert client.get(PAGE).status_code == 302


def test_an_operator_may_not(client, plant):
    client.force_login(make_person(Role.OPERATOR, plant.el1))
    assert client.get(PAGE).status_code == 403


def test_another_persons_file_is_not_known(client, lead, plant):
    url = _draft(client)
    client.force_login(make_person(Role.TECHNICAL_LEAD, plant.el1, "other"))
    assert client.get(url).status_code == 404
    assert client.post(f"{url}discard/").status_code == 404


def test_wrong_method(client, lead):
    assert client.delete(PAGE).status_code == 405
    assert client.get(f"{_draft(client)}discard/").status_code == 405


def test_from_upload_to_stored(client, lead, plant):
    url = _draft(client)
    assert "Choose an observation point" in client.get(url).content.decode()
    assert client.post(url, _choices()).url == url
    page = client.get(url).content.decode()
    assert "Store all rows" in page
    assert not Observation.objects.exists()
    assert client.post(url, {"store": "1"}).url == PAGE
    assert list(Observation.objects.order_by("observed_at").values_list("value", "result", "area")) == [
        (20.5, "ok", plant.el1.pk),
        (25, "not_ok", plant.el1.pk),
    ]
    assert "2 rows stored." in client.get(PAGE).content.decode()
    assert not ImportDraft.objects.exists()
    assert AuditEntry.objects.filter(action="observations.imported", actor=lead).count() == 1


def test_the_same_file_again(client, lead):
    for _ in range(2):
        url = _draft(client)
        client.post(url, _choices())
        page = client.get(url).content.decode()
        client.post(url, {"store": "1"})
    assert "Every row of this file is stored already." in page
    assert Observation.objects.count() == 2


def test_wrong_rows_are_told_and_nothing_is_stored(client, lead):
    url = _draft(client, GOOD + "2026-03-09 10:06;9999;20\n2026-03-09 10:07;1001;1e308\n")
    client.post(url, _choices())
    page = client.get(url).content.decode()
    assert "There is no unit with this code." in page
    assert "The number is too large to be true." in page
    assert client.post(url, {"store": "1"}).status_code == 200
    assert not Observation.objects.exists()
    client.post(url, {"store": "1", "only_good": "on"})
    assert Observation.objects.count() == 2
    assert ImportBatch.objects.get().stored == 2


def test_what_was_chosen_stays_when_something_is_wrong(client, lead):
    url = _draft(client)
    page = client.post(url, _choices(column_equipment="2", source="laboratory")).content.decode()
    assert "One column can&#x27;t hold two things." in page
    assert "laboratory" in page


def test_a_unit_outside_ones_reach(client, lead, plant):
    url = _draft(client, "time;area;value\n2026-03-09 10:00;EL2;20\n")
    client.post(url, _choices(column_equipment="", column_area="1"))
    assert "You may not import into this unit." in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.csv", "empty"),
        (b"no workbook", "a.xlsx", "not an Excel workbook"),
        (b"time;value\n", "a.csv", "no rows"),
        (bytes(range(256)) * 200, "a.csv", "neither a CSV file nor an Excel workbook"),
    ],
)
def test_a_file_that_is_none(client, lead, content, name, why):
    response = _upload(client, content, name)
    assert response.status_code == 200
    assert why in response.content.decode()
    assert not ImportDraft.objects.exists()


def test_norwegian_text_from_an_older_spreadsheet(client, lead):
    text = "tid;celle;verdi;merknad\n2026-03-09 10:00;1001;20;tørr støv på sør\n"
    url = _draft(client, text.encode("cp1252"))
    assert "tørr støv på sør" in client.get(url).content.decode()


def test_few_queries(client, lead, django_assert_max_num_queries):
    url = _draft(client)
    client.post(url, _choices())
    with django_assert_max_num_queries(25):
        client.get(url)


def test_the_page_has_an_address(lead):
    assert reverse("observations:import") == PAGE
