"""The account pages stand in our own frame and speak our words."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(db):
    return get_user_model().objects.create_user(username="kari", password="a long enough word")


def page(client, address):
    with translation.override("en"):
        return client.get(address, headers={"accept-language": "en"})


def test_login_page_has_form_and_language_and_nothing_of_the_frame():
    answer = page(Client(), "/accounts/login/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="login"' in html
    assert 'name="password"' in html
    assert html.count("<h1") == 1
    assert 'class="bottom-bar"' not in html


def test_wrong_password_is_told_in_the_form_and_the_name_stays():
    answer = Client().post(
        "/accounts/login/", {"login": "kari", "password": "wrong"}, headers={"accept-language": "en"}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'role="alert"' in html
    assert 'value="kari"' in html


def test_demo_logins_become_one_tap_cards(rf):
    from django.contrib.auth.models import AnonymousUser
    from django.template.loader import render_to_string

    request = rf.get("/accounts/login/")
    request.user = AnonymousUser()
    logins = [{"username": "demo-operator", "password": "p", "role": "Operator", "name": "Demo", "where": "B"}]
    html = render_to_string("account/login.html", {"form": [], "demo_logins": logins}, request)
    assert html.count('class="demo-login"') == 1
    assert 'value="demo-operator"' in html
    assert "demo-login" not in render_to_string("account/login.html", {"form": []}, request)


@pytest.mark.parametrize("address", ["/accounts/logout/", "/together/me/password/"])
def test_own_pages_stand_in_the_frame(person, address):
    client = Client()
    client.force_login(person)
    answer = page(client, address)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="skip-link"' in html
    assert html.count("<h1") == 1
    assert 'class="btn' in html
