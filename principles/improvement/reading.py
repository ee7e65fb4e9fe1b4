"""What the pages read: lists with filters and counts, and what happened to a deviation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps.models import AuditEntry
from principles.dimensions import Dimension
from principles.improvement.models import (
    Action,
    ActionSource,
    ActionState,
    Deviation,
    DeviationState,
    Severity,
)
from principles.improvement.models.actions import ENDED
from principles.improvement.names import reporter_name, shown_name
from principles.improvement.services.carrying import REASONS
from principles.teams.models import Unit, User
from principles.teams.permissions import Access
from principles.teams.tree import UnitTree

PER_PAGE = 50
_LONGEST_SEARCH = 100
_SEVERITY = Case(
    *(When(severity=value, then=Value(weight)) for weight, value in enumerate(("high", "medium", "low"))),
    output_field=IntegerField(),
)
DEVIATION_ORDERS: dict[str, tuple[object, ...]] = {
    "title": ("title",),
    "severity": (_SEVERITY,),
    "state": ("state",),
    "unit": ("unit__position", "unit__code"),
    "due": (F("due").asc(nulls_last=True),),
    "reported": ("reported_at",),
}
ACTION_ORDERS: dict[str, tuple[object, ...]] = {
    "title": ("title",),
    "state": ("state",),
    "unit": ("unit__position", "unit__code"),
    "due": ("due",),
    "owner": ("owner__name",),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address of a list asks for; whatever it names wrongly is passed over."""

    state: str = ""
    severity: str = ""
    dimension: str = ""
    source: str = ""
    is_overdue: bool = False
    is_mine: bool = False
    query: str = ""
    sort: str = ""

    @classmethod
    def of(cls, data: Mapping[str, str], *, states: Iterable[str]) -> Chosen:
        """Read from a query string; `states` are those that may be asked for."""

        def one(name: str, allowed: Iterable[str]) -> str:
            value = data.get(name, "")
            return value if value in set(allowed) else ""

        return cls(
            state=one("state", states),
            severity=one("severity", Severity.values),
            dimension=one("dimension", Dimension.values),
            source=one("source", ActionSource.values),
            is_overdue=data.get("overdue") == "1",
            is_mine=data.get("mine") == "1",
            query=data.get("q", "").strip()[:_LONGEST_SEARCH],
            sort=data.get("sort", ""),
        )


def units_under(tree: UnitTree, unit: Unit | None) -> list[int] | None:
    """Ids of the unit and everything below it that answers for deviations; None for no unit at all."""
    return None if unit is None else tree.areas_under(unit.pk)


def deviations_in(units: list[int] | None) -> QuerySet[Deviation]:
    """Deviations of these units, with what a list shows of them."""
    found = Deviation.objects.select_related("unit", "equipment", "owner")
    return found if units is None else found.filter(unit__in=units)


def deviations_chosen(
    found: QuerySet[Deviation], chosen: Chosen, *, person: User, today: dt.date
) -> QuerySet[Deviation]:
    """The deviations that the filters leave, in the order asked for (open ones, the newest first, when none is).

    State "all" leaves every one; no state leaves those that are not closed.
    """
    if chosen.state == "":
        found = found.filter(closed_at__isnull=True)
    elif chosen.state != "all":
        found = found.filter(state=chosen.state)
    if chosen.severity:
        found = found.filter(severity=chosen.severity)
    if chosen.dimension:
        found = found.filter(dimension=chosen.dimension)
    if chosen.is_overdue:
        found = found.overdue(today)  # type: ignore[attr-defined]
    if chosen.is_mine:
        found = found.filter(Q(owner=person) | Q(reported_by=person) | Q(actions__owner=person)).distinct()
    if chosen.query:
        found = found.filter(_matching(chosen.query, "A-"))
    return _ordered(found, chosen.sort, DEVIATION_ORDERS, ("-reported_at", "-pk"))


def deviation_counts(found: QuerySet[Deviation], *, today: dt.date, since: dt.datetime) -> dict[str, int]:
    """How many are open, overdue, to be verified, and were closed since an instant (one query)."""
    is_open = Q(closed_at__isnull=True)
    return found.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due__lt=today)),
        high=Count("pk", filter=is_open & Q(severity=Severity.HIGH)),
        verifying=Count("pk", filter=Q(state=DeviationState.VERIFYING)),
        closed=Count("pk", filter=Q(closed_at__gte=since)),
    )


def actions_in(units: list[int] | None) -> QuerySet[Action]:
    """Actions of these units, with what a list shows of them."""
    found = Action.objects.select_related("unit", "equipment", "owner", "deviation")
    return found if units is None else found.filter(unit__in=units)


def actions_chosen(found: QuerySet[Action], chosen: Chosen, *, person: User, today: dt.date) -> QuerySet[Action]:
    """The actions that the filters leave, in the order asked for (by due date when none is)."""
    if chosen.state == "":
        found = found.exclude(state__in=ENDED)
    elif chosen.state != "all":
        found = found.filter(state=chosen.state)
    if chosen.dimension:
        found = found.filter(dimension=chosen.dimension)
    if chosen.source:
        found = found.filter(source=chosen.source)
    if chosen.is_overdue:
        found = found.exclude(state__in=ENDED).filter(due__lt=today)
    if chosen.is_mine:
        found = found.filter(owner=person)
    if chosen.query:
        found = found.filter(_matching(chosen.query, "T-") | Q(goal__icontains=chosen.query))
    return _ordered(found, chosen.sort, ACTION_ORDERS, ("due", "pk"))


