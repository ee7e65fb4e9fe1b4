"""The five places of the header and what apps hang under them.

Each app calls `register` in its AppConfig.ready; the ground floor knows no app. A place is shown when the person may
open at least one of its entries; its own link is the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise
type Allowed = Callable[[HttpRequest], bool]


class NavEntry(TypedDict):
    """One link as a template reads it."""

    key: str
    label: Text
    url: str
    icon: str
    current: bool


class NavPlace(NavEntry):
    """A place with the links under it; `current` marks the place the page belongs to."""

    entries: list[NavEntry]


class UnitOption(TypedDict):
    """One unit to switch to: `url` is the page to open, `depth` its level below the first (0)."""

    name: str
    url: str
    depth: int
    current: bool


class UnitMenu(TypedDict):
    """The unit switcher: the unit in view and where else the person may go."""

    current: str
    options: list[UnitOption]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an app registered: where the link goes, who may see it, which addresses belong to it."""

    place: str
    key: str
    label: Text
    url_name: str
    allowed: Allowed
    order: int
    icon: str
    prefixes: tuple[str, ...] = field(default=())


# What people do, in this order. "me" is the menu under the person's own name, not a place in the bar.
PLACES: dict[str, tuple[Text, str]] = {
    "shift": (_("Shift"), "shift"),
    "figures": (_("Figures"), "figures"),
    "standards": (_("Standards"), "standards"),
    "together": (_("Together"), "together"),
    "direction": (_("Direction"), "direction"),
}
MENU = "me"

_entries: dict[tuple[str, str], Entry] = {}
_unit_menus: list[Callable[[HttpRequest], UnitMenu | None]] = []


def signed_in(request: HttpRequest) -> bool:
    """The plainest permission: anybody with a login."""
    return request.user.is_authenticated


def register(
    *,
    place: str,
    key: str,
    label: Text,
    url_name: str,
    allowed: Allowed = signed_in,
    order: int = 50,
    icon: str = "",
    prefixes: tuple[str, ...] = (),
) -> None:
    """Hang a link under a place ("shift", "figures", "standards", "together", "direction" or "me").

    url_name must reverse without arguments. prefixes: further paths ("/rounds/") whose pages belong to this link.
    Registering the same key again replaces it. Raises KeyError for a place that does not exist.
    """
    if place != MENU and place not in PLACES:
        raise KeyError(place)
    _entries[place, key] = Entry(place, key, label, url_name, allowed, order, icon, prefixes)


def register_unit_menu(build: Callable[[HttpRequest], UnitMenu | None]) -> None:
    """Say what the unit switcher in the header shows; None hides it. The last one registered is asked."""
    _unit_menus.append(build)


def unit_menu(request: HttpRequest) -> UnitMenu | None:
    """The unit switcher for this person and page."""
    return _unit_menus[-1](request) if _unit_menus else None


def _url(entry: Entry) -> str | None:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return None


def _match(entry: Entry, url: str, path: str) -> int:
    """How many characters of the path this link accounts for; -1 when the page is not under it."""
    reach = [
        prefix for prefix in (url, *entry.prefixes) if path == prefix or (prefix != "/" and path.startswith(prefix))
    ]
    return max((len(prefix) for prefix in reach), default=-1)


def _visible(request: HttpRequest, place: str) -> list[tuple[Entry, str]]:
    found = [(entry, _url(entry)) for entry in _entries.values() if entry.place == place]
    shown = [(entry, url) for entry, url in found if url is not None and entry.allowed(request)]
    return sorted(shown, key=lambda pair: (pair[0].order, pair[0].key))


def places(request: HttpRequest) -> list[NavPlace]:
    """The places this person has use for, each with its links; the link that reaches furthest is the current one."""
    visible = {place: _visible(request, place) for place in PLACES}
    best = max(
        ((_match(entry, url, request.path), entry) for pairs in visible.values() for entry, url in pairs),
        key=lambda pair: pair[0],
        default=(-1, None),
    )
    here = best[1] if best[0] >= 0 else None
    return [
        NavPlace(
            key=place,
            label=PLACES[place][0],
            url=pairs[0][1],
            icon=PLACES[place][1],
            current=here is not None and here.place == place,
            entries=[_as_link(entry, url, current=entry is here) for entry, url in pairs],
        )
        for place, pairs in visible.items()
        if pairs
    ]


def menu(request: HttpRequest) -> list[NavEntry]:
    """The links under the person's own name."""
    return [
        _as_link(entry, url, current=_match(entry, url, request.path) >= 0) for entry, url in _visible(request, MENU)
    ]


def _as_link(entry: Entry, url: str, *, current: bool) -> NavEntry:
    return NavEntry(key=entry.key, label=entry.label, url=url, icon=entry.icon, current=current)
