"""The shift calendar, the shifts it gives, and the rota that says which crew works them."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models.people import Crew


class ShiftCalendar(models.Model):
    """Time zone and shift starts, valid from a production date; history is never rewritten by a new one."""

    valid_from = models.DateField(_("valid from"), unique=True)
    zone = models.CharField(_("time zone"), max_length=60, default="Europe/Oslo")

    class Meta:
        verbose_name = _("shift calendar")
        verbose_name_plural = _("shift calendars")
        ordering = ("valid_from",)

    def __str__(self) -> str:
        return f"{self.valid_from} {self.zone}"


class ShiftStart(models.Model):
    """One shift of a calendar: when it starts by the wall clock. Number 1 starts the production day."""

    calendar = models.ForeignKey(ShiftCalendar, models.CASCADE, related_name="starts")
    number = models.PositiveSmallIntegerField(_("number"))
    code = models.CharField(_("letter in the rota"), max_length=2)
    name_en = models.CharField(_("name in English"), max_length=30)
    name_nb = models.CharField(_("name in Norwegian"), max_length=30)
    at = models.TimeField(_("starts"))

    name = Localized("name")

    class Meta:
        verbose_name = _("shift start")
        verbose_name_plural = _("shift starts")
        ordering = ("calendar", "number")
        constraints = (
            models.UniqueConstraint(fields=["calendar", "number"], name="shift_start_number_once"),
            models.UniqueConstraint(fields=["calendar", "code"], name="shift_start_code_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M}"


class Rota(models.Model):
    """A repeating pattern of shift letters; each crew follows it `offset` days after the crew before."""

    valid_from = models.DateField(_("valid from"), unique=True)
    pattern = models.CharField(_("pattern"), max_length=120)  # such as MMAANN----
    anchor = models.DateField(_("crew 1 starts the pattern on"))
    offset = models.PositiveSmallIntegerField(_("days between crews"))
    crews = ArrayField(models.CharField(max_length=5), verbose_name=_("crews in order"))

    class Meta:
        verbose_name = _("rota")
        verbose_name_plural = _("rotas")
        ordering = ("valid_from",)

    def __str__(self) -> str:
        return f"{self.valid_from} {self.pattern}"


class ShiftQuerySet(models.QuerySet["Shift"]):
    def at(self, instant: dt.datetime) -> ShiftQuerySet:
        return self.filter(starts_at__lte=instant, ends_at__gt=instant)

    def between(self, start: dt.datetime, end: dt.datetime) -> ShiftQuerySet:
        """Shifts that start in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


class Shift(models.Model):
    """One shift as a row: the atom that every fact and every longer period is counted in."""

    production_date = models.DateField(_("production date"))
    number = models.PositiveSmallIntegerField(_("number"))
    code = models.CharField(max_length=2)
    name_en = models.CharField(max_length=30)
    name_nb = models.CharField(max_length=30)
    starts_at = models.DateTimeField(_("starts"), unique=True)
    ends_at = models.DateTimeField(_("ends"))
    crew = models.ForeignKey(Crew, models.PROTECT, null=True, blank=True, related_name="shifts", verbose_name=_("crew"))

    name = Localized("name")

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ("starts_at",)
        constraints = (
            models.UniqueConstraint(fields=["production_date", "number"], name="shift_once_a_day"),
            models.CheckConstraint(name="shift_ends_after_start", condition=Q(ends_at__gt=models.F("starts_at"))),
        )

    def __str__(self) -> str:
        return f"{self.production_date} {self.name}"

    @property
    def hours(self) -> float:
        """Length in real hours: 8, or 7 and 9 in the nights when the clocks change."""
        return (self.ends_at - self.starts_at).total_seconds() / 3600
