"""`manage.py prepare`: everything between an empty database and a first page."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from amps.translations import compile_stale


class Command(BaseCommand):
    """Safe to run at every start: each step does nothing when there is nothing to do."""

    help = "Compile texts, migrate, collect static files and, in a demo with an empty database, load the demo plant."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the steps in order, each with its time; static files meanwhile, on another core."""
        collecting = None if settings.DEBUG else _start("collect_changed")
        try:
            with self._step("Texts"):
                compile_stale(settings.BASE_DIR / "locale")
            with self._step("Database tables"):
                call_command("migrate", interactive=False, verbosity=0)
            if self._wants_demo():
                with self._step("Demo plant"):
                    call_command("demo")
            if collecting:
                with self._step("Static files"):
                    collecting.wait()
                if collecting.returncode:
                    raise CommandError("The static files could not be collected; the reason stands above.")
        finally:
            if collecting and collecting.poll() is None:
                collecting.terminate()
                collecting.wait()

    def _wants_demo(self) -> bool:
        if not settings.LOAD_DEMO or "demo" not in get_commands():
            return False
        # The one place where the ground floor asks about a plant: whether there is one.
        return not apps.get_model("teams", "Unit")._default_manager.exists()

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        self.stdout.write(f"  {name} …")
        self.stdout.flush()
        yield
        self.stdout.write(f"  {name}: {time.monotonic() - started:.1f} s")
        self.stdout.flush()


def _start(command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "manage.py", command], cwd=settings.BASE_DIR
    )
