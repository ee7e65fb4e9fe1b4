"""Routes of the value chain and the capacity of each process on them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Unit


class Route(models.Model):
    """A way that the goods take, with what the customer asks for, in tonnes per week."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="routes", verbose_name=_("belongs to"))
    demand = models.DecimalField(_("customer demand, t/week"), max_digits=12, decimal_places=2)
    source_en = models.CharField(_("where the figures come from, in English"), max_length=200, blank=True)
    source_nb = models.CharField(_("where the figures come from, in Norwegian"), max_length=200, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    name = Localized("name")
    source = Localized("source")

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="route_demand_positive",
                condition=Q(demand__gt=0),
                violation_error_message=_("The demand has to be above zero."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class RouteStep(models.Model):
    """One process on a route; its capacity is the sum of its parts (liquid metal and cold metal, say)."""

    route = models.ForeignKey(Route, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"))
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by"))

    name = Localized("name")

    class Meta:
        verbose_name = _("process on a route")
        verbose_name_plural = _("processes on a route")
        ordering = ("route", "position")
        constraints = (models.UniqueConstraint(fields=["route", "position"], name="route_step_once"),)

    def __str__(self) -> str:
        return self.name


class CapacityPart(models.Model):
    """A part of a step's capacity, in tonnes per week."""

    step = models.ForeignKey(RouteStep, models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_nb = models.CharField(_("name in Norwegian"), max_length=80)
    capacity = models.DecimalField(_("capacity, t/week"), max_digits=12, decimal_places=2)

    name = Localized("name")

    class Meta:
        verbose_name = _("part of a capacity")
        verbose_name_plural = _("parts of a capacity")
        ordering = ("step", "position", "pk")
        constraints = (
            models.CheckConstraint(
                name="capacity_not_negative",
                condition=Q(capacity__gte=0),
                violation_error_message=_("A capacity can't be below zero."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.step_id} {self.name}"
