"""Event series on shift: one logged, and the shift's list complete."""

import uuid

from django.test import Client

from observations.models import EventReport, Observation, Result
from sops.models import ObservationPoint, PointKind
from tests import factories
from tests.observations.world import NOW, World, make_point

URL = "/shift/events/"


def series() -> ObservationPoint:
    return make_point("bluss", kind=PointKind.EVENT, opportunity="cell_days")


def test_no_series_and_no_role(signed_in: Client, world: World):
    assert "No event series yet" in signed_in.get(URL).content.decode()
    signed_in.force_login(factories.make_user("newcomer"))
    assert signed_in.get(URL).status_code == 403


def test_an_event_is_logged_on_its_cell(signed_in: Client, world: World):
    point = series()
    said = {"point": point.code, "cell": "1002", "number": "2", "id": str(uuid.uuid4()), "observed_at": NOW.isoformat()}
    html = signed_in.post(URL, said, follow=True).content.decode()
    fact = Observation.objects.get()
    assert fact.result == Result.VALUE
    assert fact.value == 2
    assert (fact.equipment, fact.area) == (world.plant.cells[1], world.area)
    assert "1002" in html
    signed_in.post(URL, said)
    assert Observation.objects.count() == 1


def test_bad_input_is_told_at_the_field(signed_in: Client, world: World):
    point = series()
    factories.make_equipment("2001", parent=world.plant.el2)
    for fields, words in (
        ({"cell": "9999"}, "There is no cell with this number."),
        ({"cell": "2001"}, "does not stand in this area"),
        ({"cell": "1001", "number": "-1"}, "below zero"),
        ({"cell": "1001", "number": "1e308"}, "too large"),
    ):
        html = signed_in.post(URL, {"point": point.code, "number": "1", **fields}).content.decode()
        assert words in html
        assert f'value="{fields["cell"]}"' in html
    assert not Observation.objects.exists()


def test_the_list_is_complete(signed_in: Client, world: World):
    point = series()
    assert "Counted per cell-day: 2.0 in this shift." in signed_in.get(URL).content.decode()
    said = {"unit": "EL1", "point": point.code, "id": str(uuid.uuid4()), "observed_at": NOW.isoformat()}
    html = signed_in.post(f"{URL}reported/", said, follow=True).content.decode()
    assert "what is not logged did not happen" in html
    assert EventReport.objects.get().opportunities == 2
    again = {**said, "id": str(uuid.uuid4())}
    assert "already reported" in signed_in.post(f"{URL}reported/", again, follow=True).content.decode()
    signed_in.force_login(world.outsider)
    assert signed_in.post(f"{URL}reported/", said).status_code == 403
