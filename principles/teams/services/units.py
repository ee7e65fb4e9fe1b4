"""Making, naming, moving and closing units. The tree's history stays as it was."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Q

from amps import audit
from principles.teams import calendars
from principles.teams.models import FIGURE_KINDS_VALUES, Unit, UnitKind, UnitPlacement, User
from principles.teams.tree import UnitTree

# One number for every writer of the tree: two moves at once could otherwise close a loop together.
_TREE_LOCK = 4_002_002
_RANK = {kind.value: rank for rank, kind in enumerate(UnitKind)}
TOP_KINDS = frozenset({UnitKind.COMPANY.value, UnitKind.PLANT.value})


class UnitError(Exception):
    """A change of the tree that is refused; the subclasses say why."""


class WrongPlace(UnitError):
    """A unit of this kind can't stand there: every level stands under a higher one."""


class Loop(UnitError):
    """The unit would stand under itself."""


class TooEarly(UnitError):
    """The change would reach into days that have begun; `earliest` is the first date possible."""

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class ClosedThen(UnitError):
    """The unit above is out of use on that date."""


class OpenChildren(UnitError):
    """Units below are still in use; `children` names them."""

    def __init__(self, children: list[Unit]) -> None:
        super().__init__(children)
        self.children = children


class NotMoved(UnitError):
    """The unit stands there already."""


@transaction.atomic
def unit_create(
    *,
    code: str,
    kind: str,
    name_en: str,
    name_nb: str,
    parent: Unit | None,
    actor: User | None,
    now: dt.datetime,
    equipment_type: str = "",
    position: int = 0,
    opened: dt.date | None = None,
) -> Unit:
    """Take a unit into use under a parent, from `opened` (the current production date when not given).

    Raises WrongPlace, TooEarly (before the current production date) or ClosedThen (the parent).
    """
    _tree_lock()
    today = calendars.production_date(now)
    start = opened or today
    if start < today:
        raise TooEarly(today)
    _check_place(kind, parent, start)
    unit = Unit(
        code=code,
        kind=kind,
        name_en=name_en,
        name_nb=name_nb,
        equipment_type=equipment_type if kind == UnitKind.EQUIPMENT else "",
        position=position,
        opened=start,
    )
    unit.full_clean()
    unit.save()
    UnitPlacement.objects.create(unit=unit, parent=parent, valid_from=start)
    after = {**audit.snapshot(unit), "parent": parent.code if parent else None}
    audit.record(actor=actor, action="unit.created", target=unit, after=after)
    return unit


@transaction.atomic
def unit_edit(
    *, unit: Unit, name_en: str, name_nb: str, equipment_type: str, position: int, actor: User | None
) -> Unit:
    """Change what a unit is called and where it stands among its neighbours. Its code and kind stay."""
    locked = Unit.objects.select_for_update().get(pk=unit.pk)
    before = audit.snapshot(locked)
    locked.name_en, locked.name_nb, locked.position = name_en, name_nb, position
    if locked.kind == UnitKind.EQUIPMENT:
        locked.equipment_type = equipment_type
    locked.full_clean()
    after = audit.snapshot(locked)
    if after != before:
        locked.save(update_fields=["name_en", "name_nb", "equipment_type", "position"])
        audit.record(actor=actor, action="unit.edited", target=locked, before=before, after=after)
    return locked


@transaction.atomic
def unit_move(*, unit: Unit, parent: Unit, valid_from: dt.date, actor: User | None, now: dt.datetime) -> UnitPlacement:
    """Let a unit stand under another parent from a production date on.

    Raises WrongPlace, Loop, NotMoved, ClosedThen or TooEarly (see `earliest_move`).
    """
    _tree_lock()
    earliest = earliest_move(unit, now=now)
    if valid_from < earliest:
        raise TooEarly(earliest)
    _check_place(unit.kind, parent, valid_from)
    _check_loop(unit, parent, valid_from)
    tree = UnitTree.on(valid_from)
    if tree.parent(unit.pk) == parent.pk:
        raise NotMoved
    old_id = tree.parent(unit.pk)
    old = Unit.objects.get(pk=old_id) if old_id is not None else None
    placement, _ = UnitPlacement.objects.update_or_create(unit=unit, valid_from=valid_from, defaults={"parent": parent})
    audit.record(
        actor=actor,
        action="unit.moved",
        target=unit,
        before={"parent": old.code if old else None},
        after={"parent": parent.code, "valid_from": valid_from},
    )
    return placement


