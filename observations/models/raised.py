"""Which deviation an observation raised."""

from __future__ import annotations

from django.db import models

from observations.models.facts import Observation
from principles.improvement.models import Deviation


class RaisedDeviation(models.Model):
    """An observation raised a deviation, or was added to one; a deviation may gather several observations.

    A row of its own, since a fact is never changed.
    """

    observation = models.OneToOneField(Observation, models.PROTECT, related_name="raised")
    deviation = models.ForeignKey(Deviation, models.CASCADE, related_name="observations")
    at = models.DateTimeField()

    class Meta:
        ordering = ("deviation", "at")

    def __str__(self) -> str:
        return f"{self.observation_id} → {self.deviation_id}"
