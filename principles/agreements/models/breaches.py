"""Breaches of an agreement: counted one by one, never averaged away."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.agreements.models.agreements import Term
from principles.improvement.models import Deviation
from principles.teams.models import Shift


class BreachState(models.TextChoices):
    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered, waits for confirmation")
    CLOSED = "closed", _("Closed")


class BreachQuerySet(models.QuerySet["Breach"]):
    def open(self) -> BreachQuerySet:
        """Not confirmed as closed yet."""
        return self.filter(confirmed_at__isnull=True)

    def of_agreements(self, agreement_ids: Iterable[int]) -> BreachQuerySet:
        return self.filter(term__agreement__in=list(agreement_ids))


class Breach(models.Model):
    """One time that a term was not kept.

    A measured breach names the period whose figure broke the limit (`cadence`, `first`, `number`, as kpis.Closing
    does) and is stored once for it; one reported by a person leaves those empty. The party that owes the term
    answers; only the other side confirms that it is closed (for terms owed by the supplier: the customer).
    """

    term = models.ForeignKey(Term, models.PROTECT, related_name="breaches")
    occurred_at = models.DateTimeField(_("when"))
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, blank=True, related_name="+")
    value = models.DecimalField(_("value"), max_digits=40, decimal_places=12, null=True, blank=True)
    what = models.TextField(_("what happened"), blank=True)
    cadence = models.CharField(max_length=5, blank=True)
    first = models.DateField(null=True, blank=True)
    number = models.PositiveSmallIntegerField(default=0)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(_("reported"))
    deviation = models.OneToOneField(
        Deviation, models.PROTECT, null=True, blank=True, related_name="breach", verbose_name=_("deviation")
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    # The other side does not accept the answer: its words; the breach is open again until it is answered anew.
    sent_back = models.TextField(_("not accepted"), blank=True)
    sent_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_back_at = models.DateTimeField(null=True, blank=True)
    confirmation = models.TextField(_("confirmed"), blank=True)
    # An external party confirms outside the product; the name of who did is written here by whoever notes it.
    confirmed_name = models.CharField(_("confirmed by"), max_length=120, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        ordering = ("-occurred_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["term", "cadence", "first", "number"],
                name="breach_measured_once",
                condition=Q(first__isnull=False),
            ),
            models.CheckConstraint(
                name="breach_confirmed_by_somebody",
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number_text} {self.occurred_at:%Y-%m-%d %H:%M}"

    @property
    def number_text(self) -> str:
        """How people speak of it: "B-12"."""
        return f"B-{self.pk}"

    @property
    def state(self) -> BreachState:
        if self.confirmed_at is not None:
            return BreachState.CLOSED
        return BreachState.ANSWERED if self.answered_at is not None else BreachState.OPEN
