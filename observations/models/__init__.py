"""Facts: what was owed, what was seen on shift, and the marks that say which tallies are out of date."""

from observations.models.facts import (
    Attachment,
    EventReport,
    ImportBatch,
    ImportDraft,
    Observation,
    Reason,
    Result,
    Source,
)
from observations.models.marks import Mark
from observations.models.plans import ObservationPlan, PlanCadence, Round, RoundPoint
from observations.models.raised import RaisedDeviation

__all__ = [
    "Attachment",
    "EventReport",
    "ImportBatch",
    "ImportDraft",
    "Mark",
    "Observation",
    "ObservationPlan",
    "PlanCadence",
    "RaisedDeviation",
    "Reason",
    "Result",
    "Round",
    "RoundPoint",
    "Source",
]
