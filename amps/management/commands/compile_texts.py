"""`manage.py compile_texts`: compile the message files whose compiled form is missing or older."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from amps.translations import compile_stale


class Command(BaseCommand):
    """What Django's compilemessages does, without gettext's own programs."""

    help = "Compile the message files whose compiled form is missing or older."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile them."""
        for path in compile_stale(settings.BASE_DIR / "locale"):
            self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
