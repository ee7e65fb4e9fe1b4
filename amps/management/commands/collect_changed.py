"""`manage.py collect_changed`: collect and compress the static files, unless none has changed since the last time."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """A stamp in STATIC_ROOT says which files the collected ones were made from."""

    help = "Collect the static files unless none has changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and collect when something is new."""
        root = Path(settings.STATIC_ROOT)
        stamp, state = root / ".collected", static_state()
        if stamp.is_file() and stamp.read_text(encoding="ascii") == state:
            return
        call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
        stamp.write_text(state, encoding="ascii")


def static_state() -> str:
    """A digest of the name, size and time of every static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
