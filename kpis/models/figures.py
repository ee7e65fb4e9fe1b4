"""Tallies that merge exactly, the figures computed from them, and the figures' versions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models.indicators import Indicator
from principles.teams.models import Crew, Unit
from sops.models import ObservationPoint


class Cadence(models.TextChoices):
    """The four cadences of follow-up; the values are those of amps.periods.Cadence."""

    SHIFT = "shift", _("8 h")
    DAY = "day", _("24 h")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


class Tally(models.Model):
    """What was counted of one point in one unit by one crew in one period.

    Kept for areas and their ancestors at all four cadences. A shift's tally of an area is counted from the
    facts; every other one is the sum of those shift tallies. `n` counts current facts (not applicable
    included, withdrawn ones not), `planned` the cards that plans asked for, `done` those of them that have a fact: at
    most `planned`, and at most `n`, see `kpis.tally.Tally`. `sum_w` holds Σ weight of measurements, or the
    opportunities of an event series.
    """

    # The key begins with the unit, nothing is ever looked up by point or crew alone, and every index and constraint is
    # paid for at each write. The facts that a tally is counted from hold all three by constraints of their own.
    point = models.ForeignKey(ObservationPoint, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    crew = models.ForeignKey(Crew, models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False)
    cadence = models.CharField(max_length=5, choices=Cadence)
    first = models.DateField()  # production date the period begins on
    number = models.PositiveSmallIntegerField(default=0)  # shift number; 0 for longer periods
    starts_at = models.DateTimeField()
    n = models.PositiveIntegerField(default=0)
    conforming = models.PositiveIntegerField(default=0)
    not_conforming = models.PositiveIntegerField(default=0)
    not_applicable = models.PositiveIntegerField(default=0)
    planned = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    sum_x = models.DecimalField(max_digits=40, decimal_places=9, default=0)
    sum_x2 = models.DecimalField(max_digits=60, decimal_places=18, default=0)
    min_x = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    max_x = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    sum_w = models.DecimalField(max_digits=40, decimal_places=9, default=0)
    sum_wx = models.DecimalField(max_digits=60, decimal_places=18, default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "cadence", "first", "number", "point", "crew"],
                name="tally_key",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.point_id} {self.unit_id} {self.cadence} {self.first}/{self.number}"


class FigureState(models.TextChoices):
    PROVISIONAL = "provisional", _("Provisional")
    FINAL = "final", _("Final")
    RESTATED = "restated", _("Restated")


class Status(models.TextChoices):
    """Values as in kpis.status."""

    GREEN = "green", _("Inside target")
    YELLOW = "yellow", _("Between target and limit")
    RED = "red", _("Beyond the limit")
    NONE = "none", _("No data")


class FigureValues(models.Model):
    """The numbers that a figure and each of its versions hold.

    `n` counts the facts that it stands on, `done` those of them that a plan asked for, `planned` what plans asked for;
    the rest of n was seen outside the plan. done ≤ planned, done ≤ n. A roll-up has the sums of its parts.
    """

    value = models.DecimalField(max_digits=40, decimal_places=12, null=True)  # None: no data, which is not zero
    numerator = models.DecimalField(max_digits=60, decimal_places=18, null=True)
    denominator = models.DecimalField(max_digits=60, decimal_places=18, null=True)
    n = models.PositiveIntegerField(default=0)
    planned = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=6, choices=Status, default=Status.NONE)

    class Meta:
        abstract = True

    @property
    def outside(self) -> int:
        """Facts beside what a plan asked for."""
        return self.n - self.done


class Figure(FigureValues):
    """An indicator's value in one unit and period, all crews together: the current value, one row."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="figures")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    cadence = models.CharField(max_length=5, choices=Cadence)
    first = models.DateField()
    number = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=FigureState, default=FigureState.PROVISIONAL)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["unit", "indicator", "cadence", "first", "number"], name="figure_key"),
        )
        indexes = (
            # Closing and finalising: every figure of one period.
            models.Index(fields=["cadence", "starts_at", "unit"], name="figure_period"),
            models.Index(fields=["ends_at"], name="figure_not_final", condition=Q(state="provisional")),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.unit_id} {self.cadence} {self.first}/{self.number}: {self.value}"


class VersionKind(models.TextChoices):
    CLOSED = "closed", _("As known when the period closed")
    FINAL = "final", _("Final")
    RESTATED = "restated", _("Restated")


class FigureVersion(FigureValues):
    """A figure as it was known at a moment: when its period closed, when it became final, at each restatement."""

    figure = models.ForeignKey(Figure, models.CASCADE, related_name="versions")
    kind = models.CharField(max_length=8, choices=VersionKind)
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("figure", "at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["figure", "kind"], name="version_closed_and_final_once", condition=~Q(kind="restated")
            ),
        )

    def __str__(self) -> str:
        return f"{self.figure_id} {self.kind} {self.value}"
