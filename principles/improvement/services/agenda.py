"""What a meeting opens with: the open matters that come along, HSE first, then what is overdue and serious."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from principles.dimensions import Dimension
from principles.improvement.models import Action, Arena, Carry, Deviation, ItemOutcome, Meeting, MeetingItem, Severity
from principles.improvement.services.carrying import ARENAS
from principles.teams.tree import UnitTree

# HSE first, then what the customer sees, then how much, then at what price.
_DIMENSIONS = {code: rank for rank, code in enumerate((Dimension.HSE, Dimension.QUALITY, Dimension.VOLUME))}
_SEVERITY = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}
# How far back a matter that was lifted from the arena below is looked for where no meeting was held since.
_REACH = dt.timedelta(days=31)


def items_brought(meeting: Meeting, tree: UnitTree) -> list[MeetingItem]:
    """The unsaved matters of a new meeting, in their order (four queries).

    Open deviations of this arena at or below the unit; actions there that are due by the meeting's date, unless they
    belong to one of those; matters without either that the last meeting here carried on or the arena below lifted.
    """
    places = [meeting.unit_id, *tree.descendants(meeting.unit_id)]
    deviations = list(Deviation.objects.open().filter(unit__in=places, arena=meeting.arena))
    actions = Action.objects.open().filter(unit__in=places, due__lte=meeting.held_on)
    free = actions.exclude(deviation__in=deviations).select_related("deviation")
    ranked: list[tuple[tuple[int, int, int, dt.date], MeetingItem]] = []
    for deviation in deviations:
        item = MeetingItem(meeting=meeting, deviation=deviation, title=deviation.title)
        ranked.append((_rank_of_deviation(deviation, meeting.held_on), item))
    for action in free:
        item = MeetingItem(meeting=meeting, action=action, deviation=action.deviation, title=action.title)
        rank = (_dimension_rank(action.dimension), 0 if action.is_overdue(meeting.held_on) else 1, 1, action.due)
        ranked.append((rank, item))
    ranked.sort(key=lambda pair: pair[0])
    items = [item for _, item in ranked]
    items += [
        MeetingItem(meeting=meeting, title=old.title, question=old.question) for old in _plain_matters(meeting, places)
    ]
    for position, item in enumerate(items, start=1):
        item.position = position
    return items


def came_from(deviation_ids: Iterable[int], arena: str, *, until: dt.datetime) -> dict[int, Carry]:
    """Which deviations were escalated to an arena, with the newest carry that did it, as known at an instant."""
    found = Carry.objects.filter(deviation__in=list(deviation_ids), to_arena=arena, escalated=True, at__lte=until)
    return {carry.deviation_id: carry for carry in found.order_by("at", "pk")}


def _rank_of_deviation(deviation: Deviation, date: dt.date) -> tuple[int, int, int, dt.date]:
    overdue = deviation.due is not None and deviation.due < date
    return (
        _dimension_rank(deviation.dimension),
        0 if overdue else 1,
        _SEVERITY.get(Severity(deviation.severity), 1),
        deviation.due or dt.date.max,
    )


def _dimension_rank(code: str) -> int:
    return _DIMENSIONS.get(Dimension(code), len(_DIMENSIONS))


def _plain_matters(meeting: Meeting, places: list[int]) -> list[MeetingItem]:
    """Matters without a deviation or action: carried on by the last meeting here, lifted since from the arena below."""
    held = Meeting.objects.filter(arena=meeting.arena, unit=meeting.unit_id, ended_at__isnull=False)
    last = held.exclude(pk=meeting.pk).order_by("-ended_at").first()
    wanted = Q(meeting=last, outcome=ItemOutcome.CARRIED) if last is not None else Q(pk__in=[])
    rank = ARENAS.index(Arena(meeting.arena))
    if rank:
        since = last.opened_at if last is not None else meeting.opened_at - _REACH
        wanted |= Q(
            meeting__arena=ARENAS[rank - 1],
            meeting__unit__in=places,
            meeting__ended_at__gte=since,
            outcome=ItemOutcome.ESCALATED,
        )
    return list(
        MeetingItem.objects.filter(wanted, deviation__isnull=True, action__isnull=True).order_by("meeting", "position")
    )
