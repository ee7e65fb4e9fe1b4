"""The standard that a deviation broke, and the draft that a wrong standard leads to."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from amps.audit import record, snapshot
from amps.bilingual import active_language
from principles.improvement.models import Deviation
from principles.teams.models import User
from sops.drafting import HEADER_FIELDS, draft_edit, draft_start
from sops.models import BrokenStandard, ObservationPoint, Sop, SopRevision, SopStep

_KEPT = ("sop_id", "revision_id", "step_id", "point_id")


@transaction.atomic
def broken_standard_set(
    *,
    deviation: Deviation,
    sop: Sop,
    actor: User | None,
    revision: SopRevision | None = None,
    step: SopStep | None = None,
    point: ObservationPoint | None = None,
) -> BrokenStandard:
    """Say which SOP, and where known which revision, step and point, a deviation is a deviation from."""
    # The deviation's row is the lock: two people choosing at once leave one choice, the last.
    Deviation.objects.select_for_update().get(pk=deviation.pk)
    found = BrokenStandard.objects.filter(deviation=deviation).first()
    before = snapshot(found, *_KEPT) if found is not None else None
    row = found or BrokenStandard(deviation=deviation)
    row.sop, row.revision, row.step, row.point = sop, revision, step, point
    row.save()
    after = snapshot(row, *_KEPT)
    if after != before:
        record(actor=actor, action="deviation.standard", target=deviation, before=before, after=after)
    return row


@transaction.atomic
def draft_for_deviation(*, deviation: Deviation, sop: Sop, author: User, now: dt.datetime) -> SopRevision:
    """A draft of the SOP's next revision whose summary says from which deviation it comes. Raises DraftExists."""
    revision = draft_start(sop=sop, author=author, now=now)
    texts = {field: getattr(revision, field) for field in HEADER_FIELDS}
    cause = f": {deviation.root_cause}" if deviation.root_cause else ""
    texts[f"summary_{active_language()}"] = f"{deviation.number} {deviation.title}{cause}"
    draft_edit(revision=revision, version=revision.version, texts=texts, roles=list(revision.roles.all()), actor=author)
    return revision
