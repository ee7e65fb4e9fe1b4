from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ObservationsConfig(AppConfig):
    name = "observations"
    verbose_name = _("observations")

    def ready(self) -> None:
        """Hang the shift's pages into the navigation."""
        from amps import navigation

        navigation.register(
            place="shift",
            key="shift",
            label=_("My shift"),
            url_name="observations:shift",
            order=10,
            prefixes=("/shift/round/", "/shift/observation/", "/shift/extra/"),
        )
        navigation.register(
            place="shift",
            key="events",
            label=_("Events"),
            url_name="observations:events",
            allowed=_may_observe,
            order=20,
        )
        navigation.register(
            place="shift", key="plans", label=_("Plans"), url_name="observations:plans", allowed=_may_plan, order=30
        )
        navigation.register(
            place="shift",
            key="import",
            label=_("Import"),
            url_name="observations:import",
            allowed=_may_import,
            order=40,
        )


def _may_observe(request: HttpRequest) -> bool:
    from principles.teams.permissions import Capability, access_of

    return access_of(request.user).can_somewhere(Capability.OBSERVE)


def _may_plan(request: HttpRequest) -> bool:
    from principles.teams.permissions import Capability, access_of

    return access_of(request.user).can_somewhere(Capability.EDIT_PLANS)


def _may_import(request: HttpRequest) -> bool:
    from principles.teams.permissions import Capability, access_of

    return access_of(request.user).can_somewhere(Capability.IMPORT)
