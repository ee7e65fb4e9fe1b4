"""Writing a revision: a draft is copied from the newest approved revision and edited until it is sent to review.

Every edit locks the revision's row first, checks that it is still a draft and that the writer has seen its newest
version, and counts the version up: two people writing at once never lose each other's words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from django.db import transaction
from django.db.models import Max, QuerySet

from amps.audit import record, snapshot
from principles.teams.models import Unit, User
from sops.models import (
    CriticalProcess,
    JobRole,
    ObservationPoint,
    RevisionState,
    Sop,
    SopPoint,
    SopRevision,
    SopStep,
)
from sops.register import PointEditedMeanwhile, point_create, written_here
from sops.register import point_rewrite as register_rewrite

HEADER_FIELDS = tuple(
    f"{name}_{language}"
    for name in ("title", "purpose", "customer", "management", "when", "hazards", "summary")
    for language in ("en", "nb")
)
STEP_FIELDS = (
    *(f"{name}_{language}" for name in ("text", "result", "safety", "change") for language in ("en", "nb")),
    "role_id",
    "minutes",
)
MOST_STEPS = 100
_ASIDE = 1000  # where step numbers wait while they are given anew, so that no two are ever the same


class DraftError(ValueError):
    """A refusal to change a draft; each subclass says why."""


class DraftExists(DraftError):
    """The SOP has a revision that is being written or waits for approval."""


class NotADraft(DraftError):
    """The revision is in review, approved or withdrawn: it can't be changed."""


class EditedMeanwhile(DraftError):
    """Someone else has changed the draft since the writer opened it."""


class PointBoundAlready(DraftError):
    """The point is bound to a step of this revision already."""


class NotWrittenHere(DraftError):
    """The point was there before this draft, or another revision binds it too: it is not written anew here."""


class TooManySteps(DraftError):
    """An SOP has MOST_STEPS steps at most."""


@transaction.atomic
def sop_create(
    *, code: str, process: CriticalProcess, owner: Unit, titles: Mapping[str, str], author: User, now: dt.datetime
) -> SopRevision:
    """A new SOP with its first draft. `titles` has "en" and "nb", one of which may be empty."""
    sop = Sop.objects.create(code=code, process=process, owner=owner)
    record(actor=author, action="sop.created", target=sop, after=snapshot(sop))
    revision = SopRevision.objects.create(
        sop=sop, number=1, title_en=titles["en"], title_nb=titles["nb"], author=author, created_at=now
    )
    revision.editors.add(author)
    record(actor=author, action="sop_revision.drafted", target=revision, after={"number": 1})
    return revision


@transaction.atomic
def draft_start(*, sop: Sop, author: User, now: dt.datetime) -> SopRevision:
    """A draft of the next revision: a copy of the newest approved one. Raises DraftExists."""
    # The SOP's row is the lock: two people starting at once get one draft and one refusal.
    locked = Sop.objects.select_for_update().get(pk=sop.pk)
    if locked.revisions.open().exists():
        raise DraftExists(locked.code)
    based_on = locked.revisions.filter(state=RevisionState.APPROVED).order_by("-number").first()
    last = locked.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = _copy(based_on, sop=locked, number=last + 1, author=author, now=now)
    revision.editors.add(author)
    record(
        actor=author,
        action="sop_revision.drafted",
        target=revision,
        after={"number": revision.number, "based_on": based_on.number if based_on else None},
    )
    return revision


def _copy(based_on: SopRevision | None, *, sop: Sop, number: int, author: User, now: dt.datetime) -> SopRevision:
    revision = SopRevision(sop=sop, number=number, based_on=based_on, author=author, created_at=now)
    if based_on is None:
        revision.save()
        return revision
    for field in HEADER_FIELDS:
        if not field.startswith("summary"):
            setattr(revision, field, getattr(based_on, field))
    revision.save()
    revision.roles.set(based_on.roles.all())
    for step in based_on.steps.prefetch_related("assist", "points"):
        copied = SopStep.objects.create(
            revision=revision,
            previous=step,
            number=step.number,
            **{name: getattr(step, name) for name in STEP_FIELDS if not name.startswith("change")},
        )
        copied.assist.set(step.assist.all())
        SopPoint.objects.bulk_create(
            SopPoint(revision=revision, step=copied, point_id=bound.point_id, code=bound.code, position=bound.position)
            for bound in step.points.all()
        )
    return revision


