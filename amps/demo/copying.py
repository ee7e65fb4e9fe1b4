"""Rows into the database by COPY, as PostgreSQL reads them: one line per row, tabs between the columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection, models

NULL = r"\N"
CHUNK = 5000


def line(*values: Any) -> str:
    r"""One row of COPY's text format. Texts may not hold tabs, line ends or backslashes: the demo's hold none."""
    return "\t".join(NULL if value is None else value if type(value) is str else str(value) for value in values) + "\n"


def copy_rows(model: type[models.Model], columns: tuple[str, ...], rows: Iterable[str]) -> None:
    """COPY lines into the model's table."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    waiting: list[str] = []
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            waiting.append(row)
            if len(waiting) >= CHUNK:
                copy.write("".join(waiting))
                waiting.clear()
        copy.write("".join(waiting))


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
