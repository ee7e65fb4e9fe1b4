"""What the page of a meeting shows: who is there, and each matter with what belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils import timezone

from principles.improvement.forms import CloseForm, MoveForm, VerifyForm
from principles.improvement.forms_meetings import CAPACITIES, ItemForm
from principles.improvement.models import (
    Action,
    ActionState,
    Attendance,
    Carry,
    ItemOutcome,
    Meeting,
    MeetingItem,
    Severity,
)
from principles.improvement.names import shown_name
from principles.improvement.permissions import may_manage, may_move, may_plan
from principles.improvement.services.actions import MOVES
from principles.improvement.services.agenda import came_from
from principles.improvement.services.carrying import REASONS, next_arena
from principles.improvement.services.gate import Obstacle, effect_of
from principles.teams.models import Unit, User
from principles.teams.permissions import Access, Capability
from principles.teams.unit_pages import units_in_order


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on the list, as the reader may know them."""

    attendance: Attendance
    name: str


@dataclass(slots=True)
class Room:
    """A meeting as one reader meets it: who holds the lead may write everything, who is there speaks for themselves."""

    meeting: Meeting
    access: Access
    reader: User
    attendances: list[Attendance]
    holds_lead: bool
    is_there: bool

    @classmethod
    def of(cls, meeting: Meeting, *, access: Access, reader: User) -> Room:
        """Read who is there (one query), and what the reader may do."""
        attendances = list(meeting.attendances.select_related("person").order_by("pk"))
        return cls(
            meeting=meeting,
            access=access,
            reader=reader,
            attendances=attendances,
            holds_lead=access.can(Capability.RUN_MEETINGS, meeting.unit_id),
            is_there=any(attendance.person_id == reader.pk for attendance in attendances),
        )

    @property
    def runs(self) -> bool:
        return self.meeting.ended_at is None

    @property
    def leads(self) -> bool:
        """Write everything, while the meeting runs."""
        return self.runs and self.holds_lead

    @property
    def may_speak(self) -> bool:
        """Write at least in one's own name, while the meeting runs."""
        return self.runs and (self.holds_lead or self.is_there)

    @property
    def present(self) -> list[Present]:
        return [Present(attendance, self.name(attendance.person)) for attendance in self.attendances]

    @property
    def capacities(self) -> list[str]:
        return [str(capacity) for capacity in CAPACITIES]

    @property
    def above(self) -> str:
        """What the arena above is called; "" above the highest."""
        arena = next_arena(self.meeting.arena)
        return str(arena.label) if arena is not None else ""

    def name(self, person: User | None) -> str:
        """A person of this meeting, as the reader may know them."""
        return shown_name(self.access, person, self.meeting.unit_id, reader=self.reader)

    def form_of(self, item: MeetingItem, data: Any = None) -> ItemForm:
        """The form of a matter for this reader."""
        own = None if self.holds_lead else self.reader
        return ItemForm(data, item=item, attendances=self.attendances, own=own)


@dataclass(slots=True)
class ActionLine:
    """An action in a matter, with the moves that the reader may make."""

    action: Action
    owner: str
    is_overdue: bool
    is_new: bool
    moves: list[tuple[str, str]]
    can_verify: bool
    move_form: forms.Form
    verify_form: forms.Form
    verdict: str = ""
    words: str = ""


@dataclass(slots=True)
class Matter:
    """One matter as the page shows it."""

    item: MeetingItem
    form: ItemForm | None
    actions: list[ActionLine]
    owner: str
    answered_by: str
    confirmed_by: str
    is_overdue: bool
    is_serious: bool
    lifted: Carry | None
    can_close: bool
    can_plan: bool
    close_form: forms.Form
    obstacles: Sequence[Obstacle] = ()
    stored: Sequence[tuple[str, str]] = ()
    is_open: bool = False
    just_stored: bool = False

    @property
    def lifted_why(self) -> str:
        return str(REASONS.get(self.lifted.reason, "")) if self.lifted is not None else ""


@dataclass(slots=True)
class _Known:
    """What the matters of a page share, read once."""

    actions: dict[int, list[Action]] = field(default_factory=dict)
    lifted: dict[int, Carry] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """How many matters a meeting has, how many of them were taken up, and how many people were there."""

    matters: int = 0
    taken_up: int = 0
    people: int = 0


def counts_of(meetings: Iterable[Meeting]) -> dict[int, Counts]:
    """The counts of some meetings by their id (two queries)."""
    found = {meeting.pk: Counts() for meeting in meetings}
    not_taken_up = Q(outcome__in=[ItemOutcome.WAITING, ItemOutcome.CARRIED])
    items = MeetingItem.objects.filter(meeting__in=found).order_by().values_list("meeting")
    for pk, matters, taken_up in items.annotate(matters=Count("pk"), taken_up=Count("pk", filter=~not_taken_up)):
        found[pk].matters, found[pk].taken_up = matters, taken_up
    there = Attendance.objects.filter(meeting__in=found).order_by().values_list("meeting")
    for pk, people in there.annotate(people=Count("pk")):
        found[pk].people = people
    return found


