"""Recount every tally and figure from the facts and say how many were wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kpis.rebuild import RebuildReport, rebuild_figures


class Command(BaseCommand):
    """`manage.py rebuild_figures`: on a healthy database nothing changes."""

    help = "Recount tallies and figures from the facts, and write what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=dt.date.fromisoformat, help="first production date")
        parser.add_argument("--until", type=dt.date.fromisoformat, help="last production date")
        parser.add_argument("--dry-run", action="store_true", help="only count what differs")
        parser.add_argument("--language", choices=["en", "nb"], default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print one sentence."""
        with translation.override(options["language"] or translation.get_language() or "en"):
            report = rebuild_figures(
                now=timezone.now(),
                start=options["start"],
                until=options["until"],
                dry_run=options["dry_run"],
                progress=self._tell if options["verbosity"] > 1 else None,
            )
            self.stdout.write(sentence(report, dry_run=options["dry_run"]))

    def _tell(self, month: dt.date) -> None:
        self.stdout.write(f"{month:%Y-%m}")


def sentence(report: RebuildReport, *, dry_run: bool) -> str:
    """What a rebuild found, in the active language."""
    looked_at = _("Recounted from the facts: %(tallies)d tallies, %(figures)d figures.") % {
        "tallies": report.tallies,
        "figures": report.figures,
    }
    if not report.tallies_changed and not report.figures_changed:
        nothing = _("No figure changed.")  # on a line of its own: texts inside another text are not found
        return f"{looked_at} {nothing}"
    text = (
        ngettext("%(count)d figure would change", "%(count)d figures would change", report.figures_changed)
        if dry_run
        else ngettext("%(count)d figure changed", "%(count)d figures changed", report.figures_changed)
    )
    tallies = ngettext("%(count)d tally was wrong", "%(count)d tallies were wrong", report.tallies_changed) % {
        "count": report.tallies_changed
    }
    return f"{looked_at} {tallies}. {text % {'count': report.figures_changed}}."
