"""Rows as PostgreSQL arrays, for statements that work on thousands of keys at once."""

from __future__ import annotations

from collections.abc import Iterable


def columns_of(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """Rows turned into one array literal per column, to be cast and unnested.

    For numbers, dates, times and our own short codes, whose text needs no quoting; None becomes NULL. The driver's own
    way through its adapters takes longer than the statement that it serves.
    """
    return [array_of(column) for column in zip(*rows, strict=True)]


def array_of(values: Iterable[object]) -> str:
    """One array literal."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
