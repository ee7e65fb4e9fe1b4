"""Rows of the permission table: the five principles."""

from __future__ import annotations

from typing import Any

from tests.permission_rows import Row, World, everybody


def objects(world: World) -> dict[str, Any]:
    """The roadmap's version 1.0, which the pages tell of."""
    from django.utils import timezone

    from roadmap.loading import standard_load

    standard_load(now=timezone.now())
    return {}


TABLE: dict[str, Row] = {
    "roadmap:principles": Row(get=everybody(), query="?unit=EL1"),
    "roadmap:principle": Row(
        get=everybody(), args=lambda world: [{"number": number} for number in (1, 2, 3, 4, 5)], query="?unit=EL1"
    ),
}
