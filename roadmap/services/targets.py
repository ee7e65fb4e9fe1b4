"""Where a unit wants its practice rules to stand by the end of a year."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from amps import audit
from principles.teams.models import Unit, User
from roadmap.models import ItemStatus, RoadmapTarget


class TargetsChanged(Exception):
    """Somebody else has changed the targets since they were read."""


class UnknownTarget(ValueError):
    """A target that is neither yellow nor green."""


TARGETS = (ItemStatus.YELLOW, ItemStatus.GREEN)


@transaction.atomic
def targets_set(
    *, unit: Unit, year: int, targets: Mapping[str, str], seen: Mapping[str, str] | None, actor: User
) -> int:
    """Keep the targets by the rule's code ("" takes one away); how many rules that changed.

    `seen` is what the person read; raises TargetsChanged where it is no longer so. Raises UnknownTarget.
    """
    if any(status and status not in TARGETS for status in targets.values()):
        raise UnknownTarget
    # One writer at a time; a unit without targets has no row to lock yet.
    Unit.objects.select_for_update().get(pk=unit.pk)
    rows = {row.rule_code: row for row in RoadmapTarget.objects.filter(unit=unit, year=year)}
    before = {code: row.status for code, row in rows.items()}
    if seen is not None and dict(seen) != before:
        raise TargetsChanged
    after = {**before, **targets}
    for code, status in targets.items():
        row = rows.get(code)
        if not status and row is not None:
            row.delete()
        elif status and row is None:
            RoadmapTarget.objects.create(unit=unit, year=year, rule_code=code, status=status)
        elif row is not None and row.status != status:
            row.status = status
            row.save(update_fields=["status"])
    changed = {code for code in after if (after[code] or "") != before.get(code, "")}
    if changed:
        audit.record(
            actor=actor,
            action="roadmap.targets_set",
            target=unit,
            before={f"{year} {code}": before.get(code, "") for code in sorted(changed)},
            after={f"{year} {code}": after[code] for code in sorted(changed)},
        )
    return len(changed)
