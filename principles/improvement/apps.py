"""Django's registration of deviations, actions and meetings."""

from __future__ import annotations

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from amps import navigation


class ImprovementConfig(AppConfig):
    """The shared tools of improvement."""

    name = "principles.improvement"
    label = "improvement"
    verbose_name = _("improvement")

    def ready(self) -> None:
        """Hang the pages into the navigation."""
        navigation.register(
            place="shift",
            key="deviations",
            label=_("Deviations"),
            url_name="improvement:deviations",
            allowed=_has_role,
            order=24,
        )
        navigation.register(
            place="shift",
            key="my_actions",
            label=_("My actions"),
            url_name="improvement:my_actions",
            allowed=_has_role,
            order=26,
            prefixes=("/together/improvement/actions/",),
        )
        navigation.register(
            place="figures",
            key="meetings",
            label=_("Meetings"),
            url_name="improvement:meetings",
            allowed=_has_role,
            order=25,
            prefixes=("/together/improvement/meetings/",),
        )


def _has_role(request: HttpRequest) -> bool:
    from principles.teams.permissions import access_of

    return bool(access_of(request.user).roles)
