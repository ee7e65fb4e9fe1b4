"""Content that the plant writes in two languages: one column per language, one property to read it."""

from __future__ import annotations

from typing import Any, overload

from django.utils.translation import get_language

LANGUAGES = ("en", "nb")


def active_language() -> str:
    """The active content language, "en" or "nb" (Norwegian when none is active)."""
    language = (get_language() or "nb").split("-")[0]
    return language if language in LANGUAGES else "nb"


class Localized:
    """Read `<field>_en` or `<field>_nb` by the active language, falling back to the other one.

    Declared on a model beside its two columns: ``name = Localized("name")``.
    """

    def __init__(self, field: str) -> None:
        self.field = field

    @overload
    def __get__(self, instance: None, owner: type) -> Localized: ...

    @overload
    def __get__(self, instance: object, owner: type) -> str: ...

    def __get__(self, instance: Any, owner: type) -> Localized | str:
        if instance is None:
            return self
        first = active_language()
        other = "nb" if first == "en" else "en"
        return getattr(instance, f"{self.field}_{first}") or getattr(instance, f"{self.field}_{other}") or ""


def localized_column(field: str) -> str:
    """The column of the active language, for ``values()`` and ``order_by()``."""
    return f"{field}_{active_language()}"
