"""Customer/supplier agreements (*KL-avtaler*) and their terms."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.agreements.models.register import Need, Relationship


class AgreementState(models.TextChoices):
    """Read from signatures and dates, never stored: see `Agreement.state_on`."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waiting for a signature")
    COMING = "coming", _("Signed, not in force yet")
    IN_FORCE = "in_force", _("In force")
    LAPSED = "lapsed", _("Lapsed")
    ENDED = "ended", _("Ended")  # ended by hand, or replaced by a newer version


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def signed(self) -> AgreementQuerySet:
        return self.filter(supplier_signed_at__isnull=False, customer_signed_at__isnull=False)

    def in_force(self, date: dt.date) -> AgreementQuerySet:
        """Signed by both and inside its validity on a production date."""
        return (
            self.signed()
            .filter(valid_from__lte=date)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=date))
            .filter(Q(ended_on__isnull=True) | Q(ended_on__gt=date))
        )


class Agreement(models.Model):
    """What supplier and customer have agreed on one relationship; a change after signing is a new version.

    A date in `valid_to` or `ended_on` is the first one without it.
    """

    relationship = models.ForeignKey(Relationship, models.PROTECT, related_name="agreements")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_nb = models.CharField(_("title in Norwegian"), max_length=160, blank=True)
    scope = models.TextField(_("what it covers"), blank=True)
    supplier_duties = models.TextField(_("the supplier shall"), blank=True)
    customer_duties = models.TextField(_("the customer shall"), blank=True)
    information = models.TextField(_("information and notice"), blank=True)
    reaction = models.TextField(_("what happens when it is broken"), blank=True)
    supplier_contact = models.CharField(_("contact at the supplier"), max_length=120, blank=True)
    customer_contact = models.CharField(_("contact at the customer"), max_length=120, blank=True)
    arena = models.CharField(_("followed up in"), max_length=120, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    review_on = models.DateField(_("to be reviewed by"), null=True, blank=True)
    supplier_signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    supplier_signed_at = models.DateTimeField(null=True, blank=True)
    customer_signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # An external party signs outside the product; its name is written here by whoever notes it.
    supplier_signed_name = models.CharField(max_length=120, blank=True)
    customer_signed_name = models.CharField(max_length=120, blank=True)
    customer_signed_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    edit = models.PositiveIntegerField(default=1, editable=False)  # grows with every change of the draft

    title = Localized("title")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ("relationship", "-version")
        constraints = (
            models.UniqueConstraint(fields=["relationship", "version"], name="agreement_version_once"),
            models.CheckConstraint(
                name="agreement_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                violation_error_message=_("An agreement ends after it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """How people speak of it: "KL-3.2", relationship and version."""
        return f"KL-{self.relationship_id}.{self.version}"

    @property
    def is_signed(self) -> bool:
        return self.supplier_signed_at is not None and self.customer_signed_at is not None

    def state_on(self, date: dt.date) -> AgreementState:
        """The state on a production date."""
        if self.ended_on is not None and self.ended_on <= date:
            return AgreementState.ENDED
        if not self.is_signed:
            signed_one = self.supplier_signed_at is not None or self.customer_signed_at is not None
            return AgreementState.WAITING if signed_one else AgreementState.DRAFT
        if self.valid_from > date:
            return AgreementState.COMING
        if self.valid_to is not None and self.valid_to <= date:
            return AgreementState.LAPSED
        return AgreementState.IN_FORCE


class Aspect(models.TextChoices):
    """The parts that a complete agreement has terms on."""

    VOLUME = "volume", _("Volume")
    QUALITY = "quality", _("Quality")
    TIMING = "timing", _("Timing")
    INFORMATION = "information", _("Information")
    HSE = "hse", _("HSE")


class TermCadence(models.TextChoices):
    """How often a term is followed up; values as amps.periods.Cadence, or each delivery by itself."""

    EACH = "each", _("each time")
    SHIFT = "shift", _("per shift")
    DAY = "day", _("per day")
    WEEK = "week", _("per week")
    MONTH = "month", _("per month")


class Term(models.Model):
    """One expectation of an agreement, with its limit. `lower` and `upper` are inside it (None: no such limit).

    The indicator that measures it is a row of kpis.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="terms")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    aspect = models.CharField(_("about"), max_length=12, choices=Aspect, default=Aspect.QUALITY)
    text_en = models.CharField(_("expectation, in English"), max_length=240, blank=True)
    text_nb = models.CharField(_("expectation, in Norwegian"), max_length=240, blank=True)
    owed_by_customer = models.BooleanField(_("owed by the customer"), default=False)
    lower = models.DecimalField(_("at least"), max_digits=18, decimal_places=6, null=True, blank=True)
    upper = models.DecimalField(_("at most"), max_digits=18, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=1)
    cadence = models.CharField(_("followed up"), max_length=6, choices=TermCadence, default=TermCadence.EACH)
    need = models.ForeignKey(Need, models.SET_NULL, null=True, blank=True, related_name="terms")
    # The same term of the version before, so that tightening can be seen.
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)

    text = Localized("text")

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ("agreement", "position", "pk")
        constraints = (
            models.CheckConstraint(
                name="term_limits_in_order",
                condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(lower__lte=models.F("upper")),
                violation_error_message=_("The lowest value can't be above the highest."),
            ),
            models.CheckConstraint(
                name="term_has_words",
                condition=~Q(text_en="") | ~Q(text_nb=""),
                violation_error_message=_("Say what is expected."),
            ),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def has_limits(self) -> bool:
        return self.lower is not None or self.upper is not None

    def is_kept_by(self, value: Decimal) -> bool:
        """Whether a value is inside the limits."""
        if self.lower is not None and value < self.lower:
            return False
        return not (self.upper is not None and value > self.upper)
