"""Ground-floor rows: the audit trail and the heartbeats of the running parts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One change of master data, a standard, a plan or a target: who, when, what, before and after. Append-only."""

    at = models.DateTimeField(_("when"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(max_length=150)
    action = models.CharField(_("what"), max_length=80)
    target_type = models.CharField(max_length=80)
    target_id = models.CharField(max_length=64)
    target_label = models.CharField(max_length=200)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ("-at", "-id")
        indexes = (
            # The audit page: newest first; one thing's history.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["target_type", "target_id", "-at"], name="audit_target"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.target_label}"


class Heartbeat(models.Model):
    """When a running part (worker, schedule) last said that it is alive; read by /healthz."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"


class DocumentState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")


class Document(models.Model):
    """A PDF that somebody asked for: made by a worker, kept with its file.

    `kind` names what makes it (see amps/documents), `params` what it was asked with. `progress` is 0–100. A worker
    that dies leaves `touched_at` standing; the schedule then queues it again (`attempts` counts).
    """

    kind = models.CharField(max_length=40)
    title = models.CharField(_("document"), max_length=200)
    params = models.JSONField(default=dict)
    language = models.CharField(_("language"), max_length=2, choices=[("nb", "Norsk"), ("en", "English")])
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("asked for"))
    state = models.CharField(_("state"), max_length=8, choices=DocumentState, default=DocumentState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=40, blank=True)  # code of what is going on
    attempts = models.PositiveSmallIntegerField(default=0)
    touched_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    file = models.FileField(upload_to="documents/%Y/%m", blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-requested_at", "-pk")
        indexes = (
            models.Index(fields=["requested_by", "-requested_at"], name="document_of_person"),
            models.Index(
                fields=["requested_at"], name="document_waiting", condition=Q(state__in=["queued", "working"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"