def action_counts(found: QuerySet[Action], *, today: dt.date, since: dt.datetime) -> dict[str, int]:
    """How many are open, overdue, wait for their effect, and were done since an instant (one query)."""
    is_open = ~Q(state__in=ENDED)
    return found.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due__lt=today)),
        check=Count("pk", filter=Q(state=ActionState.CHECK)),
        done=Count("pk", filter=Q(state=ActionState.DONE, ended_at__gte=since)),
    )


def _matching(query: str, prefix: str) -> Q:
    found = Q(title__icontains=query) | Q(description__icontains=query) | Q(equipment__code__iexact=query)
    number = query.upper().removeprefix(prefix)
    # Wider numbers than the column holds are nobody's.
    return found | Q(pk=int(number)) if number.isascii() and number.isdecimal() and len(number) < 10 else found


def _ordered[M: (Deviation, Action)](
    found: QuerySet[M], sort: str, orders: Mapping[str, tuple[object, ...]], default: tuple[str, ...]
) -> QuerySet[M]:
    key = sort.removeprefix("-")
    if key not in orders:
        return found.order_by(*default)
    ordered = found.order_by(*orders[key], "pk")  # type: ignore[arg-type]
    return ordered.reverse() if sort.startswith("-") else ordered


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: when, what, by whom ("" for nobody), in which words, and where it can be seen."""

    at: dt.datetime
    what: str
    who: str = ""
    words: str = ""
    url: str = ""


def timeline(deviation: Deviation, actions: Iterable[Action], *, access: Access, reader: User) -> list[Event]:
    """What happened to a deviation, oldest first: its own dates, carries, meetings, and its actions' steps."""
    unit = deviation.unit_id

    def seen_by(person: User | None) -> str:
        return reporter_name(access, person, unit, reader=reader)

    def done_by(person: User | None) -> str:
        return shown_name(access, person, unit, reader=reader)

    found = [Event(deviation.reported_at, _("Reported"), seen_by(deviation.reported_by))]
    if deviation.contained_at is not None:
        found.append(Event(deviation.contained_at, _("Contained"), seen_by(deviation.contained_by)))
    if deviation.cause_at is not None:
        found.append(Event(deviation.cause_at, _("Root cause recorded"), done_by(deviation.cause_by)))
    if deviation.closed_at is not None:
        closed = Event(deviation.closed_at, _("Closed"), done_by(deviation.closed_by), deviation.closing_words)
        found.append(closed)
    found += [*_carried(deviation), *_met(deviation), *_reopened(deviation, done_by)]
    for action in actions:
        found.append(
            Event(action.created_at, _("Action: %(action)s") % {"action": action.title}, url=_page("action", action.pk))
        )
        if action.ended_at is not None:
            words = _("Action ended: %(action)s (%(state)s)") % {
                "action": action.title,
                "state": action.get_state_display(),
            }
            found.append(Event(action.ended_at, words, url=_page("action", action.pk)))
    return sorted(found, key=lambda event: event.at)


def _carried(deviation: Deviation) -> list[Event]:
    """Escalations one by one, and per meeting in one line how often it was carried on."""
    events = []
    carried: dict[str, list[dt.datetime]] = {}
    for carry in deviation.carries.all():
        if carry.escalated:
            what = _("Escalated to: %(arena)s") % {"arena": carry.get_to_arena_display()}
            events.append(Event(carry.at, what, words=str(REASONS.get(carry.reason, ""))))
        else:
            carried.setdefault(carry.get_to_arena_display(), []).append(carry.at)
    for arena, times in carried.items():
        what = ngettext("Still open after: %(arena)s", "Still open after: %(arena)s, %(count)d times", len(times))
        events.append(Event(times[-1], what % {"arena": arena, "count": len(times)}))
    return events


def _met(deviation: Deviation) -> list[Event]:
    events = []
    for item in deviation.meeting_items.select_related("meeting"):
        what = _("Taken up: %(arena)s") % {"arena": item.meeting.get_arena_display()}
        words = item.decision or item.answer
        events.append(Event(item.meeting.opened_at, what, words=words, url=_page("meeting", item.meeting_id)))
    return events


def _reopened(deviation: Deviation, done_by: Callable[[User | None], str]) -> list[Event]:
    """Openings anew, which only the audit trail remembers, each with the closing before it."""
    events = []
    entries = AuditEntry.objects.filter(
        target_type="improvement.deviation", target_id=str(deviation.pk), action="deviation.reopened"
    ).select_related("actor")
    for entry in entries:
        words = (entry.before or {}).get("closing_words", "")
        if (closed_at := (entry.before or {}).get("closed_at")) is not None:
            events.append(Event(dt.datetime.fromisoformat(closed_at), _("Closed"), words=words))
        reason = (entry.after or {}).get("reason", "")
        events.append(Event(entry.at, _("Opened again"), done_by(entry.actor), reason))
    return events


def _page(name: str, pk: int) -> str:
    try:
        return reverse(f"improvement:{name}", args=[pk])
    except NoReverseMatch:
        return ""
