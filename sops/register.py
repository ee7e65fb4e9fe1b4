"""The register of observation points: new ones, written at a step of a draft; and limits, criticality and sampling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from amps.audit import record, snapshot
from amps.models import AuditEntry
from principles.teams.models import User
from principles.teams.permissions import Access, Capability
from sops.models import ObservationPoint, RevisionState, SopPoint, SopRevision

POINT_FIELDS = ("minimum", "maximum", "decimals", "critical", "active", "sample_size", "sample_per")
TEXT_FIELDS = ("text_en", "text_nb", "how_en", "how_nb")
NEW_FIELDS = (
    *TEXT_FIELDS,
    "kind",
    "unit",
    "decimals",
    "minimum",
    "maximum",
    "critical",
    "sample_size",
    "sample_of",
    "sample_per",
)
ADDED = "point.added"  # on the audit trail; tells points that a plant wrote from those of the shipped standard
_LOCK = 4_002_201
_LONGEST_CODE = 50  # leaves room for a number behind it
# Letters of the plant's language that do not come apart into a plain one and a sign above it.
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})


class PointEditedMeanwhile(ValueError):
    """Someone else has changed the point since the form was opened."""


class PointExists(ValueError):
    """The register has a point with this text already: `point`."""

    def __init__(self, point: ObservationPoint) -> None:
        super().__init__(point.code)
        self.point = point


@transaction.atomic
def point_create(*, values: Mapping[str, Any], actor: User) -> ObservationPoint:
    """A new row of the register, of NEW_FIELDS; one language of the text may be empty. Raises PointExists.

    Its code is made of its text and never changes.
    """
    _refuse_same(values)
    code = _free_code(code_of(values["text_en"] or values["text_nb"]))
    point = ObservationPoint(code=code, **{name: values[name] for name in NEW_FIELDS})
    point.full_clean(exclude=TEXT_FIELDS)
    point.save()
    record(actor=actor, action=ADDED, target=point, after=snapshot(point, "code", *NEW_FIELDS))
    return point


@transaction.atomic
def point_rewrite(*, point: ObservationPoint, version: int, values: Mapping[str, Any], actor: User) -> ObservationPoint:
    """Write a row anew, of NEW_FIELDS; of one that anything counts on already, the texts alone.

    Only for points that stand in no standard yet: see `sops.drafting.point_rewrite`. Raises PointExists,
    PointEditedMeanwhile.
    """
    _refuse_same(values, besides=point)
    locked = ObservationPoint.objects.select_for_update().get(pk=point.pk)
    if locked.version != version:
        raise PointEditedMeanwhile
    fields = TEXT_FIELDS if is_counted_on(locked) else NEW_FIELDS
    before = snapshot(locked, *fields)
    for field in fields:
        setattr(locked, field, values[field])
    locked.version += 1
    locked.full_clean(exclude=TEXT_FIELDS)
    locked.save(update_fields=[*fields, "version"])
    record(actor=actor, action="point.rewritten", target=locked, before=before, after=snapshot(locked, *fields))
    return locked


def is_counted_on(point: ObservationPoint) -> bool:
    """Whether anything but SOPs names the point: a fact, a round, an indicator, whatever app it is of."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: point}).exists()
        for relation in point._meta.related_objects
        if relation.related_model is not SopPoint and not relation.many_to_many
    )


def written_here(revision: SopRevision) -> set[int]:
    """Points that were written for a revision: added at a step, and bound in no other one (two queries)."""
    bound = set(revision.points.values_list("point_id", flat=True))
    added = AuditEntry.objects.filter(
        action=ADDED, target_type=ObservationPoint._meta.label_lower, target_id__in=[str(point) for point in bound]
    )
    elsewhere = SopPoint.objects.filter(point__in=bound).exclude(revision=revision)
    elsewhere = elsewhere.exclude(revision__state=RevisionState.WITHDRAWN)
    return {int(pk) for pk in added.values_list("target_id", flat=True)} - set(
        elsewhere.values_list("point_id", flat=True)
    )


def _refuse_same(values: Mapping[str, Any], besides: ObservationPoint | None = None) -> None:
    with connection.cursor() as cursor:  # one at a time, so that two people cannot both write the same point
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    same = point_like(values["text_en"], values["text_nb"], besides=besides)
    if same is not None:
        raise PointExists(same)


def point_like(*texts: str, besides: ObservationPoint | None = None) -> ObservationPoint | None:
    """The first other point with one of these texts, in either language; case and spaces do not count."""
    wanted = {_plain(text) for text in texts} - {""}
    for point in ObservationPoint.objects.order_by("code"):
        if besides is not None and point.pk == besides.pk:
            continue
        if wanted & {_plain(point.text_en), _plain(point.text_nb)}:
            return point
    return None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def code_of(text: str) -> str:
    """A text as a code: small ASCII letters, digits and underscores, never empty.

    >>> code_of("Måling på søyle nr. 4")
    'maling_pa_soyle_nr_4'
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    code = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if len(code) > _LONGEST_CODE:
        code = code[: _LONGEST_CODE + 1].rpartition("_")[0] or code[:_LONGEST_CODE]
    return code or "point"


def _free_code(code: str) -> str:
    """The code, else the first with a number behind it that no point has."""
    taken = set(ObservationPoint.objects.filter(code__startswith=code).values_list("code", flat=True))
    found, number = code, 1
    while found in taken:
        number += 1
        found = f"{code}_{number}"
    return found


@transaction.atomic
def point_edit(*, point: ObservationPoint, version: int, values: Mapping[str, Any], actor: User) -> ObservationPoint:
    """Store POINT_FIELDS; facts stored before keep how they were judged. Raises PointEditedMeanwhile."""
    locked = ObservationPoint.objects.select_for_update().get(pk=point.pk)
    if locked.version != version:
        raise PointEditedMeanwhile
    before = snapshot(locked, *POINT_FIELDS)
    for field in POINT_FIELDS:
        setattr(locked, field, values[field])
    locked.version += 1
    locked.full_clean(exclude=TEXT_FIELDS)  # which may be there in one language only
    locked.save(update_fields=[*POINT_FIELDS, "version"])
    record(actor=actor, action="point.edited", target=locked, before=before, after=snapshot(locked, *POINT_FIELDS))
    return locked


def may_edit_point(access: Access, point: ObservationPoint) -> bool:
    """Whether the person sets targets in every area whose SOP in force uses the point; a series: in any area."""
    in_force = SopRevision.objects.in_force(timezone.now())
    owners = set(
        SopPoint.objects.filter(point=point, revision__in=in_force).values_list("revision__sop__owner", flat=True)
    )
    if not owners:
        return access.can_somewhere(Capability.EDIT_TARGETS)
    return all(access.can(Capability.EDIT_TARGETS, owner) for owner in owners)
