"""The product's mark in the browser's tab: named by every page, and where browsers ask for it unasked."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from principles.teams.models import Role
from tests import factories as make

ICON = re.compile(r'<link rel="icon" type="image/svg\+xml" href="([^"]+)">')


def is_the_mark(address: str) -> bool:
    return finders.find(address.removeprefix(settings.STATIC_URL)) == str(settings.BASE_DIR / "static/img/mark.svg")


@pytest.mark.django_db
def test_browsers_that_ask_straight_are_led_to_the_mark(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert is_the_mark(answer["Location"])
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert not answer.cookies
    assert client.post("/favicon.ico").status_code == 405


@pytest.mark.django_db
def test_the_mark_is_there_as_a_picture(client, tmp_path):
    with override_settings(STATIC_ROOT=tmp_path, WHITENOISE_USE_FINDERS=True, WHITENOISE_AUTOREFRESH=True):
        call_command("collectstatic", "--noinput", verbosity=0)
        answer = Client().get("/favicon.ico", follow=True)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["admin:index", "admin:teams_unit_changelist", "admin:teams_unit_add", "kpis:dashboard"]
)
def test_pages_name_it(client, name):
    plant = make.make_plant()
    make.make_schedule()
    client.force_login(make.make_person(Role.ADMINISTRATOR, plant.company, "administrator"))
    named = ICON.findall(client.get(reverse(name)).content.decode())
    assert len(named) == 1
    assert is_the_mark(named[0])


@pytest.mark.django_db
def test_pages_before_the_login_and_of_errors_name_it(client):
    assert is_the_mark(ICON.findall(client.get("/accounts/login/").content.decode())[0])
    missing = client.get("/no-such-page/", follow=True)
    assert is_the_mark(ICON.findall(missing.content.decode())[0])
