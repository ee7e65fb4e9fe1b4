"""What the demo's people made of the figures: the register, deviations, meetings, evaluations, the plan, in order."""

from __future__ import annotations

from collections.abc import Callable

from amps.demo.agreements import breach_lives, register_make
from amps.demo.business_plan import Planning
from amps.demo.evaluations import evaluations_begin, evaluations_make
from amps.demo.flow import flow_make
from amps.demo.history import Stage, play
from amps.demo.improvement import deviation_lives
from amps.demo.meetings import meeting_lives


def learning_make(stage: Stage, progress: Callable[[float], None]) -> None:
    """Make everything that learning and direction consist of, each thing as of the moment at which it happened."""
    progress(0)
    flow_make(stage)
    agreements = register_make(stage)
    signed = evaluations_make(stage)
    planning = Planning(stage)
    planning.begin()
    lives = [
        *deviation_lives(stage, planning.planned),
        *breach_lives(stage, agreements),
        *meeting_lives(stage, planning.planned),
        *planning.lives(signed, agreements),
    ]
    play(stage, lives, lambda share: progress(0.2 + 0.5 * share))
    evaluations_begin(stage)
    progress(1)
