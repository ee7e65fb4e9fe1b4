"""Tables as files that a spreadsheet opens: CSV and XLSX, numbers as numbers, and no cell that runs as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from amps.display import language_of

type Cell = str | int | float | Decimal | dt.datetime | dt.date | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")
_WIDEST = 60
# What a spreadsheet would read as a formula or a command.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class UnknownFormat(ValueError):
    """Neither csv nor xlsx."""


def tabular_response(
    rows: Iterable[Sequence[Cell]], headings: Sequence[str], format: str, filename: str
) -> HttpResponse:
    """A download of the table; `filename` without extension. Raises UnknownFormat.

    CSV is UTF-8 with a mark, so that spreadsheets read its letters; where decimals are written with a comma, fields
    are separated by semicolons. Times are the plant's wall clock.
    """
    if format == "csv":
        response = HttpResponse(_csv(rows, headings), content_type=CSV_TYPE)
    elif format == "xlsx":
        response = HttpResponse(_xlsx(rows, headings), content_type=XLSX_TYPE)
    else:
        raise UnknownFormat(format)
    safe = re.sub(r"[^\w.-]+", "-", filename, flags=re.ASCII).strip("-.") or "amps"
    response["Content-Disposition"] = f'attachment; filename="{safe}.{format}"'
    response["Cache-Control"] = "no-store"
    return response


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe in front where it would."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Sequence[Cell]], headings: Sequence[str]) -> bytes:
    comma = language_of() == "nb"
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";" if comma else ",")
    writer.writerow([harmless(heading) for heading in headings])
    writer.writerows([_csv_cell(cell, comma=comma) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _csv_cell(cell: Cell, *, comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal | float | int):
        text = f"{_plain(cell):f}" if isinstance(cell, Decimal) else str(cell)
        return text.replace(".", ",") if comma else text
    if isinstance(cell, dt.datetime):
        return timezone.localtime(cell).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return harmless(cell)


def _xlsx(rows: Iterable[Sequence[Cell]], headings: Sequence[str]) -> bytes:
    book = Workbook()
    sheet = book.active
    widths = [len(heading) for heading in headings]
    sheet.append([_xlsx_cell(heading) for heading in headings])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        values = [_xlsx_cell(cell) for cell in row]
        sheet.append(values)
        widths = [max(width, len(str(value or ""))) for width, value in zip(widths, values, strict=False)]
    for column, width in zip(sheet.columns, widths, strict=False):
        sheet.column_dimensions[column[0].column_letter].width = min(width + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _xlsx_cell(cell: Cell) -> Cell:
    if isinstance(cell, Decimal):
        return _plain(cell)
    if isinstance(cell, dt.datetime):
        return timezone.localtime(cell).replace(tzinfo=None)
    if isinstance(cell, str):
        return harmless(ILLEGAL_CHARACTERS_RE.sub("", cell))
    return cell


def _plain(number: Decimal) -> Decimal:
    """Without the zeros that only its column in the database gave it."""
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
