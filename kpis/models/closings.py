"""Closings: what was known, missed and red when a period ended, and who reviewed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models.figures import Cadence, Figure
from observations.models import Round
from principles.teams.models import Unit


class Closing(models.Model):
    """A period of one unit was closed: its figures frozen as known, what was missed listed, the agenda composed."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="closings", db_index=False)  # the key begins with it
    cadence = models.CharField(max_length=5, choices=Cadence)
    first = models.DateField()
    number = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    finalised_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ("-ends_at", "unit")
        constraints = (
            # Twice, late, or on two workers at once: one closing.
            models.UniqueConstraint(fields=["unit", "cadence", "first", "number"], name="closing_once"),
        )
        indexes = (models.Index(fields=["ends_at"], name="closing_not_final", condition=Q(finalised_at__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.cadence} {self.first}/{self.number}"


class LineKind(models.TextChoices):
    RED = "red", _("Red")
    YELLOW = "yellow", _("Yellow")
    MISSED = "missed", _("Missed round")
    NO_DATA = "no_data", _("No data")


class ClosingLine(models.Model):
    """One line of a closing's agenda: a figure that is red or yellow, or a round that was missed."""

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8, choices=LineKind)
    figure = models.ForeignKey(Figure, models.CASCADE, null=True, blank=True, related_name="+")
    round = models.ForeignKey(Round, models.CASCADE, null=True, blank=True, related_name="+")
    done = models.PositiveIntegerField(default=0)  # of the missed round, when the period closed
    planned = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("closing", "position", "id")

    def __str__(self) -> str:
        return f"{self.closing_id} {self.kind}"


class Review(models.Model):
    """Somebody reviewed a closing, with a comment. Later reviews stand beside earlier ones."""

    closing = models.ForeignKey(Closing, models.PROTECT, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reviewed by"))
    at = models.DateTimeField(_("when"))
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("closing", "at")

    def __str__(self) -> str:
        return f"{self.closing_id} {self.at:%Y-%m-%d %H:%M}"
