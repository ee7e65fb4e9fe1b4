"""Read an uploaded CSV or XLSX file into plain rows of text, with a clear sentence for whatever is wrong with it."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.exceptions import InvalidFileException

from observations.refusals import Refused

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 60
MAX_CELL = 2_000
# A workbook is a zip: what it unpacks to is bounded before it is opened.
MAX_UNPACKED = 200 * 1024 * 1024
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar"), " ": _("space")}
_NO_TABLE = _("This is neither a CSV file nor an Excel workbook (.xlsx).")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")


class BadFile(Refused):
    """A file that can't be read as a table."""

    default_field = "file"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number there (from 1) and its cells as text."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file as headings and rows; `digest` is the SHA-256 of its bytes."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    digest: str
    encoding: str = ""
    delimiter: str = ""

    @property
    def width(self) -> int:
        return len(self.headings)


def read_table(
    data: bytes, *, name: str, delimiter: str = "", encoding: str = "", has_headings: bool | None = None
) -> Table:
    """The table in a file's bytes. Delimiter, encoding and headings are found out unless they are given.

    Raises BadFile: too large, empty, no table, wrong encoding, rows of uneven width, or a broken workbook.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(_("The file is larger than 10 MB. Split it and import the parts."))
    if not data.strip():
        raise BadFile(_("The file is empty."))
    digest = hashlib.sha256(data).hexdigest()
    if data[:4] == b"PK\x03\x04":
        rows = _workbook(data)
        used_encoding, used_delimiter = "", ""
    elif name.lower().endswith((".xlsx", ".xls")):
        raise BadFile(_("This is not an Excel workbook (.xlsx), though its name says so."))
    else:
        text, used_encoding = _decode(data, encoding)
        rows, used_delimiter = _csv(text, delimiter)
    if not rows:
        raise BadFile(_("The file has no rows."))
    width = max(len(row.cells) for row in rows)
    if width > MAX_COLUMNS:
        raise BadFile(_("The file has more than 60 columns. Is the delimiter right?"))
    rows = [Row(row.line, row.cells + ("",) * (width - len(row.cells))) for row in rows]
    headed = _looks_like_headings(rows) if has_headings is None else has_headings
    headings = rows[0].cells if headed else tuple(str(at + 1) for at in range(width))
    body = rows[1:] if headed else rows
    if not body:
        raise BadFile(_("The file has headings but no rows."))
    return Table(headings, tuple(body), digest, used_encoding, used_delimiter)


def _decode(data: bytes, encoding: str) -> tuple[str, str]:
    if encoding and encoding not in ENCODINGS:
        raise BadFile(_("This character set is not known."), field="encoding")
    if not encoding:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\x00" in data and encoding != "utf-16":
            raise BadFile(_NO_TABLE) from error
        raise BadFile(
            _("The file is not written in the character set chosen. Choose another one, such as Windows (cp1252)."),
            field="encoding",
        ) from error
    if not text.strip():
        raise BadFile(_("The file is empty."))
    if "\x00" in text or _share_of_controls(text) > 0.01:
        raise BadFile(_NO_TABLE)
    return text, encoding


def _share_of_controls(text: str) -> float:
    sample = text[:20_000]
    return sum(1 for char in sample if ord(char) < 32 and char not in "\t\r\n") / len(sample)


def _csv(text: str, delimiter: str) -> tuple[list[Row], str]:
    used = delimiter or _delimiter(text)
    if used not in DELIMITERS:
        raise BadFile(_("This delimiter is not known."), field="delimiter")
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=used, skipinitialspace=used == " ")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _bounded(len(rows), cells)
                rows.append(Row(reader.line_num, tuple(cell.strip() for cell in cells)))
    except csv.Error as error:
        raise BadFile(_("The file can't be read as CSV near line %(line)s.") % {"line": reader.line_num}) from error
    return rows, used


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines most evenly into most columns; a space only when no other does."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, best_score = ",", 0
    for candidate in (";", ",", "\t", "|", " "):
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=candidate) if cells]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=1)
        score = 0 if common < 2 else sum(1 for width in widths if width == common)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _bounded(count: int, cells: list[str]) -> None:
    if count >= MAX_ROWS:
        raise BadFile(_("The file has more than 200,000 rows. Split it and import the parts."))
    if any(len(cell) > MAX_CELL for cell in cells):
        raise BadFile(_("A cell of the file is far too long. Is the delimiter right?"))


def _looks_like_headings(rows: list[Row]) -> bool:
    """Headings are words: no cell of the first row is a number, and none is a time as rows have them."""
    return not any(_is_number(cell) or _has_digits(cell) for cell in rows[0].cells if cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _has_digits(cell: str) -> bool:
    return sum(char.isdigit() for char in cell) >= 4


def _workbook(data: bytes) -> list[Row]:
    """The first sheet of a workbook as text: dates in ISO form, numbers with a decimal point."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise BadFile(_("The workbook unpacks to more than can be read."))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except BadFile:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, TypeError) as error:
        raise BadFile(_("The workbook is damaged, or is not an Excel workbook (.xlsx).")) from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        rows: list[Row] = []
        if sheet is not None:
            for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = [_cell(value) for value in values[: MAX_COLUMNS + 1]]
                if any(cells):
                    _bounded(len(rows), cells)
                    rows.append(Row(line, tuple(cells)))
    finally:
        book.close()
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f") if value == value and abs(value) < 1e300 else str(value)
    return str(value).strip()
