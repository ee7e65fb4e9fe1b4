"""The roadmap standard, self-evaluations against it, and the business plan that closes the gaps."""

from roadmap.models.evaluations import (
    Answer,
    Evaluation,
    EvaluationState,
    ItemStatus,
    Mark,
    Participant,
    Reopening,
    Signature,
)
from roadmap.models.plan import Challenge, PlanEntry, PlanYear, RoadmapTarget
from roadmap.models.standard import Binding, Evidence, FocusItem, Metric, Principle, Rule, Scope, StandardVersion

__all__ = [
    "Answer",
    "Binding",
    "Challenge",
    "Evaluation",
    "EvaluationState",
    "Evidence",
    "FocusItem",
    "ItemStatus",
    "Mark",
    "Metric",
    "Participant",
    "PlanEntry",
    "PlanYear",
    "Principle",
    "Reopening",
    "RoadmapTarget",
    "Rule",
    "Scope",
    "Signature",
    "StandardVersion",
]
