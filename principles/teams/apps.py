"""Django's registration of units, crews, people, rota and calendar."""

from __future__ import annotations

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class TeamsConfig(AppConfig):
    """Principle 4: who works where, when, and with which role."""

    name = "principles.teams"
    label = "teams"
    verbose_name = _("teams")

    def ready(self) -> None:
        """Hang the pages into the navigation."""
        from amps import documents, navigation
        from principles.teams.calendars import plant_zone
        from principles.teams.context import unit_menu

        together = (
            ("team", _("Team"), "teams:team_start", navigation.signed_in, 40, ()),
            ("units", _("Units"), "teams:units", navigation.signed_in, 60, ("/together/new-unit/",)),
            ("crews", _("Crews"), "teams:crews", navigation.signed_in, 62, ("/together/new-crew/",)),
            ("rota", _("Rota"), "teams:rota", navigation.signed_in, 64, ()),
            ("people", _("People"), "teams:people", _sees_people, 66, ("/together/roles/",)),
            ("calendar", _("Shift calendar"), "teams:calendar", navigation.signed_in, 68, ()),
        )
        for key, label, url_name, allowed, order, prefixes in together:
            navigation.register(
                place="together",
                key=key,
                label=label,
                url_name=url_name,
                allowed=allowed,
                order=order,
                prefixes=prefixes,
            )
        mine = (
            ("me", _("My page"), "teams:me", navigation.signed_in, 10, "user"),
            ("demo", _("What is in the demo"), "demo_stories", _is_demo, 20, "info"),
            ("audit", _("Audit trail"), "teams:audit", _reads_audit, 70, "history"),
            ("admin", _("Administration"), "admin:index", _is_administrator, 90, "settings"),
        )
        for key, label, url_name, allowed, order, icon in mine:
            navigation.register(
                place="me", key=key, label=label, url_name=url_name, allowed=allowed, order=order, icon=icon
            )
        navigation.register_unit_menu(unit_menu)
        documents.use_zone(plant_zone)


def _is_demo(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_demo", False))


def _sees_people(request: HttpRequest) -> bool:
    from principles.teams.people import reach_of_names
    from principles.teams.permissions import access_of

    return bool(reach_of_names(access_of(request.user)))


def _reads_audit(request: HttpRequest) -> bool:
    from principles.teams.permissions import Capability, access_of

    return access_of(request.user).can_somewhere(Capability.READ_AUDIT)


def _is_administrator(request: HttpRequest) -> bool:
    from principles.teams.permissions import is_administrator

    return is_administrator(request.user)
