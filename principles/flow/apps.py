"""Django's registration of routes and capacities."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FlowConfig(AppConfig):
    """Principle 3: routes, their capacities and the bottleneck."""

    name = "principles.flow"
    label = "flow"
    verbose_name = _("flow")

    def ready(self) -> None:
        """Hang the pages into the navigation."""
        from amps import navigation

        navigation.register(place="together", key="flow", label=_("Flow"), url_name="flow:routes", order=30)
