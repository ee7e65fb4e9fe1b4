"""Marks: append-only rows that name a tally which is out of date."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from principles.teams.models import Crew, Shift, Unit
from sops.models import ObservationPoint


class Mark(models.Model):
    """The tally of one point, area, crew and shift has to be counted again; written with the fact itself.

    Not unique: a unique mark with ON CONFLICT DO NOTHING loses observations under concurrency, because the
    worker may already have counted when the second fact commits.
    """

    point = models.ForeignKey(ObservationPoint, models.CASCADE, related_name="+", db_index=False)
    area = models.ForeignKey(Unit, models.CASCADE, related_name="+", db_index=False)
    crew = models.ForeignKey(Crew, models.CASCADE, null=True, related_name="+", db_index=False)
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.point_id} {self.area_id} {self.crew_id} {self.shift_id}"
