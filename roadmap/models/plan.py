"""The business plan (*forretningsplan*): its year, the challenges passed down, and its entries on actions."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.dimensions import Dimension
from principles.improvement.models import Action
from principles.teams.models import Unit
from roadmap.models.evaluations import Answer, ItemStatus


class PlanYear(models.Model):
    """What a plant's plan of one year is reckoned with: tonnes of metal per year, and NOK per USD."""

    plant = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("plant"))
    year = models.PositiveSmallIntegerField(_("year"))
    tonnes = models.DecimalField(_("tonnes per year"), max_digits=12, decimal_places=1)
    nok_per_usd = models.DecimalField(_("NOK per USD"), max_digits=8, decimal_places=4)

    class Meta:
        verbose_name = _("plan year")
        verbose_name_plural = _("plan years")
        ordering = ("plant", "-year")
        constraints = (
            models.UniqueConstraint(fields=["plant", "year"], name="plan_year_once"),
            models.CheckConstraint(
                name="plan_year_positive",
                condition=Q(tonnes__gt=0, nok_per_usd__gt=0),
                violation_error_message=_("Tonnes and exchange rate have to be above zero."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.plant.name} {self.year}"

    def usd_per_tonne(self, nok: Decimal) -> Decimal:
        """NOK per year as USD per tonne of the year's metal."""
        return nok / self.nok_per_usd / self.tonnes


class Challenge(models.Model):
    """A demand on one dimension, passed down from plant to unit to team (F100)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="challenges", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension)
    text = models.CharField(_("challenge"), max_length=240)
    goal = models.CharField(_("goal"), max_length=160, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="passed_down", verbose_name=_("passed down from")
    )
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        ordering = ("year", "dimension", "pk")

    def __str__(self) -> str:
        return self.text


class PlanEntry(models.Model):
    """An action's place in the business plan of one year.

    `item_code` is the focus item whose gap it closes, `answer` the one that showed the gap. `nok_per_year` is the
    expected effect in NOK per year (its effect on an indicator is a row of kpis).
    """

    action = models.OneToOneField(Action, models.CASCADE, related_name="plan_entry", verbose_name=_("action"))
    year = models.PositiveSmallIntegerField(_("year"))
    item_code = models.CharField(_("focus item"), max_length=20, blank=True)
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, blank=True, related_name="plan_entries")
    challenge = models.ForeignKey(
        Challenge, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("challenge")
    )
    nok_per_year = models.DecimalField(
        _("expected effect, NOK per year"), max_digits=15, decimal_places=0, null=True, blank=True
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry of the business plan")
        verbose_name_plural = _("entries of the business plan")
        ordering = ("year", "pk")
        indexes = (models.Index(fields=["item_code"], name="plan_entry_item"),)

    def __str__(self) -> str:
        return f"{self.year} {self.action}"


class RoadmapTarget(models.Model):
    """Where a unit wants a practice rule to stand by the end of a year."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    rule_code = models.CharField(max_length=10)
    status = models.CharField(_("target"), max_length=6, choices=ItemStatus)

    class Meta:
        ordering = ("unit", "year", "rule_code")
        constraints = (models.UniqueConstraint(fields=["unit", "year", "rule_code"], name="roadmap_target_once"),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year} {self.rule_code} {self.status}"
