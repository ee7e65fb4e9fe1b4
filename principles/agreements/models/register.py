"""Who supplies whom with what, whether or not anything has been agreed upon yet."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Unit


class ExternalParty(models.Model):
    """A customer or supplier outside the plant."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    active = models.BooleanField(_("in use"), default=True)

    name = Localized("name")

    class Meta:
        verbose_name = _("external party")
        verbose_name_plural = _("external parties")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class RelationshipKind(models.TextChoices):
    """The four parties of the picture (F047): supplier → customer, with management and support around them."""

    DELIVERY = "delivery", _("Delivery")
    MAINTENANCE = "maintenance", _("Maintenance")
    SUPPORT = "support", _("Support")
    MANAGEMENT = "management", _("Management")


class Criticality(models.TextChoices):
    CRITICAL = "critical", _("Critical")
    IMPORTANT = "important", _("Important")
    ORDINARY = "ordinary", _("Ordinary")


class RelationshipQuerySet(models.QuerySet["Relationship"]):
    def active_on(self, date: dt.date) -> RelationshipQuerySet:
        return self.filter(valid_from__lte=date).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=date))

    def of_units(self, unit_ids: set[int] | frozenset[int] | list[int]) -> RelationshipQuerySet:
        """Those that one of the units is a party to."""
        return self.filter(Q(supplier_unit__in=unit_ids) | Q(customer_unit__in=unit_ids))


class Relationship(models.Model):
    """One link of the value chain: a supplier, a customer, and what goes between them."""

    supplier_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="supplies", verbose_name=_("supplier")
    )
    supplier_external = models.ForeignKey(
        ExternalParty,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplies",
        verbose_name=_("external supplier"),
    )
    customer_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="is_supplied", verbose_name=_("customer")
    )
    customer_external = models.ForeignKey(
        ExternalParty,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="is_supplied",
        verbose_name=_("external customer"),
    )
    what_en = models.CharField(_("what, in English"), max_length=120, blank=True)
    what_nb = models.CharField(_("what, in Norwegian"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=RelationshipKind, default=RelationshipKind.DELIVERY)
    # Blank: nobody has judged it yet, which is a gap of its own.
    criticality = models.CharField(_("criticality"), max_length=10, choices=Criticality, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    what = Localized("what")

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="relationship_one_supplier",
                condition=Q(supplier_unit__isnull=False, supplier_external__isnull=True)
                | Q(supplier_unit__isnull=True, supplier_external__isnull=False),
                violation_error_message=_("Choose one supplier: a unit of the plant or an external party."),
            ),
            models.CheckConstraint(
                name="relationship_one_customer",
                condition=Q(customer_unit__isnull=False, customer_external__isnull=True)
                | Q(customer_unit__isnull=True, customer_external__isnull=False),
                violation_error_message=_("Choose one customer: a unit of the plant or an external party."),
            ),
            models.CheckConstraint(
                name="relationship_not_with_itself",
                condition=Q(supplier_unit__isnull=True)
                | Q(customer_unit__isnull=True)
                | ~Q(supplier_unit=F("customer_unit")),
                violation_error_message=_("A unit does not supply itself."),
            ),
            models.CheckConstraint(
                name="relationship_has_words",
                condition=~Q(what_en="") | ~Q(what_nb=""),
                violation_error_message=_("Say what is supplied."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.supplier} → {self.customer}: {self.what}"

    @property
    def supplier(self) -> Unit | ExternalParty:
        return self.supplier_unit or self.supplier_external  # type: ignore[return-value]  # one of them, by constraint

    @property
    def customer(self) -> Unit | ExternalParty:
        return self.customer_unit or self.customer_external  # type: ignore[return-value]  # one of them, by constraint


class Need(models.Model):
    """What the customer of a relationship needs, whether or not it stands in an agreement."""

    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="needs")
    text_en = models.CharField(_("need, in English"), max_length=200, blank=True)
    text_nb = models.CharField(_("need, in Norwegian"), max_length=200, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    text = Localized("text")

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ("relationship", "pk")

    def __str__(self) -> str:
        return self.text


class RegisterConfirmation(models.Model):
    """Somebody who leads a unit said that its part of the register is complete."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="register_confirmations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.at:%Y-%m-%d}"
