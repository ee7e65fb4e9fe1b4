"""Who may correct, undo or look closer at an observation; one set of rules for views, templates and services."""

from __future__ import annotations

import datetime as dt

from observations.models import Observation, Result
from observations.planning import grace
from principles.teams.models import User
from principles.teams.permissions import Capability, access_of


def is_own_in_time(person: User, observation: Observation, *, now: dt.datetime) -> bool:
    """Whether the person made this observation in a shift that may still be written in."""
    own = observation.observer_id is not None and observation.observer_id == person.pk
    return own and now < observation.shift.ends_at + grace()


def may_correct(person: User, observation: Observation, *, now: dt.datetime) -> bool:
    """Anybody's with the right to correct there; one's own while its shift may still be written in."""
    access = access_of(person, now=now)
    if access.can(Capability.CORRECT, observation.area_id):
        return True
    return access.can(Capability.OBSERVE, observation.area_id) and is_own_in_time(person, observation, now=now)


def may_undo(person: User, observation: Observation, *, now: dt.datetime) -> bool:
    """Undo is for one's own, while the shift may still be written in."""
    if observation.result == Result.WITHDRAWN:
        return False
    access = access_of(person, now=now)
    return access.can(Capability.OBSERVE, observation.area_id) and is_own_in_time(person, observation, now=now)
