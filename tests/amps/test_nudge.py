"""A nudge goes out after the commit, and never harms whoever sends it."""

import shutil
from contextlib import contextmanager

import kombu.pools
import pytest
from celery import shared_task
from django.db import transaction

from amps.broker import ensure_broker_folders
from amps.celery import app
from amps.nudge import nudge

pytestmark = pytest.mark.django_db


@shared_task(name="tests.look_now")
def look_now(number: int) -> None:
    """Stands for any task."""


@contextmanager
def broker(url, options):
    """The application talks to another broker inside the block; open connections are forgotten on both ends."""
    before = (app.conf.broker_url, app.conf.broker_transport_options)
    use_broker(url, options)
    try:
        yield
    finally:
        use_broker(*before)


def use_broker(url, options):
    kombu.pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
    app.conf.update(broker_url=url, broker_transport_options=options)


@pytest.fixture
def folder_broker(settings, tmp_path):
    """The single-machine broker, as script/server uses it."""
    settings.CELERY_BROKER_URL = "filesystem://localhost"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
        "store_processed": False,
    }
    ensure_broker_folders()
    with broker(settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS):
        yield tmp_path


def messages(folder):
    return list((folder / "messages").glob("*.msg"))


def test_it_goes_out_after_the_commit(folder_broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        nudge(look_now, 7)
        assert messages(folder_broker) == []
    assert len(messages(folder_broker)) == 1


def test_a_rollback_sends_nothing(folder_broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        nudge(look_now, 7)
        transaction.set_rollback(True)
    assert messages(folder_broker) == []


def test_a_deleted_broker_folder_is_made_anew(folder_broker, django_capture_on_commit_callbacks):
    shutil.rmtree(folder_broker)
    with django_capture_on_commit_callbacks(execute=True):
        nudge(look_now, 7)
    assert len(messages(folder_broker)) == 1


def test_a_broker_that_refuses_is_logged_and_forgotten(folder_broker, django_capture_on_commit_callbacks, caplog):
    shutil.rmtree(folder_broker)
    folder_broker.write_text("a file where the folder should be")
    with django_capture_on_commit_callbacks(execute=True):
        nudge(look_now, 7)
    assert [record.getMessage() for record in caplog.records if record.name == "amps.nudge"] == ["nudge failed"]


@pytest.mark.redis
def test_it_reaches_a_real_redis(redis_url, django_capture_on_commit_callbacks):
    import redis

    with broker(redis_url, {}):
        with django_capture_on_commit_callbacks(execute=True):
            nudge(look_now, 7)
        with redis.Redis.from_url(redis_url) as client:
            assert client.llen("celery") == 1
