"""System checks: what production refuses although the settings could be read."""

import pytest
from django.contrib.auth import get_user_model

from amps.checks import no_demo_people, production_settings, stop_if_unsafe

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_person():
    return get_user_model()._default_manager.create(username="demo-operator", is_demo=True)


def test_demo_people_stop_production(settings, demo_person):
    settings.PRODUCTION = True
    [error] = no_demo_people(None, databases=["default"])
    assert error.id == "amps.E002"
    assert "1 demo people" in error.msg
    with pytest.raises(SystemExit, match="AMPS does not start in production"):
        stop_if_unsafe()


def test_demo_people_are_fine_in_a_demo(demo_person):
    assert no_demo_people(None, databases=["default"]) == []
    stop_if_unsafe()


def test_real_people_are_fine_in_production(settings):
    settings.PRODUCTION = True
    get_user_model()._default_manager.create(username="ola")
    assert no_demo_people(None, databases=["default"]) == []


def test_the_database_is_left_alone_when_nobody_asks_for_it(settings, demo_person):
    settings.PRODUCTION = True
    assert no_demo_people(None, databases=None) == []


def test_debug_stops_production(settings):
    settings.PRODUCTION = settings.DEBUG = True
    assert [error.id for error in production_settings(None)] == ["amps.E001"]
