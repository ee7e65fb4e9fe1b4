"""What "My shift" shows: the shift, its rounds by state, and what is late or missed from the shift before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from observations.models import Round
from observations.planning import RoundState, round_state
from principles.teams.models import Shift, Unit, UnitKind, User
from principles.teams.permissions import Access, Capability
from principles.teams.tree import UnitTree


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round as a line: its state, how many of its cards are done, and where it walks."""

    round: Round
    state: RoundState
    done: int
    planned: int
    places: list[Unit]
    cells: int

    @property
    def walks_cells(self) -> bool:
        """Whether the places are cells (and not cranes or filters)."""
        return self.round.plan is None or self.round.plan.equipment_type == "cell"


@dataclass(slots=True)
class ShiftBoard:
    """The lines of an area's shift. `done` and `planned` count cards of this shift's owed rounds."""

    shift: Shift
    now: list[RoundLine] = field(default_factory=list)
    late: list[RoundLine] = field(default_factory=list)
    finished: list[RoundLine] = field(default_factory=list)
    later: list[RoundLine] = field(default_factory=list)
    missed: list[RoundLine] = field(default_factory=list)
    next_shift: Shift | None = None
    done: int = 0
    planned: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.now or self.late or self.finished or self.later or self.missed)


def areas_of(access: Access) -> list[Unit]:
    """The areas in which the person may log observations, in the tree's order (one query)."""
    units = Unit.objects.open_on(access.tree.date).filter(pk__in=access.units(Capability.OBSERVE), kind=UnitKind.AREA)
    return list(units.order_by("position", "code"))


def shift_board(area: Unit, *, shift: Shift, tree: UnitTree, now: dt.datetime) -> ShiftBoard:
    """The board of one area at an instant, in three queries: neighbouring shifts, rounds, and units."""
    around = Shift.objects.filter(
        starts_at__gt=shift.starts_at - dt.timedelta(hours=24), starts_at__lte=shift.ends_at
    ).select_related("crew")
    shifts = sorted(around, key=lambda one: one.starts_at)
    before = [one for one in shifts if one.ends_at <= shift.starts_at][-1:]
    after = [one for one in shifts if one.starts_at >= shift.ends_at][:1]
    rounds = (
        Round.objects.filter(area=area, shift__in=[*before, shift, *after])
        .select_related("shift", "revision", "revision__sop", "plan")
        .with_progress()
        .order_by("shift__starts_at", "revision__sop__code", "sequence", "pk")
    )
    lines = _lines(list(rounds), tree=tree, now=now)
    board = ShiftBoard(shift=shift, next_shift=after[0] if after else None)
    for line in lines:
        _place(board, line)
    board.now.sort(key=lambda line: (not line.done, not line.round.reason_en, line.round.revision.sop.code))
    owed = [line for line in lines if line.round.shift_id == shift.pk and line.round.plan_id]
    board.done = sum(min(line.done, line.planned) for line in owed)
    board.planned = sum(line.planned for line in owed)
    return board


def _place(board: ShiftBoard, line: RoundLine) -> None:
    own = line.round.shift_id == board.shift.pk
    if line.round.plan_id is None:
        # Nothing was owed: it is done as soon as something was seen.
        if own:
            (board.finished if line.done else board.now).append(line)
    elif line.state == RoundState.DONE:
        if own:
            board.finished.append(line)
    elif line.state == RoundState.LATE:
        board.late.append(line)
    elif line.state in (RoundState.MISSED, RoundState.PARTLY):
        board.missed.append(line)
    elif line.state == RoundState.UPCOMING:
        board.later.append(line)
    else:
        board.now.append(line)


def _lines(rounds: list[Round], *, tree: UnitTree, now: dt.datetime) -> list[RoundLine]:
    sections = {
        round_.pk: list(dict.fromkeys(at for pk in round_.targets if (at := tree.parent(pk)) is not None))
        for round_ in rounds
    }
    units = Unit.objects.in_bulk({pk for found in sections.values() for pk in found})
    lines = []
    for round_ in rounds:
        planned, done = round_.progress()
        lines.append(
            RoundLine(
                round=round_,
                state=round_state(round_, now),
                done=done,
                planned=planned,
                places=[units[pk] for pk in sections[round_.pk] if pk in units],
                cells=len(round_.targets),
            )
        )
    return lines


def own_next_shift(person: User, shift: Shift, *, now: dt.datetime) -> Shift | None:
    """The person's own next shift when another crew is on now; None when theirs is, or they have no crew."""
    if person.crew_id is None or person.crew_id == shift.crew_id:
        return None
    mine = Shift.objects.filter(crew=person.crew_id, starts_at__gt=now)
    return mine.order_by("starts_at").first()
