"""Indicators, what feeds them, their targets, and the edges of the KPI tree."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Unit
from sops.models import CriticalEquipment, CriticalProcess, Dimension, ObservationPoint


class IndicatorKind(models.TextChoices):
    """How the figure is made. The first seven are computed here; the others wait for data from elsewhere."""

    CONFORMITY = "conformity", _("Conformity")
    MEAN = "measurement_mean", _("Mean")
    SUM = "measurement_sum", _("Sum")
    RATE = "rate", _("Rate")
    NOT_OK_RATE = "not_ok_rate", _("Not conforming per points")
    COVERAGE = "coverage", _("Coverage")
    WEIGHTED = "weighted", _("Weighted of its parts")
    RATIO = "ratio", _("Ratio")
    FORMULA = "formula", _("Formula")
    EXTERNAL = "external", _("External")


class IndicatorLevel(models.TextChoices):
    KPI = "kpi", _("KPI")
    PROCESS = "process_indicator", _("Process indicator")
    EXECUTION = "execution", _("Execution")
    COVERAGE = "coverage", _("How the system is run")


class Direction(models.TextChoices):
    UP = "up", _("Higher is better")
    DOWN = "down", _("Lower is better")
    BAND = "band", _("Nearest to target is better")


class Indicator(models.Model):
    """A figure that is followed up, such as O03 Pot tending or K05 Fe in the metal.

    `all_points` indicators read every observation point of the unit (coverage, not conforming per points).
    `factor` scales the ratio (100 for percent, 1000 for "per 1,000"). `plant_sets` says that the limits in the
    catalogue are demo values, which no plant can take over unseen.
    """

    code = models.CharField(_("code"), max_length=10, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=IndicatorKind)
    level = models.CharField(_("level"), max_length=20, choices=IndicatorLevel)
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension)
    also_dimensions = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    direction = models.CharField(_("better"), max_length=5, choices=Direction)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=1)
    cadences = ArrayField(models.CharField(max_length=5), verbose_name=_("followed"))
    skip_reason_en = models.CharField(max_length=200, blank=True)  # why a cadence is not followed
    skip_reason_nb = models.CharField(max_length=200, blank=True)
    factor = models.DecimalField(_("factor"), max_digits=18, decimal_places=6, default=1)
    all_points = models.BooleanField(default=False)
    plant_sets = models.BooleanField(default=False)
    formula = models.TextField(_("formula"), blank=True)
    note = models.TextField(_("note"), blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    active = models.BooleanField(_("in use"), default=True)
    points = models.ManyToManyField(ObservationPoint, through="kpis.IndicatorPoint", related_name="indicators")

    name = Localized("name")
    skip_reason = Localized("skip_reason")

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def awaits_plant(self, target: Target | None) -> bool:
        """Whether a target that holds is still the demo's, though only the plant can say what it should be."""
        return self.plant_sets and target is not None and target.is_shipped


class IndicatorPoint(models.Model):
    """A point that feeds an indicator, with its weight (more than 1 for a safety-critical point, if wanted)."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="feeds")
    point = models.ForeignKey(ObservationPoint, models.PROTECT, related_name="feeds")
    weight = models.DecimalField(_("weight"), max_digits=9, decimal_places=4, default=1)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        constraints = (
            models.UniqueConstraint(fields=["indicator", "point"], name="feed_once"),
            models.CheckConstraint(name="feed_weight_positive", condition=Q(weight__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id} ← {self.point_id}"


class ProcessIndicator(models.Model):
    """A KPI or process indicator that a critical work process, or critical equipment, decides."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="decided_by")
    process = models.ForeignKey(CriticalProcess, models.CASCADE, null=True, blank=True, related_name="decides")
    equipment = models.ForeignKey(CriticalEquipment, models.CASCADE, null=True, blank=True, related_name="decides")
    is_kpi = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="process_indicator_one_owner",
                condition=Q(process__isnull=False, equipment__isnull=True)
                | Q(process__isnull=True, equipment__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["indicator", "process", "equipment"],
                name="process_indicator_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id} ← {self.process_id or self.equipment_id}"


class EdgeKind(models.TextChoices):
    SUMMED_FROM = "summed_from", _("Summed from")
    DRIVEN_BY = "driven_by", _("Driven by")


class EdgeQuerySet(models.QuerySet["Edge"]):
    def valid_on(self, date: dt.date) -> EdgeQuerySet:
        return self.filter(valid_from__lte=date).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=date))


class Edge(models.Model):
    """An edge of the KPI tree: arithmetic (summed from, weighted) or cause and effect (driven by, never summed)."""

    parent = models.ForeignKey(Indicator, models.CASCADE, related_name="child_edges")
    child = models.ForeignKey(Indicator, models.CASCADE, related_name="parent_edges")
    kind = models.CharField(max_length=12, choices=EdgeKind)
    weight = models.DecimalField(_("weight"), max_digits=9, decimal_places=6, null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = EdgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("edge")
        verbose_name_plural = _("edges")
        constraints = (
            models.UniqueConstraint(fields=["parent", "child", "kind", "valid_from"], name="edge_once"),
            models.CheckConstraint(
                name="edge_weight_only_when_summed",
                condition=Q(kind="summed_from", weight__gt=0) | Q(kind="driven_by", weight__isnull=True),
            ),
            models.CheckConstraint(name="edge_not_to_itself", condition=~Q(parent=F("child"))),
        )

    def __str__(self) -> str:
        return f"{self.parent_id} ← {self.child_id} ({self.kind})"


class Target(models.Model):
    """What is aimed for, with yellow and red limits, from a production date; for a unit, or for the whole plant.

    Up: green >= yellow, yellow >= red. Down: green <= yellow, yellow <= red. Band: green in
    [target_min, target_max], yellow in [red_min, red_max]. `is_shipped`: it came with the standard, and nobody here
    has set it.
    """

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("for"))
    valid_from = models.DateField(_("valid from"))
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=6)
    yellow = models.DecimalField(_("green until"), max_digits=18, decimal_places=6, null=True, blank=True)
    red = models.DecimalField(_("yellow until"), max_digits=18, decimal_places=6, null=True, blank=True)
    target_min = models.DecimalField(_("green from"), max_digits=18, decimal_places=6, null=True, blank=True)
    target_max = models.DecimalField(_("green to"), max_digits=18, decimal_places=6, null=True, blank=True)
    red_min = models.DecimalField(_("yellow from"), max_digits=18, decimal_places=6, null=True, blank=True)
    red_max = models.DecimalField(_("yellow to"), max_digits=18, decimal_places=6, null=True, blank=True)
    is_shipped = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("indicator", "unit", "valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=["indicator", "unit", "valid_from"], name="target_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.target}"


class ChartEvent(models.Model):
    """Something that happened and belongs on the charts of a unit: a new routine, a training round, a repair.

    SOP revisions that come into force are shown as events by themselves and need no row here.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="chart_events", verbose_name=_("where"))
    indicator = models.ForeignKey(
        Indicator, models.CASCADE, null=True, blank=True, related_name="events", verbose_name=_("indicator")
    )
    at = models.DateTimeField(_("when"))
    title_en = models.CharField(_("title in English"), max_length=120)
    title_nb = models.CharField(_("title in Norwegian"), max_length=120)

    title = Localized("title")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at",)

    def __str__(self) -> str:
        return self.title