@contextmanager
def _editing(revision: SopRevision, *, version: int, actor: User) -> Iterator[SopRevision]:
    """The revision's row locked and checked; counted up when the edit is done. Raises NotADraft, EditedMeanwhile."""
    with transaction.atomic():
        locked = SopRevision.objects.select_for_update().get(pk=revision.pk)
        if locked.state != RevisionState.DRAFT:
            raise NotADraft(locked.state)
        if locked.version != version:
            raise EditedMeanwhile
        yield locked
        locked.version += 1
        locked.save(update_fields=["version"])
        locked.editors.add(actor)
        revision.version = locked.version


def draft_edit(
    *, revision: SopRevision, version: int, texts: Mapping[str, str], roles: Iterable[JobRole], actor: User
) -> None:
    """Store header texts (keys of HEADER_FIELDS) and roles. Raises NotADraft, EditedMeanwhile."""
    with _editing(revision, version=version, actor=actor) as locked:
        before = {**snapshot(locked, *HEADER_FIELDS), "roles": _codes(locked.roles.all())}
        for field in HEADER_FIELDS:
            setattr(locked, field, texts[field])
        locked.save(update_fields=HEADER_FIELDS)
        locked.roles.set(roles)
        after = {**snapshot(locked, *HEADER_FIELDS), "roles": _codes(locked.roles.all())}
        record(actor=actor, action="sop_revision.edited", target=locked, before=before, after=after)


def step_save(
    *,
    revision: SopRevision,
    version: int,
    step: SopStep | None,
    values: Mapping[str, Any],
    assist: Sequence[JobRole],
    actor: User,
) -> SopStep:
    """Store one step's values (keys of STEP_FIELDS); without a step, add one at the end.

    Raises NotADraft, EditedMeanwhile, TooManySteps.
    """
    with _editing(revision, version=version, actor=actor) as locked:
        if step is None:
            last = locked.steps.aggregate(last=Max("number"))["last"] or 0
            if last >= MOST_STEPS:
                raise TooManySteps
            saved = SopStep.objects.create(revision=locked, number=last + 1, **values)
            before = None
        else:
            saved = locked.steps.get(pk=step.pk)
            before = {**snapshot(saved, *STEP_FIELDS), "assist": _codes(saved.assist.all())}
            for field in STEP_FIELDS:
                setattr(saved, field, values[field])
            saved.save(update_fields=STEP_FIELDS)
        saved.assist.set(assist)
        after = {**snapshot(saved, *STEP_FIELDS), "assist": _codes(assist)}
        action = "sop_step.added" if before is None else "sop_step.edited"
        record(actor=actor, action=action, target=saved, before=before, after=after)
    return saved


def step_remove(*, revision: SopRevision, version: int, step: SopStep, actor: User) -> None:
    """Take a step, with the points bound to it, out of the draft. Raises NotADraft, EditedMeanwhile."""
    with _editing(revision, version=version, actor=actor) as locked:
        gone = locked.steps.get(pk=step.pk)
        points = list(gone.points.values_list("code", flat=True))
        record(
            actor=actor,
            action="sop_step.removed",
            target=gone,
            before={**snapshot(gone, *STEP_FIELDS), "number": gone.number, "points": points},
        )
        gone.delete()
        _renumber(locked, list(locked.steps.order_by("number")))


def step_move(
    *, revision: SopRevision, version: int, step: SopStep, direction: Literal["up", "down"], actor: User
) -> None:
    """Let a step change places with its neighbour; at the end of the list nothing happens."""
    with _editing(revision, version=version, actor=actor) as locked:
        steps = list(locked.steps.order_by("number"))
        at = steps.index(locked.steps.get(pk=step.pk))
        to = at - 1 if direction == "up" else at + 1
        if not 0 <= to < len(steps):
            return
        steps[at], steps[to] = steps[to], steps[at]
        record(
            actor=actor,
            action="sop_step.moved",
            target=steps[to],
            before={"number": at + 1},
            after={"number": to + 1},
        )
        _renumber(locked, steps)


