"""`manage.py demo_logins`: who can log in to this demo."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Names and password of the demo people; silent where there are none."""

    help = "Print the demo logins."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        people = get_user_model()._default_manager.filter(is_demo=True, is_active=True).exclude(password="")
        names = sorted(
            person.get_username() for person in people.only("username", "password") if person.has_usable_password()
        )
        if names:
            from amps.demo.people import DEMO_PASSWORD

            self.stdout.write(f"Demo logins, password “{DEMO_PASSWORD}”:")
            self.stdout.write("  " + ", ".join(names))
