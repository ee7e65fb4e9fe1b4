"""Write the audit trail, in the transaction of the change itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from amps.models import AuditEntry
from amps.request_id import current_request_id

Snapshot = Mapping[str, Any]


def snapshot(instance: models.Model, *fields: str) -> dict[str, Any]:
    """The named concrete fields of a row (all of them when none is named) as JSON values."""
    names = fields or tuple(f.attname for f in instance._meta.concrete_fields)
    return {name: _plain(getattr(instance, name)) for name in names if name != "password"}


def record(
    *,
    actor: models.Model | None,
    action: str,
    target: models.Model,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
) -> AuditEntry:
    """Append one entry. `action` is namespaced, such as "unit.moved"; `actor` is None for the system itself.

    Where both sides are given, only the values that differ are kept.
    """
    before = {k: _plain(v) for k, v in before.items()} if before is not None else None
    after = {k: _plain(v) for k, v in after.items()} if after is not None else None
    if before is not None and after is not None:
        changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        before = {k: v for k, v in before.items() if k in changed}
        after = {k: v for k, v in after.items() if k in changed}
    return AuditEntry.objects.create(
        actor_id=actor.pk if actor is not None else None,
        actor_name=str(actor)[:150] if actor is not None else "",
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:200],
        before=before,
        after=after,
        request_id=current_request_id(),
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    return str(value)
