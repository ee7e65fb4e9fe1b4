"""Every address × every role, against the table of tests/permission_table.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permission_rows import PEOPLE, Row, World
from tests.permission_table import TABLE, build_world

LOGIN = "/accounts/login/"
pytestmark = pytest.mark.django_db


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """Every address as (name with namespace, pattern), without the Django admin's, which have a test of their own."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield (f"{namespace}{entry.name}" if entry.name else "", str(entry.pattern))
        elif entry.namespace != "admin":
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from url_names(entry, inner)


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside leaves no trace. Services that insist on the outermost transaction may run in it."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # as Django's own test cases say it
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The world is built once; each request's changes are taken back."""
    with django_db_blocker.unblock(), taken_back():
        made = build_world()
        for role, person in made.people.items():
            client = Client()
            client.force_login(person)
            made.cookies[role] = client.cookies
        yield made


def test_every_address_has_a_name_and_a_row():
    names = {name for name, _ in url_names(get_resolver())}
    assert [pattern for name, pattern in url_names(get_resolver()) if not name] == []
    assert names - TABLE.keys() == set(), "add rows for these to tests/permission_table.py"
    assert TABLE.keys() - names == set(), "these rows have no address any more"


def addresses(name: str, row: Row, world: World) -> list[str]:
    arguments = row.args(world)
    several = arguments if isinstance(arguments, list) else [arguments]
    return [reverse(name, kwargs=kwargs) + row.query for kwargs in several]


def answer_of(world: World, role: str | None, method: str, address: str, row: Row) -> tuple[int, str]:
    """Status and where it leads, for a role (None: without a login), with everything it changed taken back."""
    client = Client(raise_request_exception=True)
    if role is not None:
        client.cookies = SimpleCookie({key: morsel.value for key, morsel in world.cookies[role].items()})
    with taken_back():
        answer = client.post(address, row.data(world)) if method == "POST" else client.get(address)
        return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_what_the_table_says(name: str, world: World):
    row = TABLE[name]
    found, expected = {}, {}
    for address in addresses(name, row, world):
        for method, answers in (("GET", row.get), ("POST", row.post)):
            for role in PEOPLE:
                status, location = answer_of(world, role, method, address, row)
                assert not location.startswith(LOGIN) or name == "account_logout", (role, method, address)
                found[address, method, role] = status
                expected[address, method, role] = 405 if answers is None else answers[role]
            if not row.open:
                status, location = answer_of(world, None, method, address, row)
                assert (status, location.split("?")[0]) == (302, LOGIN), (method, address)
    differing = {key: (status, expected[key]) for key, status in found.items() if status != expected[key]}
    assert differing == {}, "address, method, role: (status found, status of the table)"


def test_the_django_admin_opens_to_administrators_only(world: World):
    names = ["index", "teams_unit_changelist", "teams_user_changelist", "amps_auditentry_changelist", "jsi18n"]
    for name in names:
        address = reverse(f"admin:{name}")
        assert Client().get(address, follow=True).redirect_chain[-1][0].startswith(LOGIN)
        for role in PEOPLE:
            status, _ = answer_of(world, role, "GET", address, Row())
            assert status == (200 if role == "administrator" else 403), (name, role)
