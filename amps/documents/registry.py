"""Which kinds of document there are. Each app registers its own in AppConfig.ready; the ground floor knows no app.

A kind is added in two steps. In the app, a module `documents.py`:

    def allowed(person: Any, params: Params) -> bool:
        return ...                                # asked when it is requested and again at every download

    def heading(params: Params) -> str:
        return _("Agreement %(title)s") % {...}   # names the document in lists and its file; in its language

    def build(params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress) -> Content:
        return Content("pdf/agreement.html", {"agreement": ...}, head=Head(unit=..., edition=..., title=...))

and in `ready`:

    documents.register("agreement", label=_("Agreement"), build=build, heading=heading, allowed=allowed)

The template extends `pdf/base.html` (its comment lists the blocks and parts). A page that offers the document loads
`documents` and writes `{% document_button "agreement" agreement=agreement.pk %}`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils import timezone
from django.utils.functional import Promise

type Params = dict[str, Any]  # JSON: numbers, texts, lists of them
type Progress = Callable[[float], None]  # how much of the gathering is done, 0 to 1
type Allowed = Callable[[Any, Params], bool]
type Heading = Callable[[Params], str]


@dataclass(frozen=True, slots=True)
class Head:
    """What runs along the top of every page, and what the file says about itself.

    `unit` stands at the left; `edition` (plan year, version, agreement's number) beside the date at the right. `title`
    is the file's own title, `subject` a sentence about it.
    """

    unit: str
    edition: str
    title: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a builder hands over: a template under templates/pdf and what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    head: Head = field(default_factory=lambda: Head("", "", "AMPS"))


class Builder(Protocol):
    """Gathers everything a document shows, as `reader` may see it. Runs under its language and the plant's time zone.

    Raises `NothingToShow` when what it is about is gone.
    """

    def __call__(
        self, params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress
    ) -> Content: ...


class NothingToShow(Exception):
    """What the document is about does not exist (any more)."""


class UnknownKind(LookupError):
    """No app makes such a document."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document."""

    code: str
    label: str | Promise
    build: Builder
    heading: Heading
    allowed: Allowed

    def is_allowed(self, person: Any, params: Params) -> bool:
        """Whether the person may have it. Parameters that make no sense are nobody's."""
        try:
            return bool(self.allowed(person, params))
        except (KeyError, TypeError, ValueError, OverflowError):
            return False


_kinds: dict[str, Kind] = {}
_zones: list[Callable[[], dt.tzinfo]] = []


def register(code: str, *, label: str | Promise, build: Builder, heading: Heading, allowed: Allowed) -> None:
    """Make a kind of document known. Registering the same code again replaces it."""
    _kinds[code] = Kind(code, label, build, heading, allowed)


def kind_of(code: str) -> Kind:
    """The kind by its code. Raises UnknownKind."""
    try:
        return _kinds[code]
    except KeyError:
        raise UnknownKind(code) from None


def use_zone(zone: Callable[[], dt.tzinfo]) -> None:
    """Say where the plant's time zone comes from. The last one said is asked."""
    _zones.append(zone)


def plant_zone() -> dt.tzinfo:
    """The zone that a document's times are written in."""
    return _zones[-1]() if _zones else timezone.get_default_timezone()
