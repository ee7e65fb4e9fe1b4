"""Evidence on meetings: matters taken up, decisions on data, escalations answered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from amps.periods import Cadence
from kpis.models import ItemIndicator
from principles.improvement.models import ARENA_OF_CADENCE, Carry, ItemOutcome, MeetingItem
from principles.improvement.services.carrying import ANSWERED_WITHIN
from roadmap.evidence.plain import Reading, median
from roadmap.evidence.registry import Asked, metric, share, to

_LIST = to("improvement:meetings")
_NO_MEETING = _("No meeting was held and ended in the period.")
_ANSWERED = (ItemOutcome.ANSWERED, ItemOutcome.CONFIRMED, ItemOutcome.DECIDED)
_LENGTH = {
    Cadence.SHIFT: dt.timedelta(hours=8),
    Cadence.DAY: dt.timedelta(days=1),
    Cadence.WEEK: dt.timedelta(weeks=1),
    Cadence.MONTH: dt.timedelta(days=30),
}
# How long an arena has to answer what was escalated to it: as many of its meetings as it is given before it goes on.
STANDARD_TIME: dict[str, dt.timedelta] = {
    arena: _LENGTH[Cadence(cadence)] * ANSWERED_WITHIN[arena]
    for cadence, arena in ARENA_OF_CADENCE.items()
    if arena in ANSWERED_WITHIN
}


class Matter(NamedTuple):
    """A matter of a meeting that has ended."""

    meeting: int
    unit: int
    held_on: dt.date
    outcome: str
    has_decision: bool
    action_due: dt.date | None
    pk: int


def _meetings(asked: Asked) -> tuple[dict[int, int], list[Matter]]:
    """Ended meetings of the window by id with their unit, and their matters (two queries, shared)."""
    window = asked.window
    kept = asked.book.keep(("meetings", window.first, window.last), lambda: _read(window.first, window.last))
    held, matters = kept
    units = asked.spot.units
    return (
        {pk: unit for pk, unit in held.items() if unit in units},
        [matter for matter in matters if matter.unit in units],
    )


def _read(first: dt.date, last: dt.date) -> tuple[dict[int, int], list[Matter]]:
    from principles.improvement.models import Meeting

    held = Meeting.objects.filter(held_on__range=(first, last), ended_at__isnull=False)
    rows = MeetingItem.objects.filter(meeting__in=held).values_list(
        "meeting", "meeting__unit", "meeting__held_on", "outcome", "decision", "action__due", "pk"
    )
    matters = [Matter(*row[:4], bool(row[4]), *row[5:]) for row in rows]
    return dict(held.values_list("pk", "unit")), matters


@metric("meeting_agenda_completion", _LIST)
def meeting_agenda_completion(asked: Asked) -> Reading:
    """Complete: no matter was left waiting; what was carried on or escalated says so."""
    held, matters = _meetings(asked)
    left = {matter.meeting for matter in matters if matter.outcome == ItemOutcome.WAITING}
    return share(len(held.keys() - left), len(held), _NO_MEETING)


@metric("meeting_due_actions_answered", _LIST)
def meeting_due_actions_answered(asked: Asked) -> Reading:
    _held, matters = _meetings(asked)
    due = [matter for matter in matters if matter.action_due is not None and matter.action_due <= matter.held_on]
    answered = sum(1 for matter in due if matter.outcome != ItemOutcome.WAITING)
    return share(answered, len(due), _("No action that was due was brought to a meeting."))


@metric("decision_linked_to_data", _LIST)
def decision_linked_to_data(asked: Asked) -> Reading:
    _held, matters = _meetings(asked)
    linked: set[int] = asked.book.keep("linked", lambda: set(ItemIndicator.objects.values_list("item", flat=True)))
    decided = [matter for matter in matters if matter.has_decision]
    return share(
        sum(1 for matter in decided if matter.pk in linked), len(decided), _("No decision was noted in the period.")
    )


# --- escalation ---


class Lifted(NamedTuple):
    """A deviation that went up to an arena, and when that arena answered it."""

    unit: int
    arena: str
    at: dt.datetime
    until: dt.datetime | None
    answered: dt.datetime | None


def _lifted(asked: Asked) -> list[Lifted]:
    rows: list[Lifted] = asked.book.keep("lifted", lambda: _escalations(asked))
    return [row for row in rows if row.unit in asked.spot.units]


def _escalations(asked: Asked) -> list[Lifted]:
    since = asked.book.now - dt.timedelta(days=430)
    carries = list(
        Carry.objects.filter(escalated=True, at__gte=since)
        .order_by("at")
        .values_list("deviation", "deviation__unit", "to_arena", "at", "deviation__due", "deviation__closed_at")
    )
    answers: defaultdict[tuple[int, str], list[dt.datetime]] = defaultdict(list)
    rows = MeetingItem.objects.filter(deviation__in={row[0] for row in carries}, outcome__in=_ANSWERED)
    for deviation, arena, at in rows.values_list("deviation", "meeting__arena", "meeting__opened_at"):
        answers[deviation, arena].append(at)
    found = []
    for deviation, unit, arena, at, due, closed in carries:
        given = [when for when in answers[deviation, arena] if when >= at]
        if closed is not None and closed >= at:
            given.append(closed)
        until = asked.book.day_end(due) if due is not None else None
        if until is None and arena in STANDARD_TIME:
            until = at + STANDARD_TIME[arena]
        found.append(Lifted(unit, arena, at, until, min(given, default=None)))
    return found


@metric("escalation_answered_in_time", _LIST)
def escalation_answered_in_time(asked: Asked) -> Reading:
    """Needed by its due date; without one, within the arena's own answering time. Closed counts as answered."""
    due = [row for row in _lifted(asked) if asked.window.holds(row.until)]
    right = sum(1 for row in due if row.answered and row.until and row.answered <= row.until)
    return share(right, len(due), _("No escalation's time ran out in the period."))


@metric("escalation_answer_hours", _LIST)
def escalation_answer_hours(asked: Asked) -> Reading:
    """The median of each level; the slowest level is the value. One without an answer counts with its age."""
    end = asked.window.end
    hours: defaultdict[str, list[Fraction]] = defaultdict(list)
    for row in _lifted(asked):
        if asked.window.holds(row.at):
            until = min(row.answered or end, end)
            hours[row.arena].append(Fraction(int((until - row.at).total_seconds()), 3600))
    if not hours:
        return Reading(missing=_("Nothing was escalated in the period."))
    middles = {arena: median(line) or Fraction(0) for arena, line in hours.items()}
    worst = max(middles, key=lambda arena: middles[arena])
    from principles.improvement.models import Arena

    return Reading(value=middles[worst], denominator=len(hours[worst]), where=Arena(worst).label)
