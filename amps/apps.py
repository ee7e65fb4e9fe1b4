"""Django's registration of the ground floor."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AmpsConfig(AppConfig):
    """The ground floor: settings, periods, audit trail, health, the embedded database."""

    name = "amps"
    verbose_name = _("AMPS")

    def ready(self) -> None:
        """Register the system checks, and the cache's table as part of every migration."""
        from amps import checks, navigation  # noqa: F401

        navigation.register(
            place=navigation.MENU,
            key="documents",
            label=_("My documents"),
            url_name="documents:list",
            order=30,
            icon="download",
        )
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(using: str, verbosity: int, **kwargs: Any) -> None:
    """Make the table of the shared cache where the database serves as one."""
    if settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
        call_command("createcachetable", database=using, verbosity=max(0, verbosity - 1))
