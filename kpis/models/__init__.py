"""Indicators, the tallies and figures they are read from, and the follow-up of every period."""

from kpis.models.closings import Closing, ClosingLine, LineKind, Review
from kpis.models.figures import Cadence, Figure, FigureState, FigureVersion, Status, Tally, VersionKind
from kpis.models.indicators import (
    ChartEvent,
    Direction,
    Edge,
    EdgeKind,
    Indicator,
    IndicatorKind,
    IndicatorLevel,
    IndicatorPoint,
    ProcessIndicator,
    Target,
)
from kpis.models.links import ExpectedEffect, FigureDeviation, ItemIndicator, TermMeasure

__all__ = [
    "Cadence",
    "ChartEvent",
    "Closing",
    "ClosingLine",
    "Direction",
    "Edge",
    "EdgeKind",
    "ExpectedEffect",
    "Figure",
    "FigureDeviation",
    "FigureState",
    "FigureVersion",
    "Indicator",
    "IndicatorKind",
    "IndicatorLevel",
    "IndicatorPoint",
    "ItemIndicator",
    "LineKind",
    "ProcessIndicator",
    "Review",
    "Status",
    "Tally",
    "Target",
    "TermMeasure",
    "VersionKind",
]
