from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from amps import navigation


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = _("indicators")

    def ready(self) -> None:
        navigation.register(place="figures", key="dashboard", label=_("Dashboard"), url_name="kpis:dashboard", order=10)
        navigation.register(place="figures", key="followup", label=_("Follow-up"), url_name="kpis:followups", order=20)
        navigation.register(place="figures", key="targets", label=_("Targets"), url_name="kpis:targets", order=30)
        navigation.register(place="standards", key="tree", label=_("Process tree"), url_name="kpis:tree", order=20)
