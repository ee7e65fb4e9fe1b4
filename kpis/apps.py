from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from amps import navigation


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = _("indicators")

    def ready(self) -> None:
        navigation.register(
            place="standards", key="tree", label=_("Process tree"), url_name="kpis:tree", order=20
        )
