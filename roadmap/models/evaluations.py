"""Self-evaluations: a group's own judgement, item by item, signed by the group and its leader."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.teams.models import Crew, Unit
from roadmap.models.standard import FocusItem, StandardVersion


class ItemStatus(models.TextChoices):
    """NONE is grey, "not assessed": a state of its own, never green."""

    NONE = "none", _("Not assessed")
    RED = "red", _("Red")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")


class EvaluationState(models.TextChoices):
    OPEN = "open", _("Under way")
    SIGNING = "signing", _("Being signed")  # the first has signed; answers stand still
    LOCKED = "locked", _("Signed and locked")
    CANCELLED = "cancelled", _("Called off")


class Evaluation(models.Model):
    """One self-evaluation of a plant, unit, area, or one team (`crew`) of it, on one version of the standard.

    `held_on` is its production date. `round` grows with each reopening: signatures count for one round only.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="evaluations", verbose_name=_("unit"))
    crew = models.ForeignKey(Crew, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    version = models.ForeignKey(StandardVersion, models.PROTECT, related_name="evaluations")
    scope_note = models.CharField(_("what it covers"), max_length=200, blank=True)
    held_on = models.DateField(_("date"))
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("leader of the group")
    )
    state = models.CharField(_("state"), max_length=9, choices=EvaluationState, default=EvaluationState.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    version_of_answers = models.PositiveIntegerField(default=1, editable=False)  # grows with every change; for polling

    class Meta:
        verbose_name = _("self-evaluation")
        verbose_name_plural = _("self-evaluations")
        ordering = ("-held_on", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "crew"],
                name="evaluation_one_open",
                condition=Q(state__in=["open", "signing"]),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="evaluation_locked_has_date", condition=~Q(state="locked") | Q(locked_at__isnull=False)
            ),
        )
        indexes = (models.Index(fields=["unit", "-held_on"], name="evaluation_of_unit"),)

    def __str__(self) -> str:
        return f"{self.unit} {self.held_on}"

    @property
    def is_open(self) -> bool:
        return self.state == EvaluationState.OPEN


class Participant(models.Model):
    """A member of the group. Who leaves in the middle keeps the marks given, and signs no more."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="participants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("evaluation", "pk")
        constraints = (models.UniqueConstraint(fields=["evaluation", "person"], name="participant_once"),)

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.person}"


class Answer(models.Model):
    """What the group agreed on for one item, and why.

    `suggested`, `binding` and `facts` are what the live facts said when it was agreed: the suggestion, the name of
    the metric that bound it, and each metric's value and limits. `against_facts` is the written reason where the group
    claims more than the facts suggest. `version` is what the next change has to name, so that nobody overwrites what
    they have not seen.
    """

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="answers")
    item = models.ForeignKey(FocusItem, models.PROTECT, related_name="answers")
    status = models.CharField(_("status"), max_length=6, choices=ItemStatus, default=ItemStatus.NONE)
    reason = models.TextField(_("why"), blank=True)
    against_facts = models.TextField(_("why it stands against the facts"), blank=True)
    suggested = models.CharField(max_length=6, choices=ItemStatus, default=ItemStatus.NONE)
    binding = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ("evaluation", "item")
        constraints = (models.UniqueConstraint(fields=["evaluation", "item"], name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.item_id} {self.status}"


class Mark(models.Model):
    """A participant's own status for an item, given on their own device before the group agrees."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="marks")
    item = models.ForeignKey(FocusItem, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=6, choices=ItemStatus)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("evaluation", "item", "pk")
        constraints = (models.UniqueConstraint(fields=["evaluation", "item", "person"], name="mark_once"),)

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.item_id} {self.person_id} {self.status}"


class Signature(models.Model):
    """A member of the group, or its leader, signed one round of the evaluation."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="signatures")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    as_leader = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("evaluation", "round", "at")
        constraints = (
            models.UniqueConstraint(fields=["evaluation", "person", "round"], name="signature_once_a_round"),
        )

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.person}"


class Reopening(models.Model):
    """A locked evaluation was opened again: who, when and why."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="reopenings")
    round = models.PositiveSmallIntegerField()  # the round that ended by it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(_("why"))

    class Meta:
        ordering = ("evaluation", "at")

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.at:%Y-%m-%d}"
