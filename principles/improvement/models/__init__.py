"""The shared tools of improvement: deviations, root causes, actions (PDCA), and the meetings that answer them."""

from principles.improvement.models.actions import Action, ActionSource, ActionState, ActionStep, EffectCheck, Verdict
from principles.improvement.models.deviations import (
    ARENA_OF_CADENCE,
    Arena,
    Carry,
    CauseCategory,
    CauseKind,
    Deviation,
    DeviationSource,
    DeviationState,
    Severity,
    Why,
)
from principles.improvement.models.meetings import Attendance, ItemOutcome, Meeting, MeetingItem

__all__ = [
    "ARENA_OF_CADENCE",
    "Action",
    "ActionSource",
    "ActionState",
    "ActionStep",
    "Arena",
    "Attendance",
    "Carry",
    "CauseCategory",
    "CauseKind",
    "Deviation",
    "DeviationSource",
    "DeviationState",
    "EffectCheck",
    "ItemOutcome",
    "Meeting",
    "MeetingItem",
    "Severity",
    "Verdict",
    "Why",
]
