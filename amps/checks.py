"""What production refuses, as system checks with a sentence each."""

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection


@register(Tags.security)
def production_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Debug pages never in production, however the setting came to be on."""
    if settings.PRODUCTION and settings.DEBUG:
        return [Error("DEBUG is on in production: error pages would show code and settings.", id="amps.E001")]
    return []


@register(Tags.database)
def no_demo_people(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Demo people have passwords that everybody knows; production runs only without them."""
    if not settings.PRODUCTION or not databases:
        return []
    people = get_user_model()
    if people._meta.db_table not in connection.introspection.table_names():
        return []  # before the first migration
    count = people._default_manager.filter(is_demo=True).count()
    if not count:
        return []
    return [
        Error(
            f"{count} demo people are in this database, and everybody knows their passwords.",
            hint="Production needs a database of its own, without the demo plant.",
            id="amps.E002",
        )
    ]


def stop_if_unsafe() -> None:
    """End this process with the sentences of all refusals, if there are any. Does nothing in a demo."""
    if not settings.PRODUCTION:
        return
    problems = [*production_settings(None), *no_demo_people(None, databases=["default"])]
    connection.close()
    if problems:
        sys.exit("AMPS does not start in production:\n" + "\n".join(f"- {problem.msg}" for problem in problems))
