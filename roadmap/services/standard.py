"""Take a newer version of the standard into use, and keep a plant's own items beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max

from amps.audit import record, snapshot
from principles.teams.models import FIGURE_KINDS_VALUES, Unit, User
from roadmap.fingerprints import COLUMNS, fingerprint
from roadmap.loading import digest_of, version_store, versions_lock
from roadmap.models import FocusItem, Rule, StandardVersion
from roadmap.preview import local_in_use
from roadmap.reading import version_in_use
from roadmap.standard_file import standard_read

# Local items stand behind those of the standard.
_AFTER_THE_STANDARD = 900
_LOCAL = re.compile(r"\.L(\d+)\Z")


class StandardError(ValueError):
    """The standard can't be changed like that."""


class VersionExists(StandardError):
    """A version of this number is here already; `is_same` says whether it is this very file."""

    def __init__(self, version: StandardVersion, *, is_same: bool) -> None:
        super().__init__(version.version)
        self.version, self.is_same = version, is_same


class BaseChanged(StandardError):
    """Another version was taken into use since the preview."""


class NotInUse(StandardError):
    """Items are added to and changed in the version in use only."""


class EditedMeanwhile(StandardError):
    """Somebody else has changed the item: `current` is what it says now."""

    def __init__(self, current: FocusItem) -> None:
        super().__init__(current.code)
        self.current = current


class InUseAlready(StandardError):
    """A newer wording of the same item is in use."""


def version_check(text: str, number: str) -> None:
    """Raise VersionExists where the number is taken."""
    found = StandardVersion.objects.filter(version=number).first()
    if found is not None:
        raise VersionExists(found, is_same=found.digest == digest_of(text))


@transaction.atomic
def standard_import(*, text: str, base: str, actor: User | None, now: dt.datetime) -> StandardVersion:
    """Adopt a newer version from its YAML text; `base` is the version it was compared with, "" for none.

    Evaluations keep their version; the plant's own items are copied where their rule is still there. Raises
    BadStandard, VersionExists, BaseChanged.
    """
    data = standard_read(text)
    versions_lock()
    version_check(text, data.version)
    current = version_in_use()
    if (current.version if current is not None else "") != base:
        raise BaseChanged(base)
    made = version_store(data=data, digest=digest_of(text), actor=actor, now=now)
    copied = _local_copy(current, made) if current is not None else []
    after = {"version": made.version, "items": sum(1 for _ in data.items()), "local_items": copied}
    before = {"version": current.version} if current is not None else None
    record(actor=actor, action="roadmap.imported", target=made, before=before, after=after)
    return made


def _local_copy(old: StandardVersion, new: StandardVersion) -> list[str]:
    """Copy the plant's own items to rules of the same code. Returns their codes."""
    rules = {rule.code: rule for rule in Rule.objects.filter(principle__version=new)}
    kept = [item for item in local_in_use(old) if item.rule.code in rules]
    FocusItem.objects.bulk_create(
        [
            FocusItem(
                rule=rules[item.rule.code],
                code=item.code,
                position=item.position,
                local_to=item.local_to,
                fingerprint=item.fingerprint,
                **{column: getattr(item, column) for column in COLUMNS},
            )
            for item in kept
        ]
    )
    return [item.code for item in kept]


@transaction.atomic
def local_item_add(*, unit: Unit, rule: Rule, texts: Mapping[str, str], actor: User) -> FocusItem:
    """Add an item of a unit's own to a rule; it holds for the unit and everything below. Raises NotInUse."""
    if unit.kind not in FIGURE_KINDS_VALUES:
        raise StandardError(unit.kind)
    versions_lock()  # codes are given one after the other
    _in_use(rule)
    code, position = _next_code(rule)
    item = FocusItem(rule=rule, code=code, position=position, local_to=unit)
    _write(item, texts)
    record(actor=actor, action="local_item.added", target=item, after=_texts(item))
    return item


@transaction.atomic
def local_item_edit(*, item: FocusItem, texts: Mapping[str, str], seen: str, actor: User) -> FocusItem:
    """Change a local item; `seen` is the fingerprint that the writer read. Gives the row that holds the new text.

    Where a group has answered the item, the old wording stays for it and a new row takes its place. Raises NotInUse,
    EditedMeanwhile.
    """
    found = FocusItem.objects.select_for_update(of=("self",)).select_related("rule__principle").get(pk=item.pk)
    _in_use(found.rule)
    if found.fingerprint != seen or not found.active:
        raise EditedMeanwhile(found)
    before = _texts(found)
    if {column: texts.get(column, "") for column in COLUMNS} == {c: getattr(found, c) for c in COLUMNS}:
        return found
    if found.answers.exists():
        found.active = False
        found.save(update_fields=["active"])
        found = FocusItem(rule=found.rule, code=found.code, position=found.position, local_to=found.local_to)
    _write(found, texts)
    record(actor=actor, action="local_item.edited", target=found, before=before, after=_texts(found))
    return found


@transaction.atomic
def local_item_use(*, item: FocusItem, active: bool, actor: User) -> None:
    """Put a local item out of use, or back into it. Raises NotInUse, InUseAlready."""
    found = FocusItem.objects.select_for_update(of=("self",)).select_related("rule__principle").get(pk=item.pk)
    _in_use(found.rule)
    if found.active == active:
        return
    same = FocusItem.objects.filter(rule=found.rule, code=found.code, active=True).exclude(pk=found.pk)
    if active and same.exists():
        raise InUseAlready(found.code)
    before = snapshot(found, "active")
    found.active = active
    found.save(update_fields=["active"])
    record(actor=actor, action="local_item.used", target=found, before=before, after=snapshot(found, "active"))


def _in_use(rule: Rule) -> None:
    current = version_in_use()
    if current is None or rule.principle.version_id != current.pk:
        raise NotInUse(rule.code)


def _next_code(rule: Rule) -> tuple[str, int]:
    """A code that no local item of this rule has had, in any version, and its order."""
    known = FocusItem.objects.filter(rule__code=rule.code, local_to__isnull=False)
    numbers = [int(found[1]) for code in known.values_list("code", flat=True) if (found := _LOCAL.search(code))]
    last = rule.items.aggregate(last=Max("position"))["last"] or 0
    return f"{rule.code}.L{max(numbers, default=0) + 1}", max(last, _AFTER_THE_STANDARD) + 1


def _write(item: FocusItem, texts: Mapping[str, str]) -> None:
    for column in COLUMNS:
        setattr(item, column, texts.get(column, "").strip())
    item.fingerprint = fingerprint(item.code, {column: getattr(item, column) for column in COLUMNS})
    item.save()


def _texts(item: FocusItem) -> dict[str, object]:
    return snapshot(item, "code", "local_to_id", *COLUMNS)
