"""The goal breakdown's lower half: critical work processes, critical equipment, and the roles that do the work."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.dimensions import Dimension


class JobRole(models.Model):
    """A role in the work itself, such as tapper or crane operator (not a role in this product)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_nb = models.CharField(_("name in Norwegian"), max_length=80)

    name = Localized("name")

    class Meta:
        verbose_name = _("work role")
        verbose_name_plural = _("work roles")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class CriticalProcess(models.Model):
    """A work process that decides a KPI, found by goal breakdown, such as CP-01 Anode effect follow-up."""

    code = models.CharField(_("code"), max_length=10, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    group = models.CharField(_("group"), max_length=40)
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension)
    why_en = models.TextField(_("why it is critical, in English"), blank=True)
    why_nb = models.TextField(_("why it is critical, in Norwegian"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    name = Localized("name")
    why = Localized("why")

    class Meta:
        verbose_name = _("critical work process")
        verbose_name_plural = _("critical work processes")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CriticalEquipment(models.Model):
    """Equipment that a TPM group follows (F021), with the SOP that keeps it fit where there is one."""

    code = models.CharField(_("code"), max_length=10, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    sop = models.ForeignKey("sops.Sop", models.SET_NULL, null=True, blank=True, related_name="critical_equipment")

    name = Localized("name")

    class Meta:
        verbose_name = _("critical equipment")
        verbose_name_plural = _("critical equipment")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
