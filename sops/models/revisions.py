"""A standard operating procedure and its revisions: steps and the observation points bound to them."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Unit
from sops.models.points import ObservationPoint
from sops.models.processes import CriticalProcess, JobRole


class RevisionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    APPROVED = "approved", _("Approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Sop(models.Model):
    """A standard operating procedure of one critical work process, owned by the area whose people write it."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    process = models.ForeignKey(CriticalProcess, models.PROTECT, related_name="sops", verbose_name=_("process"))
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="sops", verbose_name=_("owned by"))
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("SOP")
        verbose_name_plural = _("SOPs")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class SopRevisionQuerySet(models.QuerySet["SopRevision"]):
    def in_force(self, instant: dt.datetime) -> SopRevisionQuerySet:
        """The one revision of each SOP that is in force at an instant: approved, the last to become effective."""
        latest = (
            SopRevision.objects.filter(sop=OuterRef("sop"), state=RevisionState.APPROVED, effective_from__lte=instant)
            .order_by("-effective_from", "-number")
            .values("pk")[:1]
        )
        return self.filter(pk=Subquery(latest))

    def open(self) -> SopRevisionQuerySet:
        """Those being written or waiting for approval; an SOP has one at most."""
        return self.filter(state__in=[RevisionState.DRAFT, RevisionState.REVIEW])

    def coming(self, instant: dt.datetime) -> SopRevisionQuerySet:
        """Approved, but not in force yet."""
        return self.filter(state=RevisionState.APPROVED, effective_from__gt=instant)

    def ever_in_force(self, instant: dt.datetime) -> SopRevisionQuerySet:
        """Every revision that is or was in force."""
        return self.filter(state=RevisionState.APPROVED, effective_from__lte=instant)


class SopRevision(models.Model):
    """One revision of an SOP. Draft → review → approved; in force from its effective date until the next one is.

    `editors` are all who have changed the draft: none of them may approve it.
    """

    sop = models.ForeignKey(Sop, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(_("revision"))
    state = models.CharField(_("state"), max_length=10, choices=RevisionState, default=RevisionState.DRAFT)
    title_en = models.CharField(_("title in English"), max_length=160)
    title_nb = models.CharField(_("title in Norwegian"), max_length=160)
    purpose_en = models.TextField(_("purpose, in English"), blank=True)
    purpose_nb = models.TextField(_("purpose, in Norwegian"), blank=True)
    customer_en = models.TextField(_("what the customer expects, in English"), blank=True)
    customer_nb = models.TextField(_("what the customer expects, in Norwegian"), blank=True)
    management_en = models.TextField(_("what management expects, in English"), blank=True)
    management_nb = models.TextField(_("what management expects, in Norwegian"), blank=True)
    when_en = models.TextField(_("when, in English"), blank=True)
    when_nb = models.TextField(_("when, in Norwegian"), blank=True)
    hazards_en = models.TextField(_("hazards, in English"), blank=True)
    hazards_nb = models.TextField(_("hazards, in Norwegian"), blank=True)
    summary_en = models.TextField(_("what is changed and why, in English"), blank=True)
    summary_nb = models.TextField(_("what is changed and why, in Norwegian"), blank=True)
    roles = models.ManyToManyField(JobRole, related_name="+", blank=True, verbose_name=_("roles"))
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    version = models.PositiveIntegerField(default=1, editable=False)  # grows with every edit of a draft
    review_note = models.TextField(_("why it was sent back"), blank=True)
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("started"))
    sent_at = models.DateTimeField(_("sent to review"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    effective_from = models.DateTimeField(_("in force from"), null=True, blank=True)

    title = Localized("title")
    purpose = Localized("purpose")
    customer = Localized("customer")
    management = Localized("management")
    when = Localized("when")
    hazards = Localized("hazards")
    summary = Localized("summary")

    objects = SopRevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("SOP revision")
        verbose_name_plural = _("SOP revisions")
        ordering = ("sop", "-number")
        constraints = (
            models.UniqueConstraint(fields=["sop", "number"], name="revision_number_once"),
            models.UniqueConstraint(
                fields=["sop"], name="revision_one_open", condition=Q(state__in=["draft", "review"])
            ),
            models.CheckConstraint(
                name="revision_approved_has_dates",
                condition=~Q(state="approved") | Q(approved_at__isnull=False, effective_from__isnull=False),
            ),
            models.CheckConstraint(
                name="revision_not_approved_by_author",
                condition=Q(author__isnull=True) | Q(approved_by__isnull=True) | ~Q(author=F("approved_by")),
                violation_error_message=_("Nobody approves what is their own."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sop_id and self.sop.code} rev. {self.number}"


class SopStep(models.Model):
    """One step of a revision: who does what in how many minutes, with which expected result.

    `previous` is the step of the revision before that this one was copied from (None: a new step).
    """

    revision = models.ForeignKey(SopRevision, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField(_("step"))
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    role = models.ForeignKey(JobRole, models.PROTECT, related_name="+", verbose_name=_("role"))
    assist = models.ManyToManyField(JobRole, related_name="+", blank=True, verbose_name=_("assisted by"))
    minutes = models.DecimalField(_("minutes"), max_digits=6, decimal_places=1, null=True, blank=True)
    text_en = models.TextField(_("what to do, in English"))
    text_nb = models.TextField(_("what to do, in Norwegian"))
    result_en = models.TextField(_("expected result, in English"), blank=True)
    result_nb = models.TextField(_("expected result, in Norwegian"), blank=True)
    safety_en = models.TextField(_("safety, in English"), blank=True)
    safety_nb = models.TextField(_("safety, in Norwegian"), blank=True)
    change_en = models.TextField(_("what is changed in this step, in English"), blank=True)
    change_nb = models.TextField(_("what is changed in this step, in Norwegian"), blank=True)

    text = Localized("text")
    result = Localized("result")
    safety = Localized("safety")
    change = Localized("change")

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("revision", "number")
        constraints = (models.UniqueConstraint(fields=["revision", "number"], name="step_number_once"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class SopPoint(models.Model):
    """An observation point bound to the step that it watches, in one revision; `code` is stable, such as SOP-04.3."""

    revision = models.ForeignKey(SopRevision, models.CASCADE, related_name="points")
    step = models.ForeignKey(SopStep, models.CASCADE, related_name="points", verbose_name=_("step"))
    point = models.ForeignKey(
        ObservationPoint, models.PROTECT, related_name="uses", verbose_name=_("observation point")
    )
    code = models.CharField(_("code"), max_length=20)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("point of an SOP")
        verbose_name_plural = _("points of an SOP")
        ordering = ("revision", "position", "code")
        constraints = (
            models.UniqueConstraint(fields=["revision", "code"], name="sop_point_code_once"),
            models.UniqueConstraint(fields=["revision", "point"], name="sop_point_once"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.point}"


class Competence(models.Model):
    """What a person can do on an SOP, signed on one revision: from 0 (nothing) to 4 (can train others)."""

    class Level(models.IntegerChoices):
        NONE = 0, _("None")
        TRAINING = 1, _("In training")
        SUPERVISED = 2, _("Under supervision")
        INDEPENDENT = 3, _("Alone, to the standard")
        TRAINER = 4, _("Can train others")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="competences")
    revision = models.ForeignKey(SopRevision, models.CASCADE, related_name="competences")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("competence")
        verbose_name_plural = _("competences")
        ordering = ("person", "revision", "-signed_at")
        indexes = (models.Index(fields=["person", "revision", "-signed_at"], name="competence_latest"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.revision_id}: {self.get_level_display()}"
