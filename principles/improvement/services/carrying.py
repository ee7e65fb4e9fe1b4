"""At the end of a period, open deviations are carried to the next one, or escalated to the next arena.

Each deviation meets the closings of its own unit (of the nearest one above it that figures are kept for), at the
cadence of the arena that answers for it. The rules are constants here, and the one that made it go up is kept with it.

A higher arena gets the chance to meet first: what came to it inside a period is carried at the end of that period and
not escalated further; what came with the period's end belongs to the next one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amps import audit
from principles.improvement.models import ARENA_OF_CADENCE, Arena, Carry, Deviation, Severity
from principles.teams.models import FIGURE_KINDS, FIGURE_KINDS_VALUES
from principles.teams.tree import UnitTree

ARENAS = (Arena.SHIFT, Arena.MORNING, Arena.WEEKLY, Arena.MONTHLY)
# After how many closings in the same arena a matter goes up (the standard answering time); the top keeps it.
ANSWERED_WITHIN: dict[str, int] = {Arena.SHIFT: 3, Arena.MORNING: 5, Arena.WEEKLY: 4}

NOT_CONTAINED, OVERDUE, NO_OWNER, ANSWERING_TIME, MEETING = (
    "not_contained",
    "overdue",
    "no_owner",
    "answering_time",
    "meeting",
)
REASONS: dict[str, str | Promise] = {
    NOT_CONTAINED: _("not contained yet"),
    OVERDUE: _("overdue"),
    NO_OWNER: _("serious, and nobody owns it"),
    ANSWERING_TIME: _("not answered within the time of this meeting"),
    MEETING: _("lifted by the meeting"),
}


class ClosedPeriod(NamedTuple):
    """A period of one unit that has just been closed, [starts_at, ends_at); the key as kpis.Closing has it."""

    unit: int
    cadence: str
    first: dt.date
    number: int
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def last_date(self) -> dt.date:
        """The last production date in it."""
        if self.cadence == "week":
            return self.first + dt.timedelta(days=6)
        if self.cadence == "month":
            return (self.first.replace(day=1) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        return self.first


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rules ask of an open deviation. `since` is when its arena got it, `carried` how often it did since."""

    arena: str
    severity: str
    has_owner: bool
    due: dt.date | None
    contained_at: dt.datetime | None
    reported_at: dt.datetime
    closed_at: dt.datetime | None
    since: dt.datetime
    carried: int = 0


def next_arena(arena: str) -> Arena | None:
    """The arena above; None above the monthly one."""
    place = ARENAS.index(Arena(arena)) + 1
    return ARENAS[place] if place < len(ARENAS) else None


def meets(matter: Matter, period: ClosedPeriod) -> bool:
    """Whether a deviation is of the arena that looks through this period, and was open when it ended."""
    return (
        ARENA_OF_CADENCE.get(period.cadence) == matter.arena
        and matter.reported_at < period.ends_at
        and matter.since < period.ends_at
        and (matter.closed_at is None or matter.closed_at > period.ends_at)
    )


def reason_to_escalate(matter: Matter, period: ClosedPeriod) -> str:
    """The code of the rule by which a deviation goes up at the end of a period; "" when it is carried on."""
    if next_arena(matter.arena) is None:
        return ""
    # The shift itself is the first arena: it had the matter from the moment it was seen.
    if matter.arena != Arena.SHIFT and matter.since > period.starts_at:
        return ""
    if matter.contained_at is None or matter.contained_at > period.ends_at:
        return NOT_CONTAINED
    if matter.due is not None and matter.due < period.last_date:
        return OVERDUE
    if matter.severity == Severity.HIGH and not matter.has_owner:
        return NO_OWNER
    if matter.carried >= ANSWERED_WITHIN[matter.arena]:
        return ANSWERING_TIME
    return ""


@transaction.atomic
def deviations_carry(*, periods: Sequence[ClosedPeriod], now: dt.datetime) -> int:
    """Carry or escalate what is open at the end of each period, in the order given; how many rows that made.

    To be called in the transaction that closes the periods, oldest first. A deviation meets each period once, however
    often it is called. One query where nothing is open. `now` is not what counts: each is dated at its period's end,
    so that closing late says the same as closing in time.
    """
    if not periods:
        return 0
    found = _open_deviations(periods, now)
    if not found:
        return 0
    matters = _matters(found)
    by_unit = _by_unit(found, periods)
    known = _known(found, periods)
    carries: list[Carry] = []
    for period in periods:
        for deviation in by_unit.get(period.unit, ()):
            matter = matters[deviation.pk]
            if not meets(matter, period) or (deviation.pk, *period[1:4]) in known:
                continue
            carry = _carry(deviation.pk, matter, period)
            carries.append(carry)
            matters[deviation.pk] = _after(matter, carry)
    Carry.objects.bulk_create(carries, batch_size=1000, ignore_conflicts=True)
    _lift(found, matters)
    return len(carries)


