"""Evidence on the standard itself: critical processes, SOPs in force and their steps, and the tree above them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from amps.periods import Cadence
from kpis.models import Edge, Indicator, IndicatorPoint, ProcessIndicator
from observations.models import ObservationPlan
from principles.agreements.models import Agreement
from principles.dimensions import Dimension
from principles.teams.models import Role
from roadmap.evidence.book import Book, Spot
from roadmap.evidence.plain import Reading, median
from roadmap.evidence.registry import Asked, metric, share, to
from sops.models import BrokenStandard, CriticalProcess, RevisionState, Sop, SopPoint, SopRevision, SopStep

_NO_SOP = _("No SOP is in force here.")
_LIST = to("sops:list")


@dataclass(slots=True)
class Step:
    number: int
    role: int | None
    minutes: object
    has_result: bool
    has_safety: bool
    points: list[tuple[int, bool]] = field(default_factory=list)  # (point in use, critical)


@dataclass(slots=True)
class InForce:
    """The revision in force of one SOP, as far as the metrics ask."""

    pk: int
    sop: int
    process: int
    owner: int
    created: dt.datetime
    effective: dt.datetime
    number: int
    authors: set[int]
    management: bool
    roles: set[int] = field(default_factory=set)
    steps: dict[int, Step] = field(default_factory=dict)
    plans: set[int] = field(default_factory=set)

    @property
    def points(self) -> list[int]:
        """The points in use that it is observed by."""
        return [point for step in self.steps.values() for point, _critical in step.points]


def sops_in_force(book: Book, instant: dt.datetime) -> list[InForce]:
    """Every revision in force at an instant, of SOPs in use (six queries, shared)."""
    return book.keep(("sops", instant), lambda: _sops_in_force(book, instant))


def _sops_in_force(book: Book, instant: dt.datetime) -> list[InForce]:
    rows = SopRevision.objects.in_force(instant).filter(sop__active=True).select_related("sop")
    found = {
        row.pk: InForce(
            pk=row.pk,
            sop=row.sop_id,
            process=row.sop.process_id,
            owner=row.sop.owner_id,
            created=row.created_at,
            effective=row.effective_from or row.created_at,
            number=row.number,
            authors={row.author_id} if row.author_id else set(),
            management=bool(row.management_en or row.management_nb),
        )
        for row in rows
    }
    steps = SopStep.objects.filter(revision__in=found)
    for pk, revision, number, role, minutes, *texts in steps.values_list(
        "pk", "revision", "number", "role", "minutes", "result_en", "result_nb", "safety_en", "safety_nb"
    ):
        found[revision].steps[pk] = Step(number, role, minutes, any(texts[:2]), any(texts[2:]))
    bound = SopPoint.objects.filter(revision__in=found, point__active=True)
    for revision, step, point, critical in bound.values_list("revision", "step", "point", "point__critical"):
        found[revision].steps[step].points.append((point, critical))
    for revision, editor in SopRevision.editors.through.objects.filter(soprevision__in=found).values_list(
        "soprevision", "user"
    ):
        found[revision].authors.add(editor)
    for revision, role in SopRevision.roles.through.objects.filter(soprevision__in=found).values_list(
        "soprevision", "jobrole"
    ):
        found[revision].roles.add(role)
    by_sop = {item.sop: item for item in found.values()}
    plans = ObservationPlan.objects.valid_on(book.tree.date).filter(sop__in=by_sop)
    for sop, area in plans.values_list("sop", "area"):
        by_sop[sop].plans.add(area)
    return list(found.values())


def used_in(item: InForce, spot: Spot) -> bool:
    """Whether an SOP is used in a place: owned in it or above it, or planned to be observed in it."""
    return item.owner in spot.units or item.owner in spot.above or bool(item.plans & spot.units)


def sops_of(asked: Asked) -> list[InForce]:
    """The SOPs in force that a place uses, at the end of the window."""
    return [item for item in sops_in_force(asked.book, asked.window.end) if used_in(item, asked.spot)]


def processes_of(asked: Asked) -> dict[int, str]:
    """Critical processes in use of a place, with their dimension: those that its SOPs describe, and those without any.

    A process that nobody has made an SOP for belongs to nobody yet, and is everybody's gap.
    """
    book, spot = asked.book, asked.spot
    processes = book.keep(
        "processes", lambda: dict(CriticalProcess.objects.filter(active=True).values_list("pk", "dimension"))
    )
    owners: dict[int, set[int]] = book.keep("process owners", _owners)
    plans = {item.process for item in sops_in_force(book, asked.window.end) if item.plans & spot.units}
    around = spot.units | set(spot.above)
    return {
        pk: dimension for pk, dimension in processes.items() if pk not in owners or owners[pk] & around or pk in plans
    }


def _owners() -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for process, owner in Sop.objects.filter(active=True).values_list("process", "owner"):
        found[process].add(owner)
    return dict(found)


# --- the tree ---


@dataclass(slots=True)
class Tree:
    """Indicators in use, the edges between them, and what feeds and decides them."""

    indicators: dict[int, Indicator]
    parents: dict[int, set[int]]
    children: dict[int, set[int]]
    by_point: dict[int, set[int]]
    decided: dict[int, set[int]]  # indicator → critical processes

    def up(self, indicator: int) -> set[int]:
        """The indicator and everything that it reaches upwards."""
        return _walk(indicator, self.parents)

    def down(self, indicator: int) -> set[int]:
        """The indicator and everything that it is made of or driven by."""
        return _walk(indicator, self.children)

    def reaches_kpi(self, indicator: int) -> bool:
        return any(self.indicators[at].level == "kpi" for at in self.up(indicator) if at in self.indicators)


def _walk(start: int, edges: dict[int, set[int]]) -> set[int]:
    seen, level = {start}, {start}
    while level:
        level = {after for at in level for after in edges.get(at, ())} - seen
        seen |= level
    return seen


def tree_of(book: Book) -> Tree:
    """The KPI tree valid on the last production day (four queries, shared)."""
    return book.keep("kpi tree", lambda: _tree(book))


def _tree(book: Book) -> Tree:
    parents: defaultdict[int, set[int]] = defaultdict(set)
    children: defaultdict[int, set[int]] = defaultdict(set)
    for parent, child in Edge.objects.valid_on(book.tree.date).values_list("parent", "child"):
        parents[child].add(parent)
        children[parent].add(child)
    by_point: defaultdict[int, set[int]] = defaultdict(set)
    for indicator, point in IndicatorPoint.objects.filter(indicator__active=True).values_list("indicator", "point"):
        by_point[point].add(indicator)
    decided: defaultdict[int, set[int]] = defaultdict(set)
    for indicator, process in ProcessIndicator.objects.filter(process__isnull=False).values_list(
        "indicator", "process"
    ):
        decided[indicator].add(process)
    found = {row.pk: row for row in Indicator.objects.filter(active=True)}
    return Tree(found, dict(parents), dict(children), dict(by_point), dict(decided))


def executions_of(item: InForce, tree: Tree) -> set[int]:
    """The execution indicators that an SOP's points feed."""
    fed = {indicator for point in item.points for indicator in tree.by_point.get(point, ())}
    return {pk for pk in fed if pk in tree.indicators and tree.indicators[pk].level == "execution"}


