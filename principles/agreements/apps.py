"""Django's registration of customers, suppliers and their agreements."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    """Principle 2: who supplies whom, and what they have agreed."""

    name = "principles.agreements"
    label = "agreements"
    verbose_name = _("agreements")

    def ready(self) -> None:
        """Hang the pages into the navigation, keep deviations open until the customer confirms, offer the PDF.

        What stands in an agreement is not on everybody's audit trail.
        """
        from amps import navigation
        from amps.documents import registry
        from principles.agreements import documents, reading
        from principles.agreements.gate import breach_condition
        from principles.improvement import gates
        from principles.teams import audit_pages

        navigation.register(
            place="together",
            key="agreements",
            label=_("Agreements"),
            url_name="agreements:agreements",
            order=10,
        )
        gates.register("agreements", breach_condition)
        for kind, readable in reading.ON_THE_TRAIL.items():
            audit_pages.restrict(kind, readable)
        registry.register(
            "agreement",
            label=_("Customer and supplier agreement"),
            build=documents.build,
            heading=documents.heading,
            allowed=documents.allowed,
        )
