"""A deviation's state, as it follows from its facts."""

from __future__ import annotations

from amps import audit
from principles.improvement.models import Deviation, DeviationState
from principles.improvement.models.actions import ENDED
from principles.teams.models import User


def state_of(deviation: Deviation) -> DeviationState:
    """Closed; to be verified when every action has ended; in progress with a cause or an action; else open."""
    if deviation.closed_at is not None:
        return DeviationState.CLOSED
    states = list(deviation.actions.values_list("state", flat=True))
    if states and all(state in ENDED for state in states):
        return DeviationState.VERIFYING
    if states or deviation.cause_at is not None:
        return DeviationState.IN_PROGRESS
    return DeviationState.OPEN


def state_refresh(deviation_id: int, *, actor: User | None) -> None:
    """Write the state that follows from the facts; what people typed is left alone, so `version` stays."""
    deviation = Deviation.objects.select_for_update().get(pk=deviation_id)
    state = state_of(deviation)
    if state == deviation.state:
        return
    before = audit.snapshot(deviation, "state")
    deviation.state = state
    deviation.save(update_fields=["state"])
    after = audit.snapshot(deviation, "state")
    audit.record(actor=actor, action="deviation.moved", target=deviation, before=before, after=after)
