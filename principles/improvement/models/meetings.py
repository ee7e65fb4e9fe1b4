"""A plain record of a meeting: who was there, what was brought along, what was answered and decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from principles.improvement.models.deviations import Arena, Deviation
from principles.teams.models import Unit


class Meeting(models.Model):
    """One meeting of an arena in a unit on a production date."""

    arena = models.CharField(_("meeting"), max_length=8, choices=Arena)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="meetings", verbose_name=_("unit"))
    held_on = models.DateField(_("date"))  # production date
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ("-held_on", "-opened_at")
        indexes = (models.Index(fields=["unit", "-held_on"], name="meeting_of_unit"),)

    def __str__(self) -> str:
        return f"{self.get_arena_display()} {self.unit} {self.held_on}"


class Attendance(models.Model):
    """Somebody was at a meeting, in which capacity (as the customer, from maintenance …)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    capacity = models.CharField(_("as"), max_length=80, blank=True)

    class Meta:
        ordering = ("meeting", "pk")
        constraints = (models.UniqueConstraint(fields=["meeting", "person"], name="attendance_once"),)

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.person}"


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", _("Not taken up yet")
    ANSWERED = "answered", _("Answered")
    CONFIRMED = "confirmed", _("Confirmed")  # an answer that somebody else has confirmed from data
    DECIDED = "decided", _("Decided")
    CARRIED = "carried", _("Carried on")
    ESCALATED = "escalated", _("Escalated")


class MeetingItem(models.Model):
    """One matter of a meeting: an open deviation or action brought along, or something new.

    `question` is asked, `answer` is what was done, `confirmation` is what somebody else sees in the data, `decision`
    is what follows; actions come from it.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(default=0)
    deviation = models.ForeignKey(
        Deviation, models.PROTECT, null=True, blank=True, related_name="meeting_items", verbose_name=_("deviation")
    )
    # An action that was brought along (actions that come out of the item point at it themselves).
    action = models.ForeignKey(
        "improvement.Action",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="brought_to",
        verbose_name=_("action"),
    )
    title = models.CharField(_("matter"), max_length=200, blank=True)
    question = models.CharField(_("question"), max_length=300, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmation = models.TextField(_("confirmed from data"), blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.TextField(_("decision"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=ItemOutcome, default=ItemOutcome.WAITING)

    class Meta:
        verbose_name = _("matter of a meeting")
        verbose_name_plural = _("matters of a meeting")
        ordering = ("meeting", "position", "pk")

    def __str__(self) -> str:
        return self.title or f"{self.meeting_id}/{self.position}"
