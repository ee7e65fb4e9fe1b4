"""Principle 1: critical work processes, and the standard (SOP) that describes each."""

from sops.models.points import ObservationPoint, PointKind, Sampling
from sops.models.processes import CriticalEquipment, CriticalProcess, Dimension, JobRole
from sops.models.revisions import Competence, RevisionState, Sop, SopPoint, SopRevision, SopStep

__all__ = [
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
