"""How the columns of a table are read: which holds what, and in which formats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from amps import periods
from observations.importing.table import Table
from observations.models import Result
from observations.refusals import BadTime, BadValue, Refused

# What a column can hold. A fact needs a time, and a result or a value.
FIELDS = {
    "time": _("Time"),
    "result": _("Result"),
    "value": _("Value"),
    "weight": _("Weight"),
    "point": _("Observation point"),
    "area": _("Area"),
    "equipment": _("Equipment"),
    "crew": _("Crew"),
    "note": _("Note"),
}
# Time formats offered by name; "iso" also takes an offset or Z.
TIME_FORMATS = {
    "iso": "2026-11-22 14:05",
    "%d.%m.%Y %H:%M": "22.11.2026 14:05",
    "%d.%m.%Y %H:%M:%S": "22.11.2026 14:05:30",
    "%d/%m/%Y %H:%M": "22/11/2026 14:05",
    "%d/%m/%Y %H:%M:%S": "22/11/2026 14:05:30",
    "%m/%d/%Y %H:%M": "11/22/2026 14:05",
    "%Y%m%d%H%M": "202611221405",
}
_GUESSES = {
    "time": ("time", "tid", "ts", "timestamp", "date", "dato", "observed_at", "tidspunkt"),
    "result": ("result", "resultat", "ok", "status", "label"),
    "value": ("value", "verdi", "måling", "measurement", "antall", "count"),
    "weight": ("weight", "vekt", "tonnes", "tonn"),
    "point": ("point", "punkt", "observation point", "observasjonspunkt"),
    "area": ("area", "område", "unit", "enhet"),
    "equipment": ("equipment", "utstyr", "cell", "celle"),
    "crew": ("crew", "lag", "skiftlag"),
    "note": ("note", "merknad", "kommentar", "comment"),
}
_OK_WORDS = ("ok", "1", "yes", "ja", "true", "pass")
_NOT_OK_WORDS = ("not_ok", "not ok", "0", "no", "nei", "false", "fail")
_NA_WORDS = ("na", "n/a", "not applicable", "ikke aktuelt")


class BadMapping(Refused):
    """Columns chosen so that no fact can be read from them."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column (by its place from 0) holds which field, what is fixed, and how texts are read.

    `ambiguous` says which of the two hours is meant when the clocks go back: "first", "second" or "" (refuse).
    """

    columns: dict[str, int]
    point: str = ""
    area: str = ""
    zone: str = "Europe/Oslo"
    time_format: str = "iso"
    decimal_mark: str = "."
    ambiguous: str = ""
    ok_words: tuple[str, ...] = _OK_WORDS
    not_ok_words: tuple[str, ...] = _NOT_OK_WORDS
    na_words: tuple[str, ...] = _NA_WORDS
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Mapping:
        """The mapping that `as_json` wrote; unknown keys are left out."""
        known = {one.name for one in fields(cls)}
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items() if key in known
        }
        return cls(**given)

    def check(self, table: Table) -> None:
        """Raise BadMapping with a sentence at the field that is wrong."""
        if "time" not in self.columns:
            raise BadMapping(_("Choose the column that holds the time."), field="time")
        if "result" not in self.columns and "value" not in self.columns:
            raise BadMapping(_("Choose the column that holds the result or the value."), field="result")
        if "point" not in self.columns and not self.point:
            raise BadMapping(_("Choose an observation point, or the column that names it."), field="point")
        if not {"area", "equipment"} & self.columns.keys() and not self.area:
            raise BadMapping(_("Choose an area, or the column that names it."), field="area")
        for name, at in self.columns.items():
            if name not in FIELDS or not 0 <= at < table.width:
                raise BadMapping(_("This column is not in the file."), field=name)
        try:
            periods.parse_local(self.zone, dt.datetime(2026, 1, 1, 12))  # noqa: DTZ001 - a wall clock time
        except periods.PeriodError as error:
            raise BadMapping(_("This time zone is not known."), field="zone") from error
        words = [word for group in (self.ok_words, self.not_ok_words, self.na_words) for word in group]
        if len(words) != len(set(words)):
            raise BadMapping(_("The same word can't mean two results."), field="ok_words")


def guess(table: Table, **fixed: Any) -> Mapping:
    """A first proposal from the headings and the first row; the person changes what is wrong."""
    columns: dict[str, int] = {}
    for at, heading in enumerate(table.headings):
        for name, words in _GUESSES.items():
            if name not in columns and heading.strip().lower() in words:
                columns[name] = at
                break
    sample = table.rows[0].cells[columns["time"]] if "time" in columns else ""
    return Mapping(columns=columns, time_format=time_format_of(sample), **fixed)


def time_format_of(sample: str) -> str:
    """The first time format offered that reads a sample; ISO when none does."""
    for pattern in TIME_FORMATS:
        if pattern == "iso":
            try:
                dt.datetime.fromisoformat(sample)
            except ValueError:
                continue
            return pattern
        try:
            dt.datetime.strptime(sample, pattern)  # noqa: DTZ007 - placed in the zone later
        except ValueError:
            continue
        return pattern
    return "iso"


def read_time(text: str, mapping: Mapping) -> dt.datetime:
    """An aware instant from a cell. Raises BadTime: no time, skipped by the clocks, or twice and not said which."""
    try:
        if mapping.time_format == "iso":
            found = dt.datetime.fromisoformat(text)
        else:
            found = dt.datetime.strptime(text, mapping.time_format)  # noqa: DTZ007 - placed in the zone below
    except ValueError as error:
        raise BadTime(_("“%(text)s” is not a time in the format chosen.") % {"text": text[:40]}) from error
    if found.tzinfo is not None:
        return found.astimezone(dt.UTC)
    fold = {"first": 0, "second": 1}.get(mapping.ambiguous)
    try:
        return periods.parse_local(mapping.zone, found, fold=fold)
    except periods.NonexistentTime as error:
        raise BadTime(_("This time does not exist: the clocks skipped it.")) from error
    except periods.AmbiguousTime as error:
        raise BadTime(_("This time came twice when the clocks went back: say which one is meant.")) from error
    except periods.PeriodError as error:
        raise BadTime(_("This time can't be used.")) from error


def read_number(text: str, mapping: Mapping) -> Decimal:
    """A number from a cell by the decimal mark chosen; spaces between thousands are left out. Raises BadValue."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    plain = plain.replace("\u2212", "-")
    if mapping.decimal_mark == ",":
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise BadValue(_("“%(text)s” is not a number.") % {"text": text[:40]}) from error


def read_result(text: str, mapping: Mapping) -> Result:
    """A result from a cell by the words chosen. Raises BadValue."""
    word = text.strip().lower()
    for words, result in (
        (mapping.ok_words, Result.OK),
        (mapping.not_ok_words, Result.NOT_OK),
        (mapping.na_words, Result.NOT_APPLICABLE),
    ):
        if word in words:
            return result
    raise BadValue(_("“%(text)s” is none of the words for a result.") % {"text": text[:40]})
