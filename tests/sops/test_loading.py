"""The shipped standard, counted against its file."""

import datetime as dt

import pytest
from django.db.models import Count

from principles.teams.models import Role
from sops.loading import OwnerMissing, standard_data, standard_load
from sops.models import (
    CriticalEquipment,
    CriticalProcess,
    JobRole,
    ObservationPoint,
    Sop,
    SopPoint,
    SopRevision,
    SopStep,
)
from sops.wording import limits_text, sample_text
from tests.factories import make_person, make_unit

NOW = dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(days=91)
MODELS = (JobRole, CriticalProcess, ObservationPoint, Sop, SopRevision, SopStep, SopPoint, CriticalEquipment)


def load(**changed):
    unit = make_unit("EL1") if "owners" not in changed else None
    owners = {sop["code"]: unit for sop in standard_data()["sops"]}
    values = {"owners": owners, "author": None, "approver": None, "effective_from": SINCE, "now": NOW, **changed}
    return owners, standard_load(**values)


def test_it_makes_what_the_file_says(db):
    data = standard_data()
    _owners, loaded = load()
    assert (loaded.roles, loaded.processes, loaded.points) == (
        len(data["roles"]),
        len(data["processes"]),
        len(data["points"]),
    )
    assert (loaded.sops, loaded.equipment) == (10, 10)
    counted = Sop.objects.annotate(
        n_steps=Count("revisions__steps", distinct=True), n_points=Count("revisions__points", distinct=True)
    )
    assert {sop.code: (sop.n_steps, sop.n_points) for sop in counted} == {
        sop["code"]: (len(sop["steps"]), len(sop["points"])) for sop in data["sops"]
    }
    for sop in data["sops"]:
        bound = SopPoint.objects.filter(revision__sop__code=sop["code"]).values_list(
            "code", "step__number", "point__code"
        )
        assert set(bound) == {(point["code"], point["step"], point["point"]) for point in sop["points"]}
    assert SopRevision.objects.in_force(NOW).count() == 10
    assert not SopRevision.objects.in_force(SINCE - dt.timedelta(seconds=1)).exists()


def test_a_second_time_nothing_is_made_and_nothing_set_back(db):
    owners, _first = load()
    ObservationPoint.objects.filter(code="cover_thickness").update(maximum=18)
    before = [model.objects.count() for model in MODELS]
    _owners, again = load(owners=owners)
    assert (again.roles, again.processes, again.points, again.sops, again.equipment) == (0, 0, 0, 0, 0)
    assert [model.objects.count() for model in MODELS] == before
    assert ObservationPoint.objects.get(code="cover_thickness").maximum == 18


def test_a_limit_that_the_plant_must_set_has_its_demo_value_and_says_so(db):
    load()
    point = ObservationPoint.objects.get(code="insulation_reading")
    assert point.minimum == 500
    assert "demo value" in point.how_en
    assert not ObservationPoint.objects.get(code="soda_addition").active


def test_author_and_approver_stand_on_the_revision(db):
    unit = make_unit("EL2")
    author, approver = make_person(Role.OPERATOR, unit), make_person(Role.TECHNICAL_LEAD, unit)
    owners = {sop["code"]: unit for sop in standard_data()["sops"]}
    load(owners=owners, author=author, approver=approver)
    revision = SopRevision.objects.get(sop__code="SOP-01")
    assert (revision.author, revision.approved_by, revision.effective_from) == (author, approver, SINCE)


def test_an_sop_without_an_owner_is_refused_before_anything_is_made(db):
    with pytest.raises(OwnerMissing, match="SOP-10"):
        load(owners={f"SOP-0{n}": make_unit() for n in range(1, 10)})
    assert not JobRole.objects.exists()


def test_every_point_of_the_standard_has_its_words(db):
    load()
    for point in ObservationPoint.objects.all():
        assert limits_text(point), point.code
        assert sample_text(point), point.code
        assert point.text_en, point.code
        assert point.text_nb, point.code
        assert point.how_nb, point.code
