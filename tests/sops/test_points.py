"""An observation point: its page, the register, and changing its limits."""

from decimal import Decimal

import pytest
from django.urls import reverse

from amps.models import AuditEntry
from principles.teams.models import Role
from sops.models import ObservationPoint, PointKind
from sops.wording import limits_text, minutes_text, sample_text
from tests import factories
from tests.sops.cast import Cast, make_point, make_sop

EDIT = "sops:point_edit"


def data(**changed: object) -> dict[str, object]:
    given = {"version": 1, "minimum": "11,5", "maximum": "16", "decimals": 1, "sample_per": "shift", "active": "on"}
    return {**given, **changed}


def test_the_page_says_how_limits_and_where(client, cast: Cast):
    client.force_login(cast.outsider)
    text = client.get(reverse("sops:point", args=["cover"])).content.decode()
    assert "at least 11 cm" in text
    assert "SOP-01.2" in text
    assert reverse("kpis:point_indicators", args=["cover"]) in text


def test_the_register_is_searched(client, cast: Cast):
    client.force_login(cast.outsider)
    text = client.get(reverse("sops:points"), query_params={"q": "HOLE"}).content.decode()
    assert "Point hole_open" in text
    assert "Point cover" not in text
    assert "No point like that" in client.get(reverse("sops:points"), query_params={"q": "zzz"}).content.decode()


def test_limits_are_changed_and_stand_on_the_audit_trail(client, cast: Cast):
    client.force_login(cast.leader)
    assert client.get(reverse(EDIT, args=["cover"])).status_code == 200
    response = client.post(reverse(EDIT, args=["cover"]), data(critical="on"))
    assert response["Location"] == reverse("sops:point", args=["cover"])
    point = ObservationPoint.objects.get(code="cover")
    assert (point.minimum, point.maximum, point.critical, point.active, point.version) == (
        Decimal("11.5"),
        Decimal(16),
        True,
        True,
        2,
    )
    entry = AuditEntry.objects.get(action="point.edited")
    assert entry.actor_name == str(cast.leader)
    assert entry.before is not None
    assert entry.before["maximum"] is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"minimum": "20", "maximum": "10"}, "can&#x27;t be below the lowest"),
        ({"minimum": "1e308"}, "no more than 18 digits"),
        ({"minimum": "tykt"}, "Enter a number."),
        ({"decimals": "9"}, "Six decimals at most."),
        ({"sample_size": "-3"}, "greater than or equal to 0"),
        ({"sample_per": "hour"}, "Select a valid choice."),
        ({"version": "7"}, "Someone else has changed this point"),
    ],
)
def test_bad_input_changes_nothing(client, cast: Cast, changed: dict[str, str], sentence: str):
    client.force_login(cast.leader)
    response = client.post(reverse(EDIT, args=["cover"]), data(**changed))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    point = ObservationPoint.objects.get(code="cover")
    assert (point.minimum, point.maximum, point.version) == (Decimal(11), None, 1)


def test_a_yes_or_no_point_has_no_limits_to_change(client, cast: Cast):
    client.force_login(cast.leader)
    assert "minimum" not in client.get(reverse(EDIT, args=["hole_open"])).content.decode()
    client.post(reverse(EDIT, args=["hole_open"]), {"version": 1, "sample_per": "day", "sample_size": "4"})
    point = ObservationPoint.objects.get(code="hole_open")
    assert (point.sample_size, point.sample_per, point.active) == (4, "day", False)


def test_changing_is_for_those_who_set_targets_wherever_it_is_used(client, cast: Cast):
    url = reverse(EDIT, args=["cover"])
    assert client.get(url)["Location"].startswith(reverse("account_login"))
    for person in (cast.operator, cast.outsider):
        client.force_login(person)
        assert client.get(url).status_code == 403
        assert client.post(url, data()).status_code == 403
    client.force_login(cast.leader)
    assert client.put(url).status_code == 405
    make_sop("SOP-02", owner=cast.plant.el2, role=cast.role, points=[cast.points[1]])
    assert client.get(url).status_code == 403
    client.force_login(factories.make_person(Role.AREA_LEADER, cast.plant.plant))
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minimum": Decimal("15"), "maximum": Decimal("25"), "unit": "mm"}, "15 – 25 mm"),
        ({"minimum": Decimal("0.5"), "maximum": Decimal("1"), "unit": "mV"}, "0.5 – 1.0 mV"),
        ({"maximum": Decimal("14"), "unit": "min"}, "at most 14 min"),
        ({"minimum": Decimal("-50.000000"), "maximum": Decimal("50"), "unit": "kg"}, "−50 – 50 kg"),
        ({}, ""),
    ],
)
def test_limits_in_words(fields: dict[str, object], words: str):
    assert limits_text(ObservationPoint(kind=PointKind.MEASUREMENT, **fields)) == words


def test_counts_that_must_be_none_and_samples_in_words(db):
    assert limits_text(ObservationPoint(kind=PointKind.COUNT, maximum=Decimal(0), unit="holes")) == "none"
    assert limits_text(ObservationPoint(kind=PointKind.COUNT, maximum=Decimal(3), unit="hoods")) == "at most 3"
    assert sample_text(make_point("a", sample_size=8, sample_of="cell")) == "8 cells per shift"
    assert sample_text(make_point("b", sample_size=1, sample_of="cell", sample_per="week")) == "1 cell per week"
    assert sample_text(make_point("c", sample_of="anode_effect", sample_per="event")) == "each anode effect"
    assert sample_text(make_point("d", sample_of="something_new")) == "each one"


@pytest.mark.parametrize(
    ("value", "words"), [(None, ""), ("0.5", "0.5 min"), ("90", "90 min"), ("150", "2 h 30 min"), ("3600", "60 h")]
)
def test_standard_times_in_words(value: str | None, words: str):
    assert minutes_text(None if value is None else Decimal(value)) == words
