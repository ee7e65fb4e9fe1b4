"""GET /healthz: alive, or which part is not."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from amps import heartbeat, tasks
from amps.heartbeat import heartbeat_write, parts_alive
from amps.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_alive():
    for name in ("worker", "schedule", "queue"):
        heartbeat_write(name, now=timezone.now())


def test_alive(client, all_alive):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok", "down": [], "database": "ok", "worker": "ok", "schedule": "ok", "queue": "ok",
    }  # fmt: skip
    assert "no-store" in response["Cache-Control"]


def test_nothing_has_started_yet(client):
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["worker"] == "never seen"
    assert response.json()["down"] == ["worker", "schedule"]


@pytest.mark.parametrize(("part", "seconds"), [("worker", 61), ("schedule", 61), ("queue", 301)])
def test_a_silent_part_is_named(client, all_alive, part, seconds):
    Heartbeat.objects.filter(name=part).update(at=timezone.now() - dt.timedelta(seconds=seconds))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["down"] == [part]
    assert response.json()[part].startswith("silent for ")


def test_the_limit_itself_is_alive(all_alive):
    now = timezone.now()
    Heartbeat.objects.update(at=now - dt.timedelta(seconds=60))
    assert parts_alive(now=now)["worker"] == "ok"


def test_database_away(client, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(Heartbeat.objects, "values_list", away)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["down"] == ["database"]
    assert response.json()["worker"] == "unknown"


def test_a_heartbeat_that_cannot_be_written_harms_nobody(monkeypatch, caplog):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(heartbeat, "heartbeat_write", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    heartbeat.heartbeat_try("worker")
    assert "heartbeat not written" in caplog.text


def test_the_task_proves_the_queue():
    tasks.heartbeat()
    assert Heartbeat.objects.filter(name="queue").exists()


def test_post_is_refused(client):
    assert client.post("/healthz").status_code == 405