@transaction.atomic
def unit_close(*, unit: Unit, closed: dt.date, actor: User | None, now: dt.datetime) -> Unit:
    """Take a unit out of use from a production date on; what it did stays.

    Raises OpenChildren, or TooEarly before the next production date (it was in use today).
    """
    _tree_lock()
    locked = Unit.objects.select_for_update().get(pk=unit.pk)
    earliest = calendars.production_date(now) + dt.timedelta(days=1)
    if closed < earliest:
        raise TooEarly(earliest)
    if children := open_children(locked, closed):
        raise OpenChildren(children)
    before = audit.snapshot(locked, "closed")
    locked.closed = closed
    locked.full_clean()
    locked.save(update_fields=["closed"])
    audit.record(
        actor=actor, action="unit.closed", target=locked, before=before, after=audit.snapshot(locked, "closed")
    )
    return locked


@transaction.atomic
def unit_reopen(*, unit: Unit, actor: User | None, now: dt.datetime) -> Unit:
    """Take back a closing that has not come yet. Raises TooEarly once the unit is out of use."""
    _tree_lock()
    locked = Unit.objects.select_for_update().get(pk=unit.pk)
    today = calendars.production_date(now)
    if locked.closed is None or locked.closed <= today:
        raise TooEarly(today)
    before = audit.snapshot(locked, "closed")
    locked.closed = None
    locked.save(update_fields=["closed"])
    audit.record(actor=actor, action="unit.kept", target=locked, before=before, after={"closed": None})
    return locked


def earliest_move(unit: Unit, *, now: dt.datetime) -> dt.date:
    """The first production date a unit can move on.

    A cell or section moves from the current one. An area, and what is above it, carries figures of shifts
    that have already begun today, and moves from the next.
    """
    today = calendars.production_date(now)
    return today + dt.timedelta(days=1) if unit.kind in FIGURE_KINDS_VALUES else today


def open_children(unit: Unit, date: dt.date) -> list[Unit]:
    """Units in use on a date, or coming later, that stand right under this one then or later."""
    tree = UnitTree.on(date)
    later = UnitPlacement.objects.filter(parent=unit, valid_from__gt=date).values_list("unit_id", flat=True)
    ids = {*tree.children(unit.pk), *later}
    return list(Unit.objects.filter(pk__in=ids).filter(Q(closed__isnull=True) | Q(closed__gt=date)))


def _check_place(kind: str, parent: Unit | None, date: dt.date) -> None:
    if parent is None:
        if kind not in TOP_KINDS:
            raise WrongPlace
        return
    in_equipment = kind == parent.kind == UnitKind.EQUIPMENT
    if not in_equipment and _RANK[kind] <= _RANK[parent.kind]:
        raise WrongPlace
    if parent.closed is not None and parent.closed <= date:
        raise ClosedThen
    if parent.opened is not None and parent.opened > date:
        raise ClosedThen


def _check_loop(unit: Unit, parent: Unit, valid_from: dt.date) -> None:
    """Raise Loop if the parent stands under the unit on any date that the new place is valid on."""
    later = UnitPlacement.objects.filter(valid_from__gt=valid_from)
    ends = later.filter(unit=unit).order_by("valid_from").values_list("valid_from", flat=True).first()
    if ends is not None:
        later = later.filter(valid_from__lt=ends)
    for date in [valid_from, *later.order_by().values_list("valid_from", flat=True).distinct()]:
        if parent.pk == unit.pk or unit.pk in UnitTree.on(date).ancestors(parent.pk):
            raise Loop


def _tree_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TREE_LOCK])
