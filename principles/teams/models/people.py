"""Crews, people, and the roles they hold in a unit."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models.units import Unit


class Crew(models.Model):
    """A shift team (*skiftlag*) of the rota, such as crew B."""

    code = models.CharField(_("code"), max_length=5, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60)
    name_nb = models.CharField(_("name in Norwegian"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    active = models.BooleanField(_("in use"), default=True)

    name = Localized("name")

    class Meta:
        verbose_name = _("crew")
        verbose_name_plural = _("crews")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who uses the product. What they may do follows from the roles they hold, each in a unit."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=120)
    crew = models.ForeignKey(
        Crew, models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("crew")
    )
    language = models.CharField(_("language"), max_length=2, choices=[("nb", "Norsk"), ("en", "English")], default="nb")
    theme = models.CharField(_("colours"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_demo = models.BooleanField(default=False, editable=False)
    # Set while the password is one that somebody else gave.
    must_change_password = models.BooleanField(default=False, editable=False)

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "username")

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Role(models.TextChoices):
    OPERATOR = "operator", _("Operator")
    SHIFT_LEAD = "shift_lead", _("Shift action-responsible")
    TECHNICAL_LEAD = "technical_lead", _("Technical lead")
    AREA_LEADER = "area_leader", _("Area leader")
    MAINTENANCE = "maintenance", _("Maintenance")
    SUPPORT = "support", _("Support")
    PLANT_MANAGER = "plant_manager", _("Plant manager")
    ADMINISTRATOR = "administrator", _("Administrator")
    CUSTOMER = "customer", _("Internal customer's representative")


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def held_on(self, date: dt.date) -> RoleAssignmentQuerySet:
        return self.filter(valid_from__lte=date).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=date))


class RoleAssignment(models.Model):
    """A role that a person holds in a unit; it reaches the unit's whole subtree."""

    person = models.ForeignKey(User, models.CASCADE, related_name="roles", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="role_assignments", verbose_name=_("unit"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("person", "role", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=["person", "role", "unit", "valid_from"], name="role_once"),
            models.CheckConstraint(
                name="role_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                violation_error_message=_("A role ends after it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"
