"""`manage.py demo`: fill an empty database with the demo plant."""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

PHASES = {
    "plant": "Plant, people, standards",
    "facts": "Observations and measurements",
    "figures": "Figures",
    "closings": "Closed periods",
    "learning": "Deviations, agreements, evaluations, plan",
}


class Command(BaseCommand):
    """The same seed, size and end give the same plant."""

    help = "Load the demo plant: a smelter with people, standards and weeks of observations. Not for production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Size, seed and end of the demo."""
        parser.add_argument("--weeks", type=int, default=13, help="full weeks of facts (1 to 52; default 13)")
        parser.add_argument("--cells", type=int, default=120, help="cells per potline (6 to 600; default 120)")
        parser.add_argument("--seed", type=int, default=1, help="another number, another plant (default 1)")
        parser.add_argument("--until", help="when the facts end, as ISO time with zone (default: now)")
        parser.add_argument("--language", choices=("nb", "en"), default="nb", help="what people wrote (default nb)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the database is in use")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what was asked for, load, and say what was made."""
        # Imported late: `manage.py help` must work without any app's models.
        from amps.demo.loading import AlreadyInUse, demo_make

        if settings.PRODUCTION:
            raise CommandError("The demo plant is not for production: its logins are public.")
        weeks, cells = options["weeks"], options["cells"]
        if not 1 <= weeks <= 52:
            raise CommandError("--weeks must be from 1 to 52.")
        if not 6 <= cells <= 600:
            raise CommandError("--cells must be from 6 to 600.")
        self._phase, self._shown, self._started = "", -1, time.monotonic()
        try:
            made = demo_make(
                weeks=weeks,
                cells=cells,
                seed=options["seed"],
                until=_until(options["until"]),
                progress=self._show,
                language=options["language"],
            )
        except AlreadyInUse:
            if options["if_empty"]:
                self.stdout.write("The database is in use already; nothing was loaded.")
                return
            raise CommandError("The database has units already. The demo plant needs an empty database.") from None
        self._end_line()
        self.stdout.write(
            f"  Demo plant from {made.first} to {made.until:%Y-%m-%d %H:%M} UTC: {made.facts} facts in "
            f"{made.rounds} rounds, {made.late} of them late or corrected."
        )

    def _show(self, phase: str, share: float) -> None:
        """One line per phase: it grows on a terminal, and is written once at its end elsewhere."""
        if phase != self._phase:
            self._end_line()
            self._phase, self._shown, self._started = phase, -1, time.monotonic()
        percent = int(share * 100)
        if self.stdout.isatty() and percent != self._shown:
            self._shown = percent
            self.stdout.write(f"\r    {PHASES[phase]} {percent:3d} %", ending="")
            self.stdout.flush()

    def _end_line(self) -> None:
        if not self._phase:
            return
        start = "\r" if self.stdout.isatty() else ""
        self.stdout.write(f"{start}    {PHASES[self._phase]}: {time.monotonic() - self._started:.1f} s")
        self.stdout.flush()
        self._phase = ""


def _until(text: str | None) -> dt.datetime:
    """The end of the demo in UTC. Raises CommandError for what is no time with a zone, or lies ahead."""
    now = timezone.now()
    if text is None:
        return now.replace(microsecond=0)
    try:
        until = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--until is no ISO time: {text}") from None
    if until.tzinfo is None:
        raise CommandError("--until needs a time zone, such as 2026-11-22T12:00+01:00.")
    return until.astimezone(dt.UTC)
