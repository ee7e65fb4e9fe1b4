"""Rows of the permission table: documents."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from amps.models import Document, DocumentState
from tests.permission_rows import Kwargs, Row, World, everybody, only


def objects(world: World) -> dict[str, Any]:
    """What the addresses point at, made in the small plant; found again as `world.more[...]`."""
    now = timezone.now()
    name = default_storage.save("documents/permissions.pdf", ContentFile(b"%PDF-1.7"))
    document = Document.objects.create(
        kind="plan",
        title="Plan",
        params={"unit": "EL1", "year": now.year},
        language="nb",
        requested_by=world.people["area_leader"],
        requested_at=now,
        state=DocumentState.DONE,
        made_at=now,
        file=name,
        size=8,
        pages=1,
    )
    return {"document": document}


def _document(world: World) -> Kwargs:
    """The document; deleting it is taken back in the database, its file has to be written again."""
    name = world.more["document"].file.name
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(b"%PDF-1.7"))
    return {"pk": world.more["document"].pk}


def _plan(world: World) -> Kwargs:
    return {"params": json.dumps({"unit": "EL1", "year": 2026}), "language": "nb"}


# A document is known to whoever asked for it, and to nobody else.
OWN = only("area_leader", others=404)
OWN_CHANGE = only("area_leader", status=302, others=404)

TABLE: dict[str, Row] = {
    "documents:list": Row(get=everybody()),
    # Plans and self-evaluations are read by everybody who holds a role; each kind says so itself.
    "documents:ask": Row(post=everybody(302), args=lambda world: {"kind": "plan"}, data=_plan),
    "documents:document": Row(get=OWN, args=_document),
    "documents:progress": Row(get=OWN, args=_document),
    "documents:file": Row(get=OWN, args=_document),
    "documents:again": Row(post=OWN_CHANGE, args=_document),
    "documents:delete": Row(get=OWN, post=OWN_CHANGE, args=_document),
}
