"""The shipped roadmap, version 1.0, and how a version is stored.

It needs no plant, so it is there in every database as soon as the tables are; a plant that has a version keeps it, and
takes a newer one into use itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from amps.audit import record
from principles.teams.models import User
from roadmap.models import Evidence, FocusItem, Metric, Principle, Rule, StandardVersion
from roadmap.standard_data import PrincipleData, RuleData, StandardData
from roadmap.standard_file import standard_read

STANDARD = Path(__file__).parent / "standard" / "roadmap.yaml"
# One number for everybody who adds a version: migrations of two processes, and imports, take turns.
_LOCK = 4_002_101


def digest_of(text: str) -> str:
    """What tells two files apart: SHA-256 of the text, whatever its line ends."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "surrogatepass")).hexdigest()


@cache
def shipped() -> tuple[StandardData, str]:
    """The shipped file as plain values, and its digest."""
    text = STANDARD.read_text(encoding="utf-8")
    return standard_read(text), digest_of(text)


@transaction.atomic
def standard_load(*, now: dt.datetime, actor: User | None = None) -> StandardVersion:
    """Store the shipped version where there is none yet; give the version in use. Safe to run again."""
    versions_lock()
    present = StandardVersion.objects.first()
    if present is not None:
        return present
    data, digest = shipped()
    made = version_store(data=data, digest=digest, actor=actor, now=now)
    if actor is not None:
        record(actor=actor, action="roadmap.imported", target=made, after={"version": made.version})
    return made


def versions_lock() -> None:
    """Wait for everybody else who adds a version; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def version_store(*, data: StandardData, digest: str, actor: User | None, now: dt.datetime) -> StandardVersion:
    """The rows of a version (six statements, whatever its size). Call it in a transaction."""
    version = StandardVersion.objects.create(version=data.version, digest=digest, imported_at=now, imported_by=actor)
    metrics = _metrics(version, data)
    principles = Principle.objects.bulk_create([_principle(version, found) for found in data.principles])
    rules = Rule.objects.bulk_create(
        [
            _rule(principle, found, position)
            for principle, part in zip(principles, data.principles, strict=True)
            for position, found in enumerate(part.rules, start=1)
        ]
    )
    items = FocusItem.objects.bulk_create(
        [
            FocusItem(rule=rule, code=item.code, position=position, fingerprint=item.fingerprint, **item.texts)
            for rule, part in zip(rules, data.rules(), strict=True)
            for position, item in enumerate(part.items, start=1)
        ]
    )
    Evidence.objects.bulk_create(
        [
            Evidence(
                item=item,
                metric=metrics[found.metric],
                position=position,
                yellow_at=found.yellow_at,
                green_at=found.green_at,
                cadence=found.cadence,
                length=found.length,
                scope=found.scope,
                binding=found.binding,
            )
            for item, part in zip(items, data.items(), strict=True)
            for position, found in enumerate(part.evidence, start=1)
        ]
    )
    return version


def _metrics(version: StandardVersion, data: StandardData) -> dict[str, Metric]:
    made = Metric.objects.bulk_create(
        [
            Metric(
                version=version,
                name=found.name,
                label_en=found.label["en"],
                label_nb=found.label["nb"],
                definition_en=found.definition["en"],
                definition_nb=found.definition["nb"],
                unit=found.unit,
                direction=found.direction,
                needs=list(found.needs),
                indicator=found.indicator,
            )
            for found in data.metrics
        ]
    )
    return {metric.name: metric for metric in made}


def _principle(version: StandardVersion, found: PrincipleData) -> Principle:
    return Principle(
        version=version,
        number=found.number,
        slug=found.slug,
        name_en=found.name["en"],
        name_nb=found.name["nb"],
        description_en=found.description["en"],
        description_nb=found.description["nb"],
    )


def _rule(principle: Principle, found: RuleData, position: int) -> Rule:
    return Rule(
        principle=principle,
        code=found.code,
        position=position,
        name_en=found.name["en"],
        name_nb=found.name["nb"],
        text_en=found.text["en"],
        text_nb=found.text["nb"],
    )


def load_after_migrate(**kwargs: Any) -> None:
    """Django's `post_migrate`: the shipped version is there as soon as its tables are."""
    if kwargs.get("using", "default") != "default":
        return
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    if {Evidence._meta.db_table, StandardVersion._meta.db_table} <= tables:
        standard_load(now=timezone.now())
