"""The database itself refuses to change or delete facts."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from observations.models import EventReport, Observation
from observations.reporting import event_report
from sops.models import PointKind
from tests.observations.world import NOW, World, make_point


def test_observation_refuses_update_and_delete(world: World):
    fact = world.record().observation
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Observation.objects.filter(pk=fact.pk).update(note="other")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM observations_observation")
    assert Observation.objects.get(pk=fact.pk).note == ""


def test_event_report_refuses_update_and_delete(world: World):
    point = make_point("bluss", kind=PointKind.EVENT, opportunity="cell_days")
    report = event_report(id=uuid.uuid4(), point=point, area=world.area, shift=world.shift, reported_until=NOW, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        EventReport.objects.filter(pk=report.pk).update(opportunities=99)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM observations_eventreport")
