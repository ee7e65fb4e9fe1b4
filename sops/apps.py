from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from amps import navigation


class SopsConfig(AppConfig):
    name = "sops"
    verbose_name = _("standards")

    def ready(self) -> None:
        navigation.register(place="standards", key="sops", label=_("SOPs"), url_name="sops:list", order=10)
        navigation.register(
            place="standards", key="points", label=_("Observation points"), url_name="sops:points", order=30
        )
