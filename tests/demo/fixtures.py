"""A small demo plant for tests: made once per test process, put back by COPY wherever it is asked for.

`demo_plant` commits it, for browser tests: use it together with `live_server`, `page` or `phone_page`. It is three
weeks of two potlines with 20 cells each, ending when the test began; logins are those of `amps.demo.people`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from amps.demo.loading import Made, demo_make

DEMO_UNTIL = dt.datetime(2026, 11, 22, 10, 20, tzinfo=dt.UTC)
DEMO_WEEKS, DEMO_CELLS = 3, 20

_kept: dict[str, bytes] = {}


def make_demo(*, weeks: int, cells: int, until: dt.datetime = DEMO_UNTIL, seed: int = 1, language: str = "nb") -> Made:
    """The demo without its progress."""
    return demo_make(
        weeks=weeks, cells=cells, seed=seed, until=until, progress=lambda phase, share: None, language=language
    )


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo_plant(transactional_db) -> None:
    """A committed demo plant of three weeks."""
    if _kept:
        _put_back()
        return
    make_demo(weeks=DEMO_WEEKS, cells=DEMO_CELLS, until=timezone.now().replace(microsecond=0))
    for table in _tables():
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
            _kept[table] = b"".join(bytes(block) for block in copy)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
        )
        return [name for (name,) in cursor.fetchall()]


def _put_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # The rows belong together already: nothing is checked or refused while they come back.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(_kept)}")
        for table, rows in _kept.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(rows)
        cursor.execute(
            """
            SELECT quote_ident(c.relname), quote_ident(a.attname) FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
            """
        )
        for table, column in cursor.fetchall():
            # The names come from the catalogue, quoted there.
            last = f"SELECT max({column}) FROM {table}"  # noqa: S608
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(({last}), 1))", [table, column])