# --- the metrics ---


@metric("critical_process_with_approved_sop", _LIST)
def critical_process_with_approved_sop(asked: Asked) -> Reading:
    processes = processes_of(asked)
    covered = {item.process for item in sops_in_force(asked.book, asked.window.end)}
    return share(len(covered & processes.keys()), len(processes), _("No critical process is defined."))


@metric("indicator_followed_all_cadences", to("kpis:tree"))
def indicator_followed_all_cadences(asked: Asked) -> Reading:
    """Owner: somebody in the place may review its closings; arena: each closing has one (shift, morning, …)."""
    tree = tree_of(asked.book)
    inside = [row for row in tree.indicators.values() if row.level != "coverage"]
    owned = asked.book.reviewers(asked.spot)
    followed = sum(1 for row in inside if owned and _followed(row))
    sops = sops_of(asked)
    seen = {item.process for item in sops if executions_of(item, tree)}
    blind = sum(1 for process in processes_of(asked) if process not in seen)
    loose = {point for item in sops for point in item.points if not tree.by_point.get(point)}
    whole = len(inside) + blind + len(loose) if inside else 0
    return share(followed, whole, _("The process tree has no indicators yet."))


def _followed(row: Indicator) -> bool:
    skipped = [cadence for cadence in Cadence if cadence.value not in row.cadences]
    if row.level == "execution":
        return not skipped
    return not skipped or bool(row.skip_reason_en or row.skip_reason_nb)


