"""What ties a lower thing to an indicator: a deviation, the effect of an action, a term, a decision."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models.figures import Figure, Status
from kpis.models.indicators import Indicator
from principles.agreements.models import Term
from principles.improvement.models import Action, Deviation, MeetingItem
from principles.teams.models import Unit


class FigureDeviation(models.Model):
    """The figure that a deviation was opened from, with what it said then."""

    deviation = models.OneToOneField(Deviation, models.CASCADE, related_name="figure_link")
    figure = models.ForeignKey(Figure, models.PROTECT, related_name="deviations")
    value = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    status = models.CharField(max_length=6, choices=Status)

    def __str__(self) -> str:
        return f"{self.deviation_id} ← {self.figure_id}"


class ExpectedEffect(models.Model):
    """The indicator that an action should move, where, and by how much in the indicator's unit (signed).

    `weeks` is how long before the start and after the carrying out it is compared over.
    """

    action = models.OneToOneField(Action, models.CASCADE, related_name="expected_effect", verbose_name=_("action"))
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="expected_effects", verbose_name=_("indicator")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("where"))
    change = models.DecimalField(_("expected change"), max_digits=18, decimal_places=6, null=True, blank=True)
    weeks = models.PositiveSmallIntegerField(_("weeks compared"), default=4)

    class Meta:
        verbose_name = _("expected effect")
        verbose_name_plural = _("expected effects")
        constraints = (models.CheckConstraint(name="expected_effect_weeks", condition=Q(weeks__gte=1, weeks__lte=26)),)

    def __str__(self) -> str:
        return f"{self.action_id} → {self.indicator_id}"


class TermMeasure(models.Model):
    """The indicator, and where it is read, that measures a term of an agreement."""

    term = models.OneToOneField(Term, models.CASCADE, related_name="measure", verbose_name=_("term"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="terms", verbose_name=_("indicator"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("where"))

    class Meta:
        verbose_name = _("measure of a term")
        verbose_name_plural = _("measures of terms")

    def __str__(self) -> str:
        return f"{self.term_id} ← {self.indicator_id}"


class ItemIndicator(models.Model):
    """The indicator that a meeting's matter, and what was decided on it, is about."""

    item = models.OneToOneField(MeetingItem, models.CASCADE, related_name="indicator_link")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.item_id} ← {self.indicator_id}"
