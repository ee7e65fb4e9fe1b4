"""Which standard a deviation broke."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from principles.improvement.models import Deviation
from sops.models.points import ObservationPoint
from sops.models.revisions import Sop, SopRevision, SopStep


class BrokenStandard(models.Model):
    """The SOP, and where known the revision, step and observation point, that a deviation is a deviation from."""

    deviation = models.OneToOneField(Deviation, models.CASCADE, related_name="broken_standard")
    sop = models.ForeignKey(Sop, models.PROTECT, related_name="deviations", verbose_name=_("standard"))
    revision = models.ForeignKey(SopRevision, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.ForeignKey(SopStep, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("step"))
    point = models.ForeignKey(
        ObservationPoint, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("observation point")
    )

    class Meta:
        verbose_name = _("broken standard")
        verbose_name_plural = _("broken standards")

    def __str__(self) -> str:
        return f"{self.deviation_id} {self.sop}"
