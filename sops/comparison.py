"""What one revision changes against another: header texts, steps (new, removed, changed, moved) and their points.

Works on loaded rows (`content_of`), asks the database nothing itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amps.bilingual import active_language
from sops.models import SopPoint, SopRevision, SopStep

HEADER = ("title", "purpose", "customer", "management", "when", "hazards")
STEP = ("text", "result", "safety")
LABELS: dict[str, str | Promise] = {
    "title": _("Title"),
    "purpose": _("Purpose"),
    "customer": _("What the customer expects"),
    "management": _("What management expects"),
    "when": _("When"),
    "hazards": _("Hazards"),
    "roles": _("Roles"),
    "text": _("What to do"),
    "result": _("Expected result"),
    "safety": _("Safety"),
    "role": _("Role"),
    "assist": _("Assisted by"),
    "minutes": _("Standard time"),
    "points": _("Observation points"),
}
_WORDS = re.compile(r"\S+\s*|\s+")
# Texts that have less than this in common read better as the whole old one and the whole new one.
_ALIKE = 0.4


class Piece(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words of a text that is the same, added or removed."""

    kind: Piece
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed text; `language` is set where only the other language's text differs."""

    field: str
    segments: Sequence[Segment]
    language: str = ""

    @property
    def label(self) -> str | Promise:
        return LABELS[self.field]


class StepKind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"
    NEW = "new"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class StepChange:
    """What happened to one step. `step` is None for a removed one, `before` for a new one."""

    kind: StepKind
    step: SopStep | None
    before: SopStep | None
    fields: Sequence[FieldChange] = ()

    @property
    def needs_summary(self) -> bool:
        """Whether the writer has to say in words what is changed in the step."""
        return self.kind in (StepKind.CHANGED, StepKind.NEW)

    @property
    def has_summary(self) -> bool:
        return self.step is not None and bool(self.step.change_en or self.step.change_nb)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a revision changes; empty `header` and only SAME steps where it changes nothing."""

    header: Sequence[FieldChange] = ()
    steps: Sequence[StepChange] = field(default_factory=tuple)

    @property
    def changed_steps(self) -> list[StepChange]:
        return [change for change in self.steps if change.kind != StepKind.SAME]

    @property
    def is_empty(self) -> bool:
        return not self.header and not self.changed_steps

    @property
    def without_summary(self) -> list[StepChange]:
        """Changed and new steps that still lack their words."""
        return [change for change in self.steps if change.needs_summary and not change.has_summary]


def content_of(revision: SopRevision) -> SopRevision:
    """The revision with steps, roles and points loaded (six queries), ready to be shown or compared."""
    points = SopPoint.objects.select_related("point").order_by("position", "code")
    steps = SopStep.objects.select_related("role").prefetch_related(Prefetch("points", points), "assist")
    return (
        SopRevision.objects.select_related("sop__process", "sop__owner", "author", "approved_by")
        .prefetch_related("roles", Prefetch("steps", steps.order_by("number")))
        .get(pk=revision.pk)
    )


def compare(before: SopRevision | None, after: SopRevision) -> Comparison:
    """What `after` changes against `before`; both from `content_of`. Against None nothing is a change."""
    if before is None:
        return Comparison(steps=[StepChange(StepKind.SAME, step, None) for step in after.steps.all()])
    header = [*_text_changes(before, after, HEADER), *_list_change("roles", _names(before), _names(after))]
    return Comparison(header=header, steps=_step_changes(list(before.steps.all()), list(after.steps.all())))


def _step_changes(before: list[SopStep], after: list[SopStep]) -> list[StepChange]:
    old = {step.pk: step for step in before}
    kept = [step.previous_id for step in after if step.previous_id is not None and step.previous_id in old]
    moved = _moved([step.pk for step in before if step.pk in kept], kept)
    changes = [_step_change(step, old.get(step.previous_id or 0), moved) for step in after]
    gone = [step for step in before if step.pk not in kept]
    for step in gone:
        # Shown where it stood: before the first step that came after it.
        follows = {later.pk for later in before if later.number > step.number}
        at = next((i for i, c in enumerate(changes) if c.before is not None and c.before.pk in follows), len(changes))
        changes.insert(at, StepChange(StepKind.REMOVED, None, step))
    return changes


def _moved(before: list[int], after: list[int]) -> set[int]:
    """Ids that stand out of order: those outside the longest runs that both have in common."""
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    steady = {before[block.a + i] for block in matcher.get_matching_blocks() for i in range(block.size)}
    return set(after) - steady


def _step_change(step: SopStep, before: SopStep | None, moved: set[int]) -> StepChange:
    if before is None:
        return StepChange(StepKind.NEW, step, None)
    fields = [
        *_text_changes(before, step, STEP),
        *_list_change("role", [before.role.name], [step.role.name]),
        *_list_change("assist", [r.name for r in before.assist.all()], [r.name for r in step.assist.all()]),
        *_list_change("minutes", _minutes(before), _minutes(step)),
        *_list_change("points", _points(before), _points(step)),
    ]
    if fields:
        return StepChange(StepKind.CHANGED, step, before, fields)
    return StepChange(StepKind.MOVED if before.pk in moved else StepKind.SAME, step, before)


def _text_changes(before: object, after: object, names: Sequence[str]) -> Iterator[FieldChange]:
    """Changed texts in the reader's language; where only the other language differs, that one, marked."""
    first = active_language()
    other = "nb" if first == "en" else "en"
    for name in names:
        for language in (first, other):
            old, new = getattr(before, f"{name}_{language}"), getattr(after, f"{name}_{language}")
            if old != new:
                yield FieldChange(name, segments(old, new), "" if language == first else language)
                break


def _list_change(name: str, before: list[str], after: list[str]) -> Iterator[FieldChange]:
    if sorted(before) == sorted(after):
        return
    removed = [Segment(Piece.REMOVED, text) for text in before if text not in after]
    yield FieldChange(name, [*removed, *(Segment(Piece.ADDED, text) for text in after if text not in before)])


def _names(revision: SopRevision) -> list[str]:
    return [role.name for role in revision.roles.all()]


def _minutes(step: SopStep) -> list[str]:
    return [] if step.minutes is None else [f"{step.minutes.normalize():f} min"]


def _points(step: SopStep) -> list[str]:
    return [f"{bound.code} {bound.point.text}" for bound in step.points.all()]


def segments(before: str, after: str) -> list[Segment]:
    """The two texts word by word: what stays, what goes, what comes. Joined without REMOVED they give `after`."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(a=a, b=b, autojunk=False)
    if matcher.ratio() < _ALIKE:
        whole = [Segment(Piece.REMOVED, before), Segment(Piece.ADDED, after)]
        return [segment for segment in whole if segment.text]
    found: list[Segment] = []
    for op, a0, a1, b0, b1 in matcher.get_opcodes():
        if op == "equal":
            found.append(Segment(Piece.SAME, "".join(b[b0:b1])))
            continue
        if a1 > a0:
            found.append(Segment(Piece.REMOVED, "".join(a[a0:a1])))
        if b1 > b0:
            found.append(Segment(Piece.ADDED, "".join(b[b0:b1])))
    return found
