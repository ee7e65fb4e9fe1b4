"""What tests of documents share."""

from __future__ import annotations

import datetime as dt

import pytest

from amps.documents import registry, services
from tests import factories as make

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def letters(monkeypatch):
    """Letters can be asked for, in this test only."""
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    from tests.documents import kinds

    registry.register("letter", label="Letter", build=kinds.build, heading=kinds.heading, allowed=kinds.allowed)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Files of this test only."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def person(db):
    return make.make_user("reader")


@pytest.fixture
def ask(person):
    """Ask for a letter."""

    def one(to="Ås", *, actor=None, language="nb", now=NOW):
        return services.document_request(
            kind="letter", params={"to": to}, language=language, actor=actor or person, now=now
        )

    return one


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())
