"""Store the shipped roadmap where a database has none."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from roadmap.loading import standard_load


class Command(BaseCommand):
    """`manage.py load_roadmap`: safe to run again. `migrate` does the same."""

    help = "Store the shipped roadmap where there is none; a plant that has one keeps it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which version is in use."""
        self.stdout.write(f"Roadmap in use: version {standard_load(now=timezone.now()).version}.")
