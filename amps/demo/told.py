"""How a story of the demo is told: when, what, what to look at, and the pages that tell it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Link:
    """A page that tells the story."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Story:
    """One planted story: when (production dates), what happened, what to look at, and where."""

    key: str
    title: str
    first: dt.date | None
    last: dt.date | None
    what: str
    look: str
    links: tuple[Link, ...]


type Target = tuple[Promise, str, tuple[object, ...], dict[str, str]]


def period(date: dt.date, number: int = 0) -> str:
    """A day, or one of its shifts, as addresses name it."""
    return f"{date}.{number}" if number else str(date)


def indicator(label: Promise, code: str, unit: str, cadence: str, period: str = "") -> Target:
    """An indicator's page for a unit and cadence."""
    query = {"unit": unit, "cadence": cadence} | ({"period": period} if period else {})
    return label, "kpis:indicator", (code,), query


def links(*targets: Target) -> tuple[Link, ...]:
    """The pages that exist in this installation."""
    found: list[Link] = []
    for label, name, args, query in targets:
        try:
            url = reverse(name, args=args)
        except NoReverseMatch:
            continue
        found.append(Link(str(label), f"{url}?{urlencode(query)}" if query else url))
    return tuple(found)
