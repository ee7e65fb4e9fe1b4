"""Rows into the database by COPY, as PostgreSQL reads them: one line per row, tabs between the columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, models

NULL = r"\N"
CHUNK = 5000


def line(*values: Any) -> str:
    r"""One row of COPY's text format. Texts may not hold tabs, line ends or backslashes: the demo's hold none."""
    return (
        "\t".join([NULL if value is None else value if type(value) is str else str(value) for value in values]) + "\n"
    )


class Copying:
    """A COPY that is under way: rows go to the server while more are made. Nothing else may be asked meanwhile."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._waiting: list[str] = []
        self.count = 0

    def append(self, row: str) -> None:
        """Add one row, as `line` writes it."""
        self.count += 1
        self._waiting.append(row)
        if len(self._waiting) >= CHUNK:
            self.send()

    def send(self) -> None:
        """Hand over what waits."""
        self._copy.write("".join(self._waiting))
        self._waiting.clear()


@contextmanager
def copying(model: type[models.Model], columns: tuple[str, ...]) -> Iterator[Copying]:
    """COPY into the model's table whatever is appended."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        rows = Copying(copy)
        yield rows
        rows.send()


def copy_rows(model: type[models.Model], columns: tuple[str, ...], rows: Iterable[str]) -> None:
    """COPY lines into the model's table."""
    with copying(model, columns) as copy:
        for row in rows:
            copy.append(row)


def uuid7(at: dt.datetime, bits: int) -> str:
    """A UUIDv7 of an instant and 74 random bits, as 32 hexadecimal digits."""
    milliseconds = int(at.timestamp() * 1000)
    high, low = bits >> 62, bits & (2**62 - 1)
    return f"{milliseconds:012x}7{high:03x}{(0b10 << 62) | low:016x}"


def next_id(model: type[models.Model]) -> int:
    """The first of a run of primary keys to be given out by hand; `ids_used` says how far it went."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        row = cursor.fetchone()
    return int(row[0])


def ids_used(model: type[models.Model], last: int) -> None:
    """Tell the sequence that primary keys up to `last` are taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, last])


@contextmanager
def keys_checked_at_end(*tables: type[models.Model]) -> Iterator[None]:
    """Check the foreign keys of some tables once, over all rows, instead of row by row.

    They are dropped and made again as they were, which checks them, in the transaction that this is called in: rolled
    back, they have never been away. A million rows of a first load take seconds instead of half a minute by it.
    """
    keys = [key for table in tables for key in _foreign_keys(table)]
    with connection.cursor() as cursor:
        # What waits for the end of the transaction is checked now: a table with waiting checks can't be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, _ in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def indexes_made_at_end(*tables: type[models.Model]) -> Iterator[None]:
    """Make the indexes of some tables once, over all rows, instead of row by row; those that forbid anything stay.

    To be called where their foreign keys are checked at the end. As with those, a rollback leaves them untouched.
    """
    found = [index for table in tables for index in _indexes(table)]
    with connection.cursor() as cursor:
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        for _, definition in found:
            cursor.execute(definition)


def _indexes(model: type[models.Model]) -> list[tuple[str, str]]:
    """(name, definition) of a table's indexes that are not unique."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE NOT indisunique AND indrelid = %s::regclass ORDER BY 1",
            [model._meta.db_table],
        )
        return [(str(name), str(definition)) for name, definition in cursor.fetchall()]


def _foreign_keys(model: type[models.Model]) -> list[tuple[str, str, str]]:
    """(table, constraint, definition) of the foreign keys of a table, quoted as PostgreSQL wants them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'f' AND conrelid = %s::regclass ORDER BY conname
            """,
            [model._meta.db_table],
        )
        return [(str(table), str(name), str(definition)) for table, name, definition in cursor.fetchall()]