def _renumber(revision: SopRevision, steps: Sequence[SopStep]) -> None:
    for number, step in enumerate(steps, start=1):
        step.number = _ASIDE + number
    SopStep.objects.bulk_update(steps, ["number"])
    for number, step in enumerate(steps, start=1):
        step.number = number
    SopStep.objects.bulk_update(steps, ["number"])


def point_bind(*, revision: SopRevision, version: int, step: SopStep, point: ObservationPoint, actor: User) -> SopPoint:
    """Watch a point at a step. A point that the SOP has had before gets its old code back.

    Raises NotADraft, EditedMeanwhile, PointBoundAlready.
    """
    with _editing(revision, version=version, actor=actor) as locked:
        if locked.points.filter(point=point).exists():
            raise PointBoundAlready
        return _bind(locked, step.pk, point, actor)


def point_add(
    *, revision: SopRevision, version: int, step: SopStep, values: Mapping[str, Any], actor: User
) -> SopPoint:
    """Write a new point (values of `sops.register.NEW_FIELDS`) and watch it at a step.

    Raises NotADraft, EditedMeanwhile, `sops.register.PointExists`.
    """
    with _editing(revision, version=version, actor=actor) as locked:
        return _bind(locked, step.pk, point_create(values=values, actor=actor), actor)


def point_rewrite(
    *,
    revision: SopRevision,
    version: int,
    bound: SopPoint,
    point_version: int,
    values: Mapping[str, Any],
    actor: User,
) -> SopPoint:
    """Write a point anew that was added in this draft, and that stands in no other revision.

    `point_version` is that of the point as the writer saw it: its limits are changed on a page of its own, too.
    Raises NotADraft, EditedMeanwhile, NotWrittenHere, `sops.register.PointExists`.
    """
    with _editing(revision, version=version, actor=actor) as locked:
        row = locked.points.select_related("point").get(pk=bound.pk)
        if row.point_id not in written_here(locked):
            raise NotWrittenHere(row.code)
        try:
            register_rewrite(point=row.point, version=point_version, values=values, actor=actor)
        except PointEditedMeanwhile as refusal:
            raise EditedMeanwhile from refusal
        return row


def _bind(revision: SopRevision, step_id: int, point: ObservationPoint, actor: User) -> SopPoint:
    bound = SopPoint.objects.create(
        revision=revision,
        step=revision.steps.get(pk=step_id),
        point=point,
        code=_code_for(revision.sop, point),
        position=(revision.points.aggregate(last=Max("position"))["last"] or 0) + 1,
    )
    record(
        actor=actor,
        action="sop_point.bound",
        target=bound,
        after={"code": bound.code, "point": point.code, "step": bound.step.number},
    )
    return bound


def point_unbind(*, revision: SopRevision, version: int, bound: SopPoint, actor: User) -> None:
    """Stop watching a point in this draft. Raises NotADraft, EditedMeanwhile."""
    with _editing(revision, version=version, actor=actor) as locked:
        gone = locked.points.select_related("point", "step").get(pk=bound.pk)
        record(
            actor=actor,
            action="sop_point.unbound",
            target=gone,
            before={"code": gone.code, "point": gone.point.code, "step": gone.step.number},
        )
        gone.delete()


def _code_for(sop: Sop, point: ObservationPoint) -> str:
    """The code that the point has had in this SOP, else the next one that none has had."""
    used: QuerySet[SopPoint] = SopPoint.objects.filter(revision__sop=sop)
    old = used.filter(point=point).order_by("-revision__number").values_list("code", flat=True).first()
    if old is not None:
        return old
    tails = [code.rpartition(".")[2] for code in used.values_list("code", flat=True)]
    return f"{sop.code}.{max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1}"


def _codes(roles: Iterable[JobRole]) -> list[str]:
    return sorted(role.code for role in roles)


__all__ = [
    "HEADER_FIELDS",
    "STEP_FIELDS",
    "DraftError",
    "DraftExists",
    "EditedMeanwhile",
    "NotADraft",
    "NotWrittenHere",
    "PointBoundAlready",
    "TooManySteps",
    "draft_edit",
    "draft_start",
    "point_add",
    "point_bind",
    "point_rewrite",
    "point_unbind",
    "sop_create",
    "step_move",
    "step_remove",
    "step_save",
]
