"""`manage.py alive worker`: the health check of one container."""

import http.client
import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from amps.environment import env_int
from amps.heartbeat import parts_alive

PARTS = ("web", "database", "worker", "schedule", "queue")


class Command(BaseCommand):
    """Ends with 0 when every named part is alive, else with 1 and the names of those that are not."""

    help = "Check that the named parts are alive."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The parts to check."""
        parser.add_argument("parts", nargs="+", choices=PARTS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Look once."""
        asked: list[str] = options["parts"]
        states = parts_alive(now=timezone.now())
        if "web" in asked:
            states["web"] = web_state(env_int("PORT", 8000, least=1, most=65535))
        if down := [f"{name}: {states[name]}" for name in asked if states[name] != "ok"]:
            raise CommandError("; ".join(down))
        self.stdout.write("alive")


def web_state(port: int) -> str:
    """Whether the web part on this machine answers and reaches the database; other parts may be down."""
    host = next((name.removeprefix(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return str(json.load(connection.getresponse())["database"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return f"no answer ({type(error).__name__})"
    finally:
        connection.close()
