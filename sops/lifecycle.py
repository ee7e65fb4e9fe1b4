"""From draft to standard: sent to review, sent back or approved with a date, withdrawn.

At any instant one revision of an SOP is in force at most: the approved one that became effective last. Numbers and
effective dates rise together, so an approved revision is never overtaken by an older one.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from amps import periods
from amps.audit import record
from principles.teams import calendars
from principles.teams.models import User
from sops.comparison import compare, content_of
from sops.models import RevisionState, Sop, SopRevision


class LifecycleError(ValueError):
    """A refusal of a step in a revision's life; each subclass says why."""


class WrongState(LifecycleError):
    """The revision is not in the state that this step starts from; somebody may have been quicker."""


class NoSteps(LifecycleError):
    """A revision without steps is no standard."""


class NothingChanged(LifecycleError):
    """The revision says the same as the one it was copied from."""


class SummaryMissing(LifecycleError):
    """It is not said in words what is changed: `steps` are the numbers of steps without, 0 stands for the whole."""

    def __init__(self, steps: list[int]) -> None:
        super().__init__(steps)
        self.steps = steps


class OwnWork(LifecycleError):
    """Nobody approves what they have written or changed themselves."""


class NotTheAuthor(LifecycleError):
    """Only the author withdraws a revision."""


class EffectiveInPast(LifecycleError):
    """A standard never comes into force before its approval."""


class EffectiveTooEarly(LifecycleError):
    """An approved revision comes into force later than that: `other` is the one in the way."""

    def __init__(self, other: SopRevision) -> None:
        super().__init__(other.number)
        self.other = other


class NoteMissing(LifecycleError):
    """What is sent back is sent back with a reason."""


def first_shift(date: dt.date) -> dt.datetime:
    """When the first shift of a production date starts (aware, UTC). Raises periods.PeriodError."""
    return periods.day_start(calendars.calendars(), date)


def _locked(revision: SopRevision) -> SopRevision:
    # The SOP first, then the revision: approving two revisions of one SOP at once takes turns.
    Sop.objects.select_for_update().get(pk=revision.sop_id)
    return SopRevision.objects.select_for_update().get(pk=revision.pk)


@transaction.atomic
def revision_send(*, revision: SopRevision, actor: User, now: dt.datetime) -> SopRevision:
    """Send a draft to review. Raises WrongState, NoSteps, NothingChanged, SummaryMissing."""
    locked = _locked(revision)
    if locked.state != RevisionState.DRAFT:
        raise WrongState(locked.state)
    _check_complete(locked)
    locked.state, locked.sent_at, locked.review_note = RevisionState.REVIEW, now, ""
    locked.save(update_fields=["state", "sent_at", "review_note"])
    _record(locked, "sent", actor, before=RevisionState.DRAFT)
    return locked


def _check_complete(revision: SopRevision) -> None:
    content = content_of(revision)
    if not content.steps.all():
        raise NoSteps
    missing = [] if content.summary_en or content.summary_nb else [0]
    if revision.based_on is not None:
        comparison = compare(content_of(revision.based_on), content)
        if comparison.is_empty:
            raise NothingChanged
        missing += [change.step.number for change in comparison.without_summary if change.step is not None]
    if missing:
        raise SummaryMissing(missing)


@transaction.atomic
def revision_send_back(*, revision: SopRevision, actor: User, note: str, now: dt.datetime) -> SopRevision:
    """Give a revision in review back to its writers, with a reason. Raises WrongState, NoteMissing."""
    locked = _locked(revision)
    if locked.state != RevisionState.REVIEW:
        raise WrongState(locked.state)
    if not note.strip():
        raise NoteMissing
    locked.state, locked.review_note, locked.sent_at = RevisionState.DRAFT, note.strip(), None
    locked.version += 1
    locked.save(update_fields=["state", "review_note", "sent_at", "version"])
    _record(locked, "sent_back", actor, before=RevisionState.REVIEW, note=locked.review_note, at=now)
    return locked


@transaction.atomic
def revision_withdraw(*, revision: SopRevision, actor: User, now: dt.datetime) -> SopRevision:
    """Give up a draft, or one in review; its number is not used again. Raises WrongState, NotTheAuthor."""
    locked = _locked(revision)
    if locked.state not in (RevisionState.DRAFT, RevisionState.REVIEW):
        raise WrongState(locked.state)
    if locked.author_id != actor.pk:
        raise NotTheAuthor
    before = RevisionState(locked.state)
    locked.state = RevisionState.WITHDRAWN
    locked.save(update_fields=["state"])
    _record(locked, "withdrawn", actor, before=before, at=now)
    return locked


@transaction.atomic
def revision_approve(
    *, revision: SopRevision, approver: User, effective_from: dt.datetime, now: dt.datetime
) -> SopRevision:
    """Approve a revision in review; it comes into force at `effective_from`, until then the old one stays.

    Raises WrongState, OwnWork, EffectiveInPast, EffectiveTooEarly.
    """
    locked = _locked(revision)
    if locked.state != RevisionState.REVIEW:
        raise WrongState(locked.state)
    if locked.author_id == approver.pk or locked.editors.filter(pk=approver.pk).exists():
        raise OwnWork
    if effective_from < now:
        raise EffectiveInPast
    approved = SopRevision.objects.filter(sop=locked.sop_id, state=RevisionState.APPROVED)
    later = approved.filter(effective_from__gte=effective_from).order_by("-effective_from").first()
    if later is not None:
        raise EffectiveTooEarly(later)
    locked.state = RevisionState.APPROVED
    locked.approved_by, locked.approved_at, locked.effective_from = approver, now, effective_from
    locked.save(update_fields=["state", "approved_by", "approved_at", "effective_from"])
    _record(locked, "approved", approver, before=RevisionState.REVIEW, effective_from=effective_from)
    return locked


def may_approve(revision: SopRevision, person: User) -> bool:
    """Whether the revision is somebody else's work through and through (the capability is asked elsewhere)."""
    return revision.author_id != person.pk and person.pk not in {editor.pk for editor in revision.editors.all()}


def _record(revision: SopRevision, step: str, actor: User, *, before: RevisionState, **more: object) -> None:
    record(
        actor=actor,
        action=f"sop_revision.{step}",
        target=revision,
        before={"state": before.value},
        after={"state": str(revision.state), **more},
    )


def earliest_date(now: dt.datetime) -> dt.date:
    """The first production date whose first shift has not begun yet."""
    today = timezone.localdate(now)
    # A plant whose production day begins the evening before may need the day after tomorrow.
    return next(date for date in (today + dt.timedelta(days=n) for n in range(4)) if first_shift(date) >= now)
