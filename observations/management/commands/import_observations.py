"""Import observations from a CSV or XLSX file: check every row first, then store all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from observations.importing.checking import Checked, check_rows
from observations.importing.columns import FIELDS, BadMapping, Mapping, guess, time_format_of
from observations.importing.storing import HasProblems, import_store
from observations.importing.table import Table, read_table
from observations.refusals import Refused

SHOWN = 50


class Command(BaseCommand):
    """`manage.py import_observations FILE --point CODE --area CODE [--column time=ts …]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--point", default="", help="code of the observation point, when no column names it")
        parser.add_argument("--area", default="", help="code of the area, when no column names it")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FIELD=HEADING",
            help=f"what a column holds, by its heading or its number from 1; fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--zone", default="Europe/Oslo", help="time zone of times without an offset")
        parser.add_argument("--time-format", default="", help='"iso" or a strptime pattern; guessed from the first row')
        parser.add_argument("--decimal-mark", choices=[".", ","], default=".")
        parser.add_argument("--ambiguous", choices=["first", "second"], default="", help="hour meant in autumn")
        parser.add_argument("--ok", default="", help="words for conforming, parted by commas")
        parser.add_argument("--not-ok", default="", help="words for not conforming")
        parser.add_argument("--not-applicable", default="", help="words for not applicable")
        parser.add_argument("--source", default="", help="name that keeps equal rows of two sources apart")
        parser.add_argument("--delimiter", default="")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--no-headings", action="store_true", help="the first line is a row already")
        parser.add_argument("--only-good", action="store_true", help="store the good rows although others are wrong")
        parser.add_argument("--dry-run", action="store_true", help="say what would be stored, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}") from error
        try:
            table = read_table(
                data,
                name=path.name,
                delimiter=options["delimiter"].replace("\\t", "\t"),
                encoding=options["encoding"],
                has_headings=False if options["no_headings"] else None,
            )
            mapping = _mapping(table, options)
            self._run(table, mapping, path.name, options)
        except HasProblems as refusal:
            self._tell(refusal.checked)
            raise CommandError("Nothing was stored. Mend these rows, or store the others with --only-good.") from None
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal

    def _run(self, table: Table, mapping: Mapping, name: str, options: dict[str, Any]) -> None:
        now = timezone.now()
        if options["dry_run"]:
            checked = check_rows(table, mapping, allowed_areas=None, now=now)
            self._tell(checked)
            self.stdout.write(f"{len(checked.ready)} would be stored, {checked.known} are known already.")
            return
        batch, checked = import_store(
            table,
            mapping,
            file_name=name,
            actor=None,
            allowed_areas=None,
            now=now,
            only_good=options["only_good"],
        )
        self._tell(checked)
        self.stdout.write(f"{batch.stored} stored, {batch.known} known already, {len(checked.problems)} left out.")

    def _tell(self, checked: Checked) -> None:
        for problem in checked.problems[:SHOWN]:
            self.stderr.write(f"line {problem.line}: {problem.column}: {problem.why}")
        if len(checked.problems) > SHOWN:
            self.stderr.write(f"… and {len(checked.problems) - SHOWN} more")


def _mapping(table: Table, options: dict[str, Any]) -> Mapping:
    guessed = guess(table)
    words = {
        name: tuple(word.strip().lower() for word in options[option].split(",") if word.strip())
        for name, option in (("ok_words", "ok"), ("not_ok_words", "not_ok"), ("na_words", "not_applicable"))
        if options[option]
    }
    columns = {**guessed.columns, **dict(_column(table, text) for text in options["column"])}
    sample = table.rows[0].cells[columns["time"]] if "time" in columns else ""
    return Mapping(
        columns=columns,
        point=options["point"],
        area=options["area"],
        zone=options["zone"],
        time_format=options["time_format"] or time_format_of(sample),
        decimal_mark=options["decimal_mark"],
        ambiguous=options["ambiguous"],
        source=options["source"],
        **words,
    )


def _column(table: Table, text: str) -> tuple[str, int]:
    name, _, heading = text.partition("=")
    if name not in FIELDS:
        raise BadMapping(f"“{name}” is no field. Fields: {', '.join(FIELDS)}.")
    if heading in table.headings:
        return name, table.headings.index(heading)
    if heading.isdigit() and 1 <= int(heading) <= table.width:
        return name, int(heading) - 1
    raise BadMapping(f"There is no column “{heading}”. Columns: {', '.join(table.headings)}.")
