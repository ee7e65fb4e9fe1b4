"""What is owed: observation plans and the rounds that they make."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, F, Func, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from amps.bilingual import Localized
from principles.teams.models import Crew, Shift, Unit
from sops.models import ObservationPoint, Sop, SopRevision


class PlanCadence(models.TextChoices):
    SHIFT = "shift", _("Every shift")
    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")


class ObservationPlanQuerySet(models.QuerySet["ObservationPlan"]):
    def valid_on(self, date: dt.date) -> ObservationPlanQuerySet:
        """Plans in force on a production date."""
        return self.filter(valid_from__lte=date).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=date))


class ObservationPlan(models.Model):
    """How often the points of an SOP are to be observed in an area: what each shift owes.

    `shift_number` says which shift of the production day does it (None: every shift for a shift plan; 1 for
    longer ones); `weekday` (0 Monday) and `month_day` place a weekly or monthly plan.
    """

    sop = models.ForeignKey(Sop, models.PROTECT, related_name="plans", verbose_name=_("SOP"))
    area = models.ForeignKey(Unit, models.PROTECT, related_name="plans", verbose_name=_("area"))
    cadence = models.CharField(_("how often"), max_length=10, choices=PlanCadence, default=PlanCadence.SHIFT)
    rounds = models.PositiveSmallIntegerField(_("rounds each time"), default=1)
    targets_per_round = models.PositiveSmallIntegerField(_("cells per round"), default=8)
    equipment_type = models.CharField(_("type of equipment"), max_length=20, default="cell")
    shift_number = models.PositiveSmallIntegerField(_("shift"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=0)
    month_day = models.PositiveSmallIntegerField(_("day of the month"), default=1)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = ObservationPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("observation plan")
        verbose_name_plural = _("observation plans")
        ordering = ("area", "sop", "valid_from")
        constraints = (
            models.CheckConstraint(
                name="plan_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("A plan ends after it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sop_id and self.sop.code} {self.area_id and self.area.code} {self.get_cadence_display()}"


class RoundQuerySet(models.QuerySet["Round"]):
    def owed(self) -> RoundQuerySet:
        """Rounds that a plan made (a round outside the plan owes nothing)."""
        return self.filter(plan__isnull=False)

    def with_progress(self) -> RoundQuerySet:
        """Add `planned_count` (cards owed) and `done_count` (cards with a fact that counts, at most those owed)."""
        from observations.models.facts import Observation

        planned = RoundPoint.objects.filter(round=OuterRef("pk")).values("round").annotate(n=Sum("planned"))
        # Two facts on one card (two people, two phones) are one card done.
        card = Func(F("equipment"), F("point"), function="ROW", output_field=models.TextField())
        done = (
            Observation.objects.counting()
            .filter(round=OuterRef("pk"))
            .order_by()
            .values("round")
            .annotate(n=Count(card, distinct=True))
        )
        seen = Coalesce(Subquery(done.values("n")), 0, output_field=models.IntegerField())
        # A fact corrected to another cell than the round's makes up for none of its cards.
        whole = models.IntegerField()
        least = Least(seen, F("planned_count"), output_field=whole)
        capped = Case(When(plan__isnull=True, then=seen), default=least, output_field=whole)
        owed = Coalesce(Subquery(planned.values("n")), 0, output_field=whole)
        return self.annotate(planned_count=owed).annotate(done_count=capped)


class Round(models.Model):
    """One walk through the points of an SOP over some targets (cells) in one shift.

    Made by a plan, or started by an operator outside the plan (`plan` is None, and nothing was owed).
    `targets` are unit ids in walking order; a round without equipment has none and is walked once.
    """

    plan = models.ForeignKey(ObservationPlan, models.PROTECT, null=True, blank=True, related_name="made")
    sequence = models.PositiveSmallIntegerField(default=1)
    area = models.ForeignKey(Unit, models.PROTECT, related_name="rounds")
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="rounds")
    crew = models.ForeignKey(Crew, models.PROTECT, null=True, blank=True, related_name="rounds")
    revision = models.ForeignKey(SopRevision, models.PROTECT, related_name="rounds")
    targets = ArrayField(models.BigIntegerField(), default=list, blank=True)
    reason_en = models.CharField(max_length=200, blank=True)  # why these cells, printed on the card
    reason_nb = models.CharField(max_length=200, blank=True)
    started_by = models.ForeignKey("teams.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ("shift", "revision", "sequence", "id")
        constraints = (
            # Two workers that plan the same shift at once make one set of rounds.
            models.UniqueConstraint(
                fields=["plan", "shift", "sequence"],
                name="round_made_once",
                condition=Q(plan__isnull=False),
            ),
        )
        indexes = (models.Index(fields=["area", "shift"], name="round_area_shift"),)

    reason = Localized("reason")

    def __str__(self) -> str:
        return f"{self.revision} {self.shift}"

    def progress(self) -> tuple[int, int]:
        """(cards owed, cards done): from the annotations of `with_progress`, else asked for."""
        known = self if "planned_count" in self.__dict__ else Round.objects.with_progress().get(pk=self.pk)
        return int(known.__dict__["planned_count"]), int(known.__dict__["done_count"])


class RoundPoint(models.Model):
    """How many observations of one point a round owes: the planned N of its tally."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="points", db_index=False)  # the key begins with it
    point = models.ForeignKey(ObservationPoint, models.PROTECT, related_name="+")
    planned = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["round", "point"], name="round_point_once"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.point_id}: {self.planned}"