def _open_deviations(periods: Sequence[ClosedPeriod], now: dt.datetime) -> list[Deviation]:
    """Those that were open at the end of any of the periods, locked (one query, none of them read twice)."""
    units = {period.unit for period in periods}
    first, last = min(period.ends_at for period in periods), max(period.ends_at for period in periods)
    asked = Deviation.objects.filter(
        Q(unit__in=units) | ~Q(unit__kind__in=[kind.value for kind in FIGURE_KINDS]),
        Q(closed_at__isnull=True) | Q(closed_at__gt=first),
        reported_at__lt=min(last, now),
        arena__in={ARENA_OF_CADENCE[period.cadence] for period in periods},
    )
    return list(asked.select_related("unit").select_for_update(of=("self",)).order_by("pk"))


def _by_unit(found: list[Deviation], periods: Sequence[ClosedPeriod]) -> dict[int, list[Deviation]]:
    """Deviations by the unit whose closings they meet: their own, or the nearest above that figures are kept for."""
    tree = None
    if any(deviation.unit.kind not in FIGURE_KINDS_VALUES for deviation in found):
        tree = UnitTree.on(max(period.last_date for period in periods))
    grouped: defaultdict[int, list[Deviation]] = defaultdict(list)
    for deviation in found:
        place = tree.area_of(deviation.unit_id) if tree is not None else deviation.unit_id
        if place is not None:
            grouped[place].append(deviation)
    return dict(grouped)


def _matters(found: list[Deviation]) -> dict[int, Matter]:
    """The deviations as the rules take them, with what was carried before (one query)."""
    earlier: defaultdict[int, list[Carry]] = defaultdict(list)
    for carry in Carry.objects.filter(deviation__in=[deviation.pk for deviation in found]).order_by("at", "pk"):
        earlier[carry.deviation_id].append(carry)
    return {deviation.pk: _matter(deviation, earlier[deviation.pk]) for deviation in found}


def _matter(deviation: Deviation, earlier: list[Carry]) -> Matter:
    came = [carry.at for carry in earlier if carry.escalated and carry.to_arena == deviation.arena]
    since = max(came, default=deviation.reported_at)
    return Matter(
        arena=deviation.arena,
        severity=deviation.severity,
        has_owner=deviation.owner_id is not None,
        due=deviation.due,
        contained_at=deviation.contained_at,
        reported_at=deviation.reported_at,
        closed_at=deviation.closed_at,
        since=since,
        carried=sum(
            not carry.escalated and carry.from_arena == deviation.arena and carry.at >= since for carry in earlier
        ),
    )


def _known(found: list[Deviation], periods: Sequence[ClosedPeriod]) -> set[tuple[int, str, dt.date, int]]:
    """What has met these periods already: (deviation, cadence, first, number)."""
    rows = Carry.objects.filter(
        deviation__in=[deviation.pk for deviation in found], first__in={period.first for period in periods}
    )
    return set(rows.order_by().values_list("deviation_id", "cadence", "first", "number"))


def _carry(deviation: int, matter: Matter, period: ClosedPeriod) -> Carry:
    reason = reason_to_escalate(matter, period)
    above = next_arena(matter.arena) if reason else None
    return Carry(
        deviation_id=deviation,
        unit_id=period.unit,
        cadence=period.cadence,
        first=period.first,
        number=period.number,
        escalated=above is not None,
        from_arena=matter.arena,
        to_arena=above or matter.arena,
        reason=reason,
        at=period.ends_at,
    )


def _after(matter: Matter, carry: Carry) -> Matter:
    if carry.escalated:
        return replace(matter, arena=carry.to_arena, since=carry.at, carried=0)
    return replace(matter, carried=matter.carried + 1)


def _lift(found: Iterable[Deviation], matters: Mapping[int, Matter]) -> None:
    """Write the new arena of what went up. What people typed is left alone, so `version` stays."""
    lifted = []
    for deviation in found:
        arena = matters[deviation.pk].arena
        if arena != deviation.arena:
            before = {"arena": deviation.arena}
            deviation.arena = arena
            lifted.append(deviation)
            audit.record(
                actor=None, action="deviation.escalated", target=deviation, before=before, after={"arena": arena}
            )
    Deviation.objects.bulk_update(lifted, ["arena"], batch_size=500)