@metric("sop_linked_to_customer_requirement", _LIST)
def sop_linked_to_customer_requirement(asked: Asked) -> Reading:
    """Linked: the indicator that measures a term of a valid agreement is fed by the SOP or decided by its process."""
    measured: set[int] = asked.book.keep(
        ("measured terms", asked.window.last),
        lambda: set(
            Agreement.objects.in_force(asked.window.last)
            .filter(terms__measure__isnull=False)
            .values_list("terms__measure__indicator", flat=True)
        ),
    )
    tree, sops = tree_of(asked.book), sops_of(asked)
    processes = {process for indicator in measured for process in tree.decided.get(indicator, ())}
    linked = sum(
        1
        for item in sops
        if item.process in processes or any(measured & tree.by_point.get(point, set()) for point in item.points)
    )
    return share(linked, len(sops), _NO_SOP)


@metric("hse_critical_process_covered", _LIST)
def hse_critical_process_covered(asked: Asked) -> Reading:
    wanted = {pk for pk, dimension in processes_of(asked).items() if dimension == Dimension.HSE}
    covered = {
        item.process
        for item in sops_in_force(asked.book, asked.window.end)
        if any(step.has_safety for step in item.steps.values())
        and any(critical for step in item.steps.values() for _point, critical in step.points)
    }
    return share(len(wanted & covered), len(wanted), _("No critical process of dimension HSE is defined."))


@metric("sop_linked_to_kpi", _LIST)
def sop_linked_to_kpi(asked: Asked) -> Reading:
    tree, sops = tree_of(asked.book), sops_of(asked)
    linked = sum(
        1 for item in sops if item.management and any(tree.reaches_kpi(pk) for pk in executions_of(item, tree))
    )
    return share(linked, len(sops), _NO_SOP)


@metric("sop_steps_with_role", _LIST)
def sop_steps_with_role(asked: Asked) -> Reading:
    """A place in the swim lane: the step's role is one of the roles that the revision names."""
    sops = sops_of(asked)
    right = sum(1 for item in sops if item.steps and all(step.role in item.roles for step in item.steps.values()))
    return share(right, len(sops), _NO_SOP)


@metric("sop_steps_complete", _LIST)
def sop_steps_complete(asked: Asked) -> Reading:
    steps = [step for item in sops_of(asked) for step in item.steps.values()]
    done = sum(1 for step in steps if step.number and step.minutes is not None and step.has_result)
    return share(done, len(steps), _NO_SOP)


@metric("sop_safety_points_observed", to("sops:points", unit=False))
def sop_safety_points_observed(asked: Asked) -> Reading:
    dangerous = [[step for step in item.steps.values() if step.has_safety] for item in sops_of(asked)]
    concerned = [steps for steps in dangerous if steps]
    seen = sum(1 for steps in concerned if all(step.points for step in steps))
    return share(seen, len(concerned), _("No SOP in force here has a safety point."))


@metric("sop_with_operator_author", _LIST)
def sop_with_operator_author(asked: Asked) -> Reading:
    """Authors: who began the draft and who changed it."""
    sops, book = sops_of(asked), asked.book
    written = sum(
        1
        for item in sops
        if any(book.has_role(person, (Role.OPERATOR,), item.created.date()) for person in item.authors)
    )
    return share(written, len(sops), _NO_SOP)


@metric("incident_to_sop_review_days", to("improvement:deviations", state="all", dimension="hse"))
def incident_to_sop_review_days(asked: Asked) -> Reading:
    """From the deviation to the first revision of that SOP that was approved after it; else its age."""
    window, spot = asked.window, asked.spot
    rows = asked.book.keep(("incidents", window.start, window.end), lambda: _incidents(asked))
    revised: dict[int, list[dt.datetime]] = asked.book.keep("approvals", _approvals)
    ages = []
    for unit, sop, at in rows:
        if spot.holds(unit):
            after = min((when for when in revised.get(sop, ()) if at < when <= window.end), default=window.end)
            ages.append(Fraction(int((after - at).total_seconds()), 86400))
    return Reading(
        value=median(ages),
        denominator=len(ages) or None,
        missing="" if ages else _("No HSE deviation tied to an SOP in the period."),
    )


def _incidents(asked: Asked) -> list[tuple[int, int, dt.datetime]]:
    found = BrokenStandard.objects.filter(
        deviation__dimension=Dimension.HSE,
        deviation__occurred_at__gte=asked.window.start,
        deviation__occurred_at__lt=asked.window.end,
    )
    return list(found.values_list("deviation__unit", "sop", "deviation__occurred_at"))


def _approvals() -> dict[int, list[dt.datetime]]:
    found: defaultdict[int, list[dt.datetime]] = defaultdict(list)
    rows = SopRevision.objects.filter(state=RevisionState.APPROVED, approved_at__isnull=False)
    for sop, at in rows.values_list("sop", "approved_at"):
        if at is not None:
            found[sop].append(at)
    return dict(found)
