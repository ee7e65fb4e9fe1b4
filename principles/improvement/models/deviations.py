"""Deviations (*avvik*): contained first, then the root cause, then actions; closed only through the gate."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.dimensions import Dimension
from principles.teams.models import Shift, Unit


class Arena(models.TextChoices):
    """Where a matter is answered, from the shift upwards (F103)."""

    SHIFT = "shift", _("Shift meeting")
    MORNING = "morning", _("Morning meeting")
    WEEKLY = "weekly", _("Weekly meeting")
    MONTHLY = "monthly", _("Monthly meeting")


# The cadence whose closing an arena looks through; keys are values of amps.periods.Cadence.
ARENA_OF_CADENCE: dict[str, Arena] = {
    "shift": Arena.SHIFT,
    "day": Arena.MORNING,
    "week": Arena.WEEKLY,
    "month": Arena.MONTHLY,
}


class DeviationSource(models.TextChoices):
    OBSERVATION = "observation", _("Observation")
    FIGURE = "figure", _("Red figure")
    AGREEMENT = "agreement", _("Broken agreement")
    MEETING = "meeting", _("Meeting")
    NEAR_MISS = "near_miss", _("Near miss")
    CLAIM = "claim", _("Claim")
    OTHER = "other", _("Other")


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class CauseKind(models.TextChoices):
    """What the root cause says of the standard; each leads on to something else."""

    NOT_FOLLOWED = "not_followed", _("The standard was not followed")
    WRONG = "wrong", _("The standard is wrong")
    MISSING = "missing", _("A standard is missing")
    OTHER = "other", _("Not a matter of the standard")


class CauseCategory(models.TextChoices):
    """The six headings of a fishbone diagram."""

    MAN = "man", _("People")
    METHOD = "method", _("Method")
    MACHINE = "machine", _("Machine")
    MATERIAL = "material", _("Material")
    MEASUREMENT = "measurement", _("Measurement")
    MILIEU = "milieu", _("Surroundings")


class DeviationState(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")  # has a root cause or an action
    VERIFYING = "verifying", _("To be verified")  # every action has ended
    CLOSED = "closed", _("Closed")


class DeviationQuerySet(models.QuerySet["Deviation"]):
    def open(self) -> DeviationQuerySet:
        return self.filter(closed_at__isnull=True)

    def open_at(self, instant: dt.datetime) -> DeviationQuerySet:
        """Those that were reported and not yet closed at an instant."""
        return self.filter(reported_at__lte=instant).filter(Q(closed_at__isnull=True) | Q(closed_at__gt=instant))

    def overdue(self, date: dt.date) -> DeviationQuerySet:
        """Open, and due before a production date."""
        return self.open().filter(due__lt=date)


class Deviation(models.Model):
    """Anything outside the standard: what, where, when, how bad, what was done at once, why, and what follows.

    `unit` is the area (or unit) that answers for it; `equipment` the cell or crane. Which observation, figure or
    agreement raised it is said by rows of those apps, and which standard it broke by one of sops.
    """

    title = models.CharField(_("what is wrong"), max_length=200)
    description = models.TextField(_("what was seen"), blank=True)
    source = models.CharField(_("found by"), max_length=12, choices=DeviationSource, default=DeviationSource.OTHER)
    severity = models.CharField(_("severity"), max_length=6, choices=Severity, default=Severity.MEDIUM)
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension, default=Dimension.QUALITY)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="deviations", verbose_name=_("where"))
    equipment = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("equipment")
    )
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shift"))
    occurred_at = models.DateTimeField(_("when"))
    reported_at = models.DateTimeField(_("reported"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deviations_owned",
        verbose_name=_("followed up by"),
    )
    due = models.DateField(_("due"), null=True, blank=True)
    immediate_action = models.TextField(_("done at once"), blank=True)
    contained_at = models.DateTimeField(_("contained"), null=True, blank=True)
    contained_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cause_kind = models.CharField(_("and the standard"), max_length=12, choices=CauseKind, blank=True)
    cause_category = models.CharField(_("kind of cause"), max_length=12, choices=CauseCategory, blank=True)
    root_cause = models.TextField(_("root cause"), blank=True)
    cause_at = models.DateTimeField(_("cause found"), null=True, blank=True)
    cause_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    arena = models.CharField(_("answered in"), max_length=8, choices=Arena, default=Arena.SHIFT)
    state = models.CharField(_("state"), max_length=12, choices=DeviationState, default=DeviationState.OPEN)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closing_words = models.TextField(_("why it can be closed"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)  # grows with every change

    objects = DeviationQuerySet.as_manager()

    class Meta:
        verbose_name = _("deviation")
        verbose_name_plural = _("deviations")
        ordering = ("-reported_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="deviation_closed_has_words",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True) | ~Q(closing_words=""),
            ),
        )
        indexes = (
            models.Index(fields=["unit", "-reported_at"], name="deviation_of_unit"),
            models.Index(fields=["unit", "arena"], name="deviation_open", condition=Q(closed_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """How people speak of it: "A-17"."""
        return f"A-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Why(models.Model):
    """One answer of the 5 whys; each needs to be known, not believed."""

    class Evidence(models.TextChoices):
        FACT = "fact", _("Fact")
        OBSERVED = "observed", _("Seen")
        ASSUMED = "assumed", _("Assumed")

    deviation = models.ForeignKey(Deviation, models.CASCADE, related_name="whys")
    number = models.PositiveSmallIntegerField(_("why"))
    answer = models.CharField(_("because"), max_length=300)
    evidence = models.CharField(_("known from"), max_length=8, choices=Evidence, default=Evidence.ASSUMED)

    class Meta:
        verbose_name = _("why")
        verbose_name_plural = _("whys")
        ordering = ("deviation", "number")
        constraints = (
            models.UniqueConstraint(fields=["deviation", "number"], name="why_once"),
            models.CheckConstraint(name="why_at_most_five", condition=Q(number__gte=1, number__lte=5)),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.answer}"


class Carry(models.Model):
    """An open deviation met the closing of its arena's period: carried on, or escalated to the next arena.

    `cadence`, `first` and `number` name the period as kpis.Closing does.
    """

    deviation = models.ForeignKey(Deviation, models.CASCADE, related_name="carries")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    cadence = models.CharField(max_length=5)
    first = models.DateField()
    number = models.PositiveSmallIntegerField(default=0)
    escalated = models.BooleanField(default=False)
    from_arena = models.CharField(_("from"), max_length=8, choices=Arena)
    to_arena = models.CharField(_("to"), max_length=8, choices=Arena)
    reason = models.CharField(max_length=40, blank=True)  # code of a rule in services/carrying.py
    at = models.DateTimeField()

    class Meta:
        ordering = ("deviation", "at")
        constraints = (
            # Twice, late, or on two workers at once: carried once.
            models.UniqueConstraint(fields=["deviation", "cadence", "first", "number"], name="carry_once"),
        )
        indexes = (models.Index(fields=["unit", "cadence", "first", "number"], name="carry_of_closing"),)

    def __str__(self) -> str:
        return f"{self.deviation_id} {self.from_arena} → {self.to_arena}"
