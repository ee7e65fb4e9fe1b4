"""Principle 1: critical work processes, and the standard (SOP) that describes each."""

from principles.dimensions import Dimension
from sops.models.deviations import BrokenStandard
from sops.models.points import ObservationPoint, PointKind, Sampling
from sops.models.processes import CriticalEquipment, CriticalProcess, JobRole
from sops.models.revisions import Competence, RevisionState, Sop, SopPoint, SopRevision, SopStep

__all__ = [
    "BrokenStandard",
    "Competence",
    "CriticalEquipment",
    "CriticalProcess",
    "Dimension",
    "JobRole",
    "ObservationPoint",
    "PointKind",
    "RevisionState",
    "Sampling",
    "Sop",
    "SopPoint",
    "SopRevision",
    "SopStep",
]
