"""Django's registration of the roadmap, self-evaluations and the business plan."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from amps import navigation


class RoadmapConfig(AppConfig):
    """The roadmap standard, evaluations against it, and the plan that closes the gaps."""

    name = "roadmap"
    verbose_name = _("roadmap")

    def ready(self) -> None:
        """Hang the pages under Direction; the shipped standard comes with the tables."""
        from roadmap import documents
        from roadmap.loading import load_after_migrate

        documents.register()
        post_migrate.connect(load_after_migrate, sender=self, dispatch_uid="roadmap.standard")
        navigation.register(
            place="direction",
            key="results",
            label=_("Results"),
            url_name="roadmap:compare",
            order=30,
            prefixes=("/direction/results/",),
        )
        navigation.register(
            place="direction",
            key="principles",
            label=_("Principles"),
            url_name="roadmap:principles",
            order=10,
        )
        navigation.register(
            place="direction",
            key="evaluations",
            label=_("Self-evaluation"),
            url_name="roadmap:evaluations",
            order=20,
        )
        navigation.register(place="direction", key="roadmap", label=_("Roadmap"), url_name="roadmap:standard", order=50)
        navigation.register(
            place="direction",
            key="plan",
            label=_("Business plan"),
            url_name="roadmap:plan",
            order=40,
            prefixes=("/direction/challenges/",),
        )
