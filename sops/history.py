"""Where each revision of an SOP stands at an instant: in force, superseded, coming, or on its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sops.models import RevisionState, Sop, SopRevision


class Standing(StrEnum):
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    COMING = "coming"
    DRAFT = "draft"
    REVIEW = "review"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A revision with the time that it was, is or will be in force (`until` None: no end is known)."""

    revision: SopRevision
    standing: Standing
    until: dt.datetime | None = None
    followed_by: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Every revision of an SOP, the newest first."""

    lines: Sequence[HistoryLine]

    def line(self, number: int) -> HistoryLine:
        """The line of a revision. Raises StopIteration for a number that the SOP does not have."""
        return next(line for line in self.lines if line.revision.number == number)

    def _first(self, *standings: Standing) -> HistoryLine | None:
        return next((line for line in self.lines if line.standing in standings), None)

    @property
    def in_force(self) -> HistoryLine | None:
        return self._first(Standing.IN_FORCE)

    @property
    def open(self) -> HistoryLine | None:
        """The one being written or waiting for approval."""
        return self._first(Standing.DRAFT, Standing.REVIEW)

    @property
    def coming(self) -> HistoryLine | None:
        return self._first(Standing.COMING)

    @property
    def ever_approved(self) -> list[HistoryLine]:
        """What is, was or will be in force."""
        shown = (Standing.IN_FORCE, Standing.SUPERSEDED, Standing.COMING)
        return [line for line in self.lines if line.standing in shown]


def history_of(sop: Sop, *, now: dt.datetime) -> History:
    """The SOP's revisions and where they stand at `now` (one query)."""
    revisions = list(sop.revisions.select_related("author", "approved_by").order_by("-number"))
    return History([_line(revision, revisions, now) for revision in revisions])


def _line(revision: SopRevision, revisions: Sequence[SopRevision], now: dt.datetime) -> HistoryLine:
    start = revision.effective_from
    if revision.state != RevisionState.APPROVED or start is None:
        return HistoryLine(revision, Standing(revision.state))
    later = [r for r in revisions if r.effective_from is not None and r.effective_from > start]
    following = min(later, key=lambda r: (r.effective_from, r.number), default=None)
    until = following.effective_from if following is not None else None
    number = following.number if following is not None else None
    if start > now:
        return HistoryLine(revision, Standing.COMING, until, number)
    if until is not None and until <= now:
        return HistoryLine(revision, Standing.SUPERSEDED, until, number)
    return HistoryLine(revision, Standing.IN_FORCE, until, number)