def offered_units(access: Access) -> list[tuple[Unit, int]]:
    """Every unit that meetings are held in, in the order of the tree, each with its level."""
    return units_in_order(access.tree, ("company", "plant", "unit", "area"))


def matters_of(room: Room, items: Iterable[MeetingItem], *, instead: Matter | None = None) -> list[Matter]:
    """Every matter of a meeting (five queries, however many there are). The first not taken up stands open."""
    found = list(items)
    known = _known(room, found)
    matters = [
        instead if instead is not None and instead.item.pk == item.pk else _matter(room, item, known) for item in found
    ]
    if instead is None:
        waiting = next((one for one in matters if one.item.outcome == ItemOutcome.WAITING), None)
        if waiting is not None and room.may_speak:
            waiting.is_open = True
    return matters


def matter_of(room: Room, item: MeetingItem, **changed: Any) -> Matter:
    """One matter by itself, open; `changed` are forms as they were sent, and what else the page says of them."""
    move_forms: Mapping[int, forms.Form] = changed.pop("move_forms", {})
    matter = _matter(room, item, _known(room, [item]))
    matter.is_open = True
    for name, value in changed.items():
        setattr(matter, name, value)
    for line in matter.actions:
        sent = move_forms.get(line.action.pk)
        if isinstance(sent, VerifyForm):
            line.verify_form = sent
        elif sent is not None:
            line.move_form = sent
    return matter


def _known(room: Room, items: list[MeetingItem]) -> _Known:
    deviations = {item.deviation_id for item in items if item.deviation_id is not None}
    brought = {item.action_id for item in items if item.action_id is not None}
    wanted = Q(deviation__in=deviations) | Q(pk__in=brought) | Q(meeting_item__in=items)
    rows = Action.objects.filter(wanted).select_related("owner", "unit").prefetch_related("effects")
    by_item: defaultdict[int, list[Action]] = defaultdict(list)
    for action in rows.order_by("due", "pk"):
        for item in items:
            mine = action.pk == item.action_id or action.meeting_item_id == item.pk
            of_deviation = item.action_id is None and item.deviation_id == action.deviation_id is not None
            if mine or of_deviation:
                by_item[item.pk].append(action)
    until = room.meeting.ended_at or timezone.now()
    return _Known(dict(by_item), came_from(deviations, room.meeting.arena, until=until))


def _matter(room: Room, item: MeetingItem, known: _Known) -> Matter:
    held_on, deviation, action = room.meeting.held_on, item.deviation, item.action
    overdue = deviation is not None and deviation.is_open and deviation.due is not None and deviation.due < held_on
    if action is not None:
        overdue = overdue or action.is_overdue(held_on)
    owner = deviation.owner if deviation is not None else None
    if action is not None:
        owner = action.owner
    plan_unit = deviation.unit_id if deviation is not None else room.meeting.unit_id
    return Matter(
        item=item,
        form=room.form_of(item) if room.may_speak else None,
        actions=[_line(room, item, one) for one in known.actions.get(item.pk, ())],
        owner=room.name(owner),
        answered_by=room.name(item.answered_by),
        confirmed_by=room.name(item.confirmed_by),
        is_overdue=overdue,
        is_serious=deviation is not None and deviation.severity == Severity.HIGH,
        lifted=known.lifted.get(item.deviation_id) if item.deviation_id is not None else None,
        can_close=room.leads and deviation is not None and deviation.is_open and may_manage(room.access, deviation),
        can_plan=room.leads and may_plan(room.access, plan_unit),
        close_form=_close_form(item),
    )


def _close_form(item: MeetingItem) -> forms.Form:
    form = CloseForm(prefix="", auto_id=f"close{item.pk}_%s", initial={"words": item.confirmation})
    del form.fields["version"]
    return form


def _line(room: Room, item: MeetingItem, action: Action) -> ActionLine:
    moves = room.may_speak and may_move(room.access, room.reader, action)
    check = effect_of(action)
    is_verified = check is not None and check.verified_at is not None
    is_better = check is not None and check.is_verified and check.verdict == "better"
    targets = [to for to in MOVES[action.state] if to not in (ActionState.ACT, ActionState.DONE) or is_better]
    read = {"version": action.version}
    said = {"words": item.confirmation}
    if check is not None and is_verified:
        said = {"words": check.words, "verdict": check.verdict}
    return ActionLine(
        action=action,
        owner=room.name(action.owner),
        is_overdue=action.is_overdue(room.meeting.held_on),
        is_new=action.meeting_item_id == item.pk,
        moves=[(to.value, str(to.label)) for to in targets] if moves else [],
        can_verify=moves and action.state == ActionState.CHECK and may_plan(room.access, action.unit_id),
        move_form=MoveForm(initial=read, auto_id=f"move{item.pk}-{action.pk}_%s"),
        verify_form=VerifyForm(initial=read | said, auto_id=f"verify{item.pk}-{action.pk}_%s"),
        verdict=str(check.get_verdict_display()) if check is not None and is_verified else "",
        words=check.words if check is not None else "",
    )
