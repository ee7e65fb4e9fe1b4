"""The one register of observation points and series."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized


class PointKind(models.TextChoices):
    YES_NO = "yes_no", _("Yes or no")
    COUNT = "count", _("Count")
    MEASUREMENT = "measurement", _("Measurement")
    EVENT = "event", _("Event")


class Sampling(models.TextChoices):
    SHIFT = "shift", _("per shift")
    DAY = "day", _("per day")
    WEEK = "week", _("per week")
    EVENT = "event", _("per event")


class ObservationPoint(models.Model):
    """One thing that is watched, counted or measured; a point has one text and one limit wherever it is used.

    A point that stands in no SOP is a series: a measurement series (Fe per tap) or an event series (anode
    effects), whose `opportunity` names the denominator of its rate, such as "cell_days".
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    text_en = models.CharField(_("text in English"), max_length=200)
    text_nb = models.CharField(_("text in Norwegian"), max_length=200)
    how_en = models.TextField(_("how to see it, in English"), blank=True)
    how_nb = models.TextField(_("how to see it, in Norwegian"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PointKind)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=1)
    minimum = models.DecimalField(_("lowest that is right"), max_digits=18, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(_("highest that is right"), max_digits=18, decimal_places=6, null=True, blank=True)
    critical = models.BooleanField(_("safety-critical"), default=False)
    active = models.BooleanField(_("in use"), default=True)
    sample_size = models.PositiveSmallIntegerField(_("sample"), null=True, blank=True)  # None: each one
    sample_of = models.CharField(max_length=30, blank=True)
    sample_per = models.CharField(max_length=10, choices=Sampling, default=Sampling.SHIFT)
    version = models.PositiveIntegerField(default=1, editable=False)  # grows with every edit
    opportunity = models.CharField(_("counted per"), max_length=30, blank=True)

    text = Localized("text")
    how = Localized("how")

    class Meta:
        verbose_name = _("observation point")
        verbose_name_plural = _("observation points")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="point_limits_in_order",
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(minimum__lte=models.F("maximum")),
                violation_error_message=_("The lowest value that is right can't be above the highest."),
            ),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def is_numeric(self) -> bool:
        return self.kind in (PointKind.COUNT, PointKind.MEASUREMENT)

    @property
    def has_limits(self) -> bool:
        return self.minimum is not None or self.maximum is not None

    def is_right(self, value: Decimal) -> bool | None:
        """Whether a value is inside the limits; None where the point has none."""
        if not self.has_limits:
            return None
        if self.minimum is not None and value < self.minimum:
            return False
        return not (self.maximum is not None and value > self.maximum)
