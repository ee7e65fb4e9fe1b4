"""Observations, measurements and events: facts that are corrected by newer facts, never overwritten."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from observations.models.plans import Round
from principles.teams.models import Crew, Shift, Unit
from sops.models import ObservationPoint, SopPoint, SopRevision


class Result(models.TextChoices):
    """What a fact says. VALUE: a number of a point without limits, which nobody can call right or wrong."""

    OK = "ok", _("Conforming")
    NOT_OK = "not_ok", _("Not conforming")
    NOT_APPLICABLE = "na", _("Not applicable")
    VALUE = "value", _("Value")
    WITHDRAWN = "void", _("Withdrawn")


class Source(models.TextChoices):
    APP = "app", _("Logged on shift")
    IMPORT = "import", _("Imported")
    SYSTEM = "system", _("From another system")


class Reason(models.Model):
    """A reason for "not conforming", offered as a chip; for one point, or for all where `point` is None."""

    code = models.SlugField(max_length=40, unique=True)
    text_en = models.CharField(_("text in English"), max_length=80)
    text_nb = models.CharField(_("text in Norwegian"), max_length=80)
    point = models.ForeignKey(ObservationPoint, models.CASCADE, null=True, blank=True, related_name="reasons")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    active = models.BooleanField(_("in use"), default=True)

    text = Localized("text")

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.text


class ImportBatch(models.Model):
    """One import of a file: what came in, from whom, and how its columns were read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=120)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)  # columns, time zone and formats as chosen
    rows = models.PositiveIntegerField(_("rows"), default=0)
    stored = models.PositiveIntegerField(_("stored"), default=0)
    known = models.PositiveIntegerField(_("already known"), default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.file_name} {self.at:%Y-%m-%d}"


class ImportDraft(models.Model):
    """A file that somebody uploaded and has not imported yet; kept in the database, so that any process finds it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    reading = models.JSONField(default=dict)  # delimiter, character set and headings as chosen
    mapping = models.JSONField(default=dict)  # columns and formats as chosen so far
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.file_name} {self.at:%Y-%m-%d}"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def current(self) -> ObservationQuerySet:
        """Facts that no newer fact has superseded (withdrawals included: see `counting`)."""
        return self.filter(~Exists(Observation.objects.filter(supersedes=OuterRef("pk"))))

    def counting(self) -> ObservationQuerySet:
        """Current facts that count: not withdrawn."""
        return self.current().exclude(result=Result.WITHDRAWN)


class Observation(models.Model):
    """One fact: a point observed, counted or measured at a time and place. Rows are only ever added.

    `id` is made by whoever saw it (UUIDv7 from the client, derived by an import), so sending it again stores
    nothing new. `area` is the tally's place; `equipment` is the cell or crane where known. `weight` weighs a
    measurement (tonnes tapped for Fe). For an event, `value` is the number of events.
    """

    id = models.UUIDField(primary_key=True)
    # Only what a page, a rule of deletion or the roll-up looks up has an index: each is paid for with every fact, as
    # long as facts are kept. Points, areas, shifts and cells are found through the two of several columns below.
    point = models.ForeignKey(ObservationPoint, models.PROTECT, related_name="observations", db_index=False)
    sop_point = models.ForeignKey(SopPoint, models.PROTECT, null=True, blank=True, related_name="observations")
    revision = models.ForeignKey(
        SopRevision, models.PROTECT, null=True, blank=True, related_name="observations", db_index=False
    )
    round = models.ForeignKey(Round, models.PROTECT, null=True, blank=True, related_name="observations")
    area = models.ForeignKey(Unit, models.PROTECT, related_name="observations", db_index=False)
    equipment = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="equipment_observations", db_index=False
    )
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="observations", db_index=False)
    crew = models.ForeignKey(Crew, models.PROTECT, null=True, blank=True, related_name="observations", db_index=False)
    observer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="observations"
    )
    competence = models.PositiveSmallIntegerField(null=True, blank=True)  # observer's level on the revision then
    result = models.CharField(_("result"), max_length=8, choices=Result)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=9, null=True, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=24, decimal_places=9, null=True, blank=True)
    reason = models.ForeignKey(Reason, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    observed_at = models.DateTimeField(_("seen"))
    received_at = models.DateTimeField(_("received"), db_default=Now())
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.APP)
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="observations", db_index=False
    )
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    correction_reason = models.CharField(_("why it was corrected"), max_length=300, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering = ("-observed_at", "id")
        constraints = (
            models.CheckConstraint(
                name="observation_correction_says_why",
                condition=Q(supersedes__isnull=True) | ~Q(correction_reason=""),
            ),
            models.CheckConstraint(
                name="observation_weight_positive", condition=Q(weight__isnull=True) | Q(weight__gt=0)
            ),
        )
        indexes = (
            # The roll-up: every fact of one point, area and shift; breakdowns read the same within a period.
            models.Index(fields=["shift", "area", "point"], name="observation_tally"),
            # "Last here": the newest fact of a point on one cell.
            models.Index(fields=["equipment", "point", "-observed_at"], name="observation_last_here"),
            models.Index(fields=["batch"], name="observation_imported", condition=Q(batch__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.point_id} {self.observed_at:%Y-%m-%d %H:%M} {self.result}"


class EventReport(models.Model):
    """An event series was reported for one area and shift, so that no event means none; facts like any other.

    `opportunities` is the denominator of the shift (cell-days, hours worked), fixed when reported.
    """

    id = models.UUIDField(primary_key=True)
    point = models.ForeignKey(ObservationPoint, models.PROTECT, related_name="reports")
    area = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="+", db_index=False)
    crew = models.ForeignKey(Crew, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    opportunities = models.DecimalField(max_digits=24, decimal_places=9)
    reported_until = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shift", "area", "point"], name="event_report_once"),
            models.CheckConstraint(name="event_report_positive", condition=Q(opportunities__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.point_id} {self.area_id} {self.shift_id}"


class Attachment(models.Model):
    """A photo that belongs to an observation, checked by content and re-encoded before it is kept."""

    id = models.UUIDField(primary_key=True)
    observation = models.ForeignKey(Observation, models.PROTECT, related_name="attachments")
    image = models.ImageField(upload_to="photos/%Y/%m")
    digest = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.observation_id} {self.digest[:8]}"
