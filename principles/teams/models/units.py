"""The unit tree: company → plant → unit → area → section → equipment."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized


class UnitKind(models.TextChoices):
    COMPANY = "company", _("Company")
    PLANT = "plant", _("Plant")
    UNIT = "unit", _("Unit")
    AREA = "area", _("Area")
    SECTION = "section", _("Section")
    EQUIPMENT = "equipment", _("Equipment")


# Levels that figures are kept for: an area and every ancestor of it.
FIGURE_KINDS = (UnitKind.COMPANY, UnitKind.PLANT, UnitKind.UNIT, UnitKind.AREA)
FIGURE_KINDS_VALUES = frozenset(kind.value for kind in FIGURE_KINDS)


class UnitQuerySet(models.QuerySet["Unit"]):
    def open_on(self, date: dt.date) -> UnitQuerySet:
        """Units in use on a production date."""
        return self.filter(Q(opened__isnull=True) | Q(opened__lte=date)).filter(
            Q(closed__isnull=True) | Q(closed__gt=date)
        )

    def with_figures(self) -> UnitQuerySet:
        """Units that figures are kept for: areas and their ancestors."""
        return self.filter(kind__in=FIGURE_KINDS)


class Unit(models.Model):
    """A place in the plant, from the company down to one piece of equipment such as cell 1042.

    Where it stands in the tree is said by its placements, which have validity dates: cells move.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=UnitKind)
    equipment_type = models.CharField(_("type of equipment"), max_length=20, blank=True)  # cell, crane, scrubber …
    position = models.PositiveIntegerField(_("order"), default=0)
    opened = models.DateField(_("in use from"), null=True, blank=True)
    closed = models.DateField(_("out of use from"), null=True, blank=True)

    name = Localized("name")

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ("position", "code")
        constraints = (
            models.CheckConstraint(
                name="unit_closed_after_opened",
                condition=Q(opened__isnull=True) | Q(closed__isnull=True) | Q(closed__gt=models.F("opened")),
                violation_error_message=_("A unit goes out of use after it was taken into use."),
            ),
        )

    def __str__(self) -> str:
        return self.name if self.name.endswith(self.code) else f"{self.code} {self.name}"


class UnitPlacement(models.Model):
    """From which production date a unit stands under which parent (None: it is the top)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="placements")
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="child_placements")
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ("unit", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=["unit", "valid_from"], name="placement_once_a_day"),
            models.CheckConstraint(
                name="placement_not_under_itself",
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("unit")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} ← {self.parent_id} ({self.valid_from})"
