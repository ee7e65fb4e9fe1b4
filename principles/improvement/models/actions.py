"""Actions (*tiltak*): owner, due date, the PDCA loop, and the check of their effect."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amps.bilingual import Localized
from principles.dimensions import Dimension
from principles.improvement.models.deviations import Deviation
from principles.improvement.models.meetings import MeetingItem
from principles.teams.models import Unit


class ActionState(models.TextChoices):
    """Plan → do → check → act, or from check back to plan; each loop is kept as steps."""

    PLAN = "plan", _("Plan")
    DO = "do", _("Do")
    CHECK = "check", _("Check")
    ACT = "act", _("Act")  # the effect is verified; the standard is being brought in line
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (ActionState.DONE, ActionState.CANCELLED)


class ActionSource(models.TextChoices):
    DEVIATION = "deviation", _("Deviation")
    AGREEMENT = "agreement", _("Agreement")
    MEETING = "meeting", _("Meeting")
    EVALUATION = "evaluation", _("Self-evaluation")
    CHALLENGE = "challenge", _("Challenge")
    OTHER = "other", _("Other")


class ActionQuerySet(models.QuerySet["Action"]):
    def open(self) -> ActionQuerySet:
        return self.exclude(state__in=ENDED)

    def overdue(self, date: dt.date) -> ActionQuerySet:
        """Open, and due before a production date."""
        return self.open().filter(due__lt=date)


class Action(models.Model):
    """Work with one owner and a due date that shall give an effect.

    `first_due` is the date first agreed; moving `due` never moves it. `principle` is the number of the principle
    (1–5) that it belongs to. `carried_out_at` is when it went from do to check. The indicator it should move is a row
    of kpis, its place in the business plan a row of roadmap.
    """

    title = models.CharField(_("action"), max_length=200)
    description = models.TextField(_("how"), blank=True)
    goal = models.CharField(_("goal"), max_length=300, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="actions", verbose_name=_("where"))
    equipment = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("equipment")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="actions", verbose_name=_("owner"))
    due = models.DateField(_("due"))
    first_due = models.DateField(_("due at first"), editable=False)
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension, default=Dimension.QUALITY)
    principle = models.PositiveSmallIntegerField(_("principle"), default=1)
    source = models.CharField(_("from"), max_length=10, choices=ActionSource, default=ActionSource.OTHER)
    deviation = models.ForeignKey(Deviation, models.PROTECT, null=True, blank=True, related_name="actions")
    meeting_item = models.ForeignKey(MeetingItem, models.PROTECT, null=True, blank=True, related_name="actions")
    state = models.CharField(_("state"), max_length=9, choices=ActionState, default=ActionState.PLAN)
    loop = models.PositiveSmallIntegerField(_("loop"), default=1)
    created_at = models.DateTimeField(_("opened"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    carried_out_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)  # grows with every change

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ("due", "pk")
        constraints = (
            models.CheckConstraint(name="action_principle", condition=Q(principle__gte=1, principle__lte=5)),
            models.CheckConstraint(
                name="action_ended_has_date",
                condition=Q(state__in=["done", "cancelled"], ended_at__isnull=False)
                | (~Q(state__in=["done", "cancelled"]) & Q(ended_at__isnull=True)),
            ),
        )
        indexes = (
            models.Index(fields=["unit", "due"], name="action_of_unit"),
            models.Index(fields=["owner", "due"], name="action_open", condition=~Q(state__in=["done", "cancelled"])),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """How people speak of it: "T-42"."""
        return f"T-{self.pk}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def is_overdue(self, date: dt.date) -> bool:
        return not self.has_ended and self.due < date


class ActionStep(models.Model):
    """One move of an action through the loop, or an answer given on the way; only ever added."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="steps")
    loop = models.PositiveSmallIntegerField()
    from_state = models.CharField(max_length=9, choices=ActionState, blank=True)
    to_state = models.CharField(max_length=9, choices=ActionState)
    note = models.TextField(_("note"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("action", "at", "pk")

    def __str__(self) -> str:
        return f"{self.action_id} {self.from_state} → {self.to_state}"


class Verdict(models.TextChoices):
    BETTER = "better", pgettext_lazy("effect", "Better")
    NO_CHANGE = "no_change", _("No change")
    WORSE = "worse", _("Worse")
    TOO_EARLY = "too_early", _("Too early to tell")


class EffectCheck(models.Model):
    """Whether an action worked: in words, and by figures before and after where an indicator is linked.

    One per action and loop. The indicator's columns are written by kpis when an indicator is linked
    (`indicator_code` set: figures are needed) and again when it measures; the gate reads only this row. `expected`
    is the wished change in `unit`, signed.
    """

    action = models.ForeignKey(Action, models.CASCADE, related_name="effects")
    loop = models.PositiveSmallIntegerField(default=1)
    indicator_code = models.CharField(max_length=10, blank=True)
    indicator_en = models.CharField(max_length=120, blank=True)
    indicator_nb = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    decimals = models.PositiveSmallIntegerField(default=1)
    direction = models.CharField(max_length=5, blank=True)  # up, down, band
    place = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    expected = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    before_from = models.DateField(null=True, blank=True)
    before_to = models.DateField(null=True, blank=True)  # last production date, included
    before_value = models.DecimalField(max_digits=40, decimal_places=12, null=True, blank=True)
    before_n = models.PositiveIntegerField(default=0)
    after_from = models.DateField(null=True, blank=True)
    after_to = models.DateField(null=True, blank=True)
    after_value = models.DecimalField(max_digits=40, decimal_places=12, null=True, blank=True)
    after_n = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(_("what is seen"), blank=True)
    verdict = models.CharField(_("effect"), max_length=9, choices=Verdict, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    indicator = Localized("indicator")

    class Meta:
        verbose_name = _("effect check")
        verbose_name_plural = _("effect checks")
        ordering = ("action", "loop")
        constraints = (
            models.UniqueConstraint(fields=["action", "loop"], name="effect_once_a_loop"),
            models.CheckConstraint(
                name="effect_verified_has_words",
                condition=Q(verified_at__isnull=True) | (~Q(words="") & ~Q(verdict="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.action_id}/{self.loop} {self.verdict}"

    @property
    def needs_figures(self) -> bool:
        return bool(self.indicator_code)

    @property
    def has_figures(self) -> bool:
        return self.before_value is not None and self.after_value is not None

    @property
    def is_verified(self) -> bool:
        """In words, and by figures where an indicator is linked."""
        return self.verified_at is not None and (self.has_figures or not self.needs_figures)
