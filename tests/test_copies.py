"""Backup and restore: what comes back is what was there, and nothing is written over."""

from __future__ import annotations

import importlib.util
import os
import tarfile
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def copies():
    spec = importlib.util.spec_from_file_location("copies", ROOT / "script" / "copies.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installation(settings, tmp_path):
    """This test run's database and an uploads folder with one photo in it."""
    settings.DATABASE_URL = "given"
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "photos").mkdir(parents=True)
    (settings.MEDIA_ROOT / "photos" / "one.jpg").write_bytes(b"photo")
    return settings


@pytest.fixture
def copy(copies, installation, tmp_path, db):
    return copies.backup(tmp_path / "copies")


@pytest.fixture
def empty_database(copies, db):
    """A new database on the same server, as libpq's environment has it."""
    environment = copies.libpq_environment(settings.DATABASES["default"])
    name = f"{environment['PGDATABASE']}_restored"
    where = {
        key[2:].lower(): environment[key] for key in ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT") if key in environment
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
        yield name, where
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_copy_is_complete_and_private(copy):
    assert {path.name for path in copy.iterdir()} == {"database.dump", "media.tar"}
    assert copy.stat().st_mode & 0o077 == 0
    with tarfile.open(copy / "media.tar") as archive:
        assert "./photos/one.jpg" in archive.getnames()


@pytest.mark.slow
def test_what_comes_back_is_what_was_there(copies, copy, installation, empty_database, tmp_path, monkeypatch):
    name, where = empty_database
    installation.MEDIA_ROOT = tmp_path / "restored"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)
    copies.restore(copy)
    assert (tmp_path / "restored" / "photos" / "one.jpg").read_bytes() == b"photo"
    with psycopg.connect(dbname=name, **where) as connection:
        row = connection.execute("SELECT count(*) FROM django_migrations WHERE app = 'observations'").fetchone()
        assert row
        assert row[0] > 2
        # The rule that facts are only ever added comes back with them.
        found = connection.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%append_only'").fetchone()
        assert found == (2,)
    installation.MEDIA_ROOT = tmp_path / "another"
    with pytest.raises(copies.CopyError, match="has tables already"):
        copies.restore(copy)
    assert not (tmp_path / "another").exists()


def test_uploads_are_never_written_over(copies, copy):
    with pytest.raises(copies.CopyError, match="There are uploads"):
        copies.restore(copy)


def test_a_folder_that_is_no_copy_is_refused(copies, tmp_path):
    with pytest.raises(copies.CopyError, match=r"holds no database\.dump"):
        copies.restore(tmp_path)


def test_an_interrupted_copy_leaves_nothing(copies, installation, tmp_path, db, monkeypatch):
    monkeypatch.setattr(copies, "program", lambda name: "/bin/false")
    with pytest.raises(copies.CopyError, match="failed"):
        copies.backup(tmp_path / "copies")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_password_stays_out_of_the_command_line(copies):
    entry = {"NAME": "n", "USER": "u", "PASSWORD": "p", "HOST": "h", "PORT": "", "OPTIONS": {"sslmode": "require"}}
    environment = copies.libpq_environment(entry)
    assert {key: environment[key] for key in environment.keys() - os.environ.keys() if key.startswith("PG")} == {
        "PGDATABASE": "n", "PGUSER": "u", "PGPASSWORD": "p", "PGHOST": "h", "PGSSLMODE": "require",
    }  # fmt: skip
