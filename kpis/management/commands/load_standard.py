"""Load the shipped standard into a plant: reasons, SOPs with their points, indicators with targets and the KPI tree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from amps.periods import PeriodError, day_start
from kpis.loading import indicators_load
from observations.loading import reasons_load
from principles.teams.calendars import calendars, production_date
from principles.teams.models import Unit
from sops.loading import standard_data, standard_load


class Command(BaseCommand):
    """`manage.py load_standard --owner UNIT [--sop SOP-10=UNIT …] [--from DATE]`: safe to run again."""

    help = "Load the shipped SOPs and indicators; what is there already stays as the plant has it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who owns the SOPs, and from when all of it holds."""
        parser.add_argument("--owner", required=True, metavar="UNIT", help="code of the unit that owns the SOPs")
        parser.add_argument(
            "--sop",
            action="append",
            default=[],
            metavar="SOP=UNIT",
            help="another owner for one SOP, such as SOP-10=RE1",
        )
        parser.add_argument(
            "--from",
            dest="start",
            type=dt.date.fromisoformat,
            help="production date it is in force from; default today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what was asked for, load in one transaction, and say what is new."""
        now = timezone.now()
        owners = {sop["code"]: _unit(options["owner"]) for sop in standard_data()["sops"]}
        for text in options["sop"]:
            code, _, unit = text.partition("=")
            if code not in owners:
                raise CommandError(f"“{code}” is no SOP of the standard. SOPs: {', '.join(owners)}.")
            owners[code] = _unit(unit)
        known = calendars()
        if not known:
            raise CommandError("The plant has no shift calendar yet. Make one first: Together, Shift calendar.")
        start = options["start"] or production_date(now)
        try:
            effective_from = day_start(known, start)
        except PeriodError as error:
            raise CommandError(f"{start} is no production date of this plant: {error}") from error
        with transaction.atomic():
            reasons = reasons_load()
            standard = standard_load(owners=owners, author=None, approver=None, effective_from=effective_from, now=now)
            indicators = indicators_load(valid_from=start)
        self.stdout.write(
            f"New: {standard.sops} SOPs with {standard.points} points, {reasons} reasons, {indicators.series} series, "
            f"{indicators.indicators} indicators with {indicators.targets} targets. In force from {start}."
        )


def _unit(code: str) -> Unit:
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"There is no unit with the code “{code}”.")
    return found
