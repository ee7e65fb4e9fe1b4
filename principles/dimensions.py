"""The four dimensions that results, challenges and actions are followed in (F014)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dimension(models.TextChoices):
    HSE = "hse", _("HSE")
    VOLUME = "volume", _("Volume")
    QUALITY = "quality", _("Quality")
    COST = "cost", _("Cost")
