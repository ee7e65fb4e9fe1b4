"""Coming in and going out: signing in, throttling, language, the start page, a session that ends."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from principles.teams.models import Role, User
from tests import factories as make

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    cache.clear()


def sign_in(client: Client, user: str, password: str = make.PASSWORD):
    return client.post(LOGIN, {"login": user, "password": password})


def test_signing_in_and_out(client: Client, operator: User):
    assert sign_in(client, "operator").headers["Location"] == "/"
    assert client.get("/together/units/").status_code == 200
    assert client.post("/accounts/logout/").headers["Location"] == LOGIN
    assert client.get("/together/units/").headers["Location"].startswith(LOGIN)


def test_a_wrong_password_is_said_in_the_readers_language(client: Client, operator: User):
    client.cookies["amps_language"] = "en"
    page = sign_in(client, "operator", "wrong")
    assert page.status_code == 200
    assert "The username or the password is wrong." in page.content.decode()
    assert 'value="operator"' in page.content.decode()


def test_nobody_learns_who_is_there(client: Client, operator: User):
    client.cookies["amps_language"] = "en"
    make.make_user("gone", is_active=False)
    for name in ("operator", "nobody", "gone"):
        assert "The username or the password is wrong." in sign_in(client, name, "wrong").content.decode()


def test_a_login_out_of_use_opens_nothing_and_says_so_to_its_owner(client: Client, db: None):
    client.cookies["amps_language"] = "en"
    make.make_user("gone", is_active=False)
    assert sign_in(client, "gone").headers["Location"] == LOGIN
    assert "This login is out of use." in client.get(LOGIN).content.decode()
    assert "_auth_user_id" not in client.session


def test_guessing_a_password_is_stopped(client: Client, operator: User):
    client.cookies["amps_language"] = "en"
    for _ in range(5):
        assert "Too many" not in sign_in(client, "operator", "wrong").content.decode()
    assert "Too many wrong tries" in sign_in(client, "operator", "wrong").content.decode()
    # The right password does not help now, nor does another browser.
    other = Client()
    other.cookies["amps_language"] = "en"
    assert "Too many wrong tries" in sign_in(other, "operator").content.decode()
    assert "_auth_user_id" not in other.session


def test_a_flood_of_tries_gets_429_in_words(client: Client, operator: User, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "3/m/ip"}
    client.cookies["amps_language"] = "en"
    statuses = [sign_in(client, f"name{n}", "wrong").status_code for n in range(5)]
    assert 429 in statuses
    assert "Too many tries in a short time" in sign_in(client, "operator").content.decode()


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email", "account_set_password"])
def test_only_what_is_needed_is_there(name: str):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.django_db
def test_a_link_signs_nobody_out_and_changes_no_language(client: Client):
    assert client.get("/accounts/logout/").headers["Location"] == LOGIN
    assert client.get("/language/").status_code == 405


# --- the demo's people ---


@pytest.mark.django_db
def test_demo_people_stand_on_the_page_in_a_demo_only(client: Client, settings):
    make.make_user("operator", is_demo=True)
    client.cookies["amps_language"] = "en"
    page = client.get(LOGIN)
    assert [login["username"] for login in page.context["demo_logins"]] == ["operator"]
    assert 'name="login" value="operator"' in page.content.decode()
    settings.AMPS_ENV = "production"
    page = client.get(LOGIN)
    assert page.context["demo_logins"] == []
    assert "operator" not in page.content.decode()


@pytest.mark.django_db
def test_without_demo_people_none_are_offered(client: Client):
    make.make_user("operator", is_demo=False)
    assert client.get(LOGIN).context["demo_logins"] == []


# --- the start page ---


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.OPERATOR, "/shift/"),
        (Role.SHIFT_LEAD, "/shift/"),
        (Role.MAINTENANCE, "/shift/"),
        (Role.AREA_LEADER, "/figures/"),
        (Role.PLANT_MANAGER, "/direction/plan/"),
        (Role.ADMINISTRATOR, "/together/units/"),
    ],
)
def test_everybody_starts_where_their_day_starts(client: Client, plant: make.Plant, role: Role, page: str):
    client.force_login(make.make_person(role, plant.el1))
    assert client.get("/").headers["Location"] == page


def test_without_a_role_one_starts_on_ones_own_page(client: Client, db: None):
    client.force_login(make.make_user())
    assert client.get("/").headers["Location"] == "/together/me/"


# --- language ---


@pytest.mark.django_db
def test_the_language_is_kept_on_the_device_before_signing_in(client: Client):
    client.post("/language/", {"language": "en", "next": LOGIN})
    assert '<html lang="en"' in client.get(LOGIN).content.decode()
    client.post("/language/", {"language": "nb", "next": LOGIN})
    assert '<html lang="nb"' in client.get(LOGIN).content.decode()


def test_the_language_is_kept_with_the_person(client: Client, operator: User):
    client.force_login(operator)
    answer = client.post("/language/", {"language": "nb", "next": "/together/crews/?x=1"})
    assert answer.headers["Location"] == "/together/crews/?x=1"
    operator.refresh_from_db()
    assert operator.language == "nb"
    # Another device, with another language of its own.
    other = Client()
    other.cookies["amps_language"] = "en"
    other.force_login(operator)
    assert '<html lang="nb"' in other.get("/together/units/").content.decode()


def test_a_language_that_is_not_there_changes_nothing(client: Client, operator: User):
    client.force_login(operator)
    answer = client.post("/language/", {"language": "xx", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    operator.refresh_from_db()
    assert operator.language == "en"


# --- a session that ends ---


@pytest.mark.django_db
def test_a_tap_after_the_session_gets_401_and_the_way_back(client: Client):
    page = "http://testserver/shift/round/7/?cell=3"
    answer = client.post("/together/me/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer.status_code == 401
    assert json.loads(answer.headers["HX-Trigger"]) == {
        "amps:sign-in": {"url": "/accounts/login/?next=%2Fshift%2Fround%2F7%2F%3Fcell%3D3"}
    }
    assert "<html" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["https://elsewhere.example/shift/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_elsewhere(client: Client, page: str):
    answer = client.get("/together/me/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert json.loads(answer.headers["HX-Trigger"])["amps:sign-in"]["url"] == LOGIN


@pytest.mark.django_db
def test_a_form_after_the_session_leads_back_to_its_page_and_says_so(client: Client):
    client.cookies["amps_language"] = "en"
    answer = client.post("/together/units/EL1/keep/", headers={"Referer": "http://testserver/together/units/EL1/"})
    assert answer.headers["Location"] == "/accounts/login/?next=%2Ftogether%2Funits%2FEL1%2F"
    assert "it is not stored yet" in client.get(answer.headers["Location"]).content.decode()


def test_who_is_put_out_of_use_is_signed_out(client: Client, operator: User):
    client.force_login(operator)
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert client.get("/together/units/").headers["Location"].startswith(LOGIN)


def test_a_temporary_password_opens_only_the_page_to_change_it(client: Client, operator: User):
    User.objects.filter(pk=operator.pk).update(must_change_password=True)
    client.force_login(operator)
    assert client.get("/together/units/").headers["Location"] == "/together/me/password/"
    assert client.post("/together/me/", {"language": "nb", "theme": "dark"}).status_code == 302
    operator.refresh_from_db()
    assert operator.theme == "auto"
    fields = {"old": make.PASSWORD, "new": "three odd words here", "again": "three odd words here"}
    assert client.post("/together/me/password/", fields).headers["Location"] == "/"
    assert client.get("/together/units/").status_code == 200
