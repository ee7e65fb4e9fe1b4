"""The business plan of a unit and year, read from the database: which actions are in it, and what they shall give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from principles.improvement.models import Action, ActionState, EffectCheck
from principles.improvement.models.actions import ENDED
from principles.improvement.names import shows_responsible
from principles.teams.calendars import plant_zone, production_date
from principles.teams.models import FIGURE_KINDS_VALUES, Unit, UnitKind, User
from principles.teams.permissions import Access, access_of
from principles.teams.tree import UnitTree, current_tree
from roadmap.gaps import gaps_of, item_names, traces_of
from roadmap.models import Challenge, PlanEntry, PlanYear, Principle, StandardVersion
from roadmap.plan_rows import Effect, Gap, GapTrace, PlanRow, sorted_rows, without_names
from roadmap.plan_sums import Group, OwnerLoad, Summary, groups_of, load_of, summary_of

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """The whole plan of a unit and year: what the pages show, and what a document is built from.

    `plan_year` is None while nobody has said tonnes and exchange rate: then there is no USD per tonne. `rows` are by
    due date. `gaps` are the items below green in the last signed evaluations of the unit and what is below it;
    `evaluations` says how many those evaluations were.
    """

    unit: Unit
    plant: Unit | None
    year: int
    made_at: dt.datetime
    today: dt.date
    plan_year: PlanYear | None
    rows: list[PlanRow]
    gaps: list[Gap]
    evaluations: int
    principle_names: dict[int, str]
    challenges: list[Challenge]

    def summary(self, rows: list[PlanRow] | None = None) -> Summary:
        """The head of the plan, over all rows or over those given."""
        reckon = self.plan_year.usd_per_tonne if self.plan_year is not None else None
        return summary_of(self.rows if rows is None else rows, self.gaps, reckon)

    def groups(self, rows: list[PlanRow] | None = None) -> list[Group]:
        """Rows by principle."""
        return groups_of(self.rows if rows is None else rows, self.principle_names)

    def load(self, rows: list[PlanRow] | None = None) -> list[OwnerLoad]:
        """Open, overdue and coming actions per owner."""
        return load_of(self.rows if rows is None else rows, self.year)

    def effects(self, rows: list[PlanRow] | None = None) -> list[PlanRow]:
        """Actions that are carried out: expected effect beside the measured one."""
        return [row for row in (self.rows if rows is None else rows) if row.is_finished]


def plan_sheet(unit: Unit, year: int, *, now: dt.datetime, reader: User | None = None) -> PlanSheet:
    """The plan of a unit with everything below it, as `reader` may see it (no owners' names for nobody).

    Names of units and indicators are in the active language. A fixed number of queries, however many actions.
    """
    access = access_of(reader) if reader is not None else None
    tree = access.tree if access is not None else current_tree(now)
    today, zone = production_date(now), plant_zone()
    places = places_under(tree, unit)
    actions = list(plan_actions(places, year, zone))
    plant = plant_of(tree, unit)
    plan_year = PlanYear.objects.filter(plant=plant, year=year).first() if plant is not None else None
    rows = _rows(actions, year=year, today=today, zone=zone, plan_year=plan_year)
    gaps, evaluations = gaps_of(tree, places)
    return PlanSheet(
        unit=unit,
        plant=plant,
        year=year,
        made_at=now,
        today=today,
        plan_year=plan_year,
        rows=sorted_rows(without_names(rows, owner_sight(access, reader)), "due"),
        gaps=gaps,
        evaluations=evaluations,
        principle_names=principle_names(),
        challenges=list(
            Challenge.objects.filter(unit__in=[unit.pk, *tree.ancestors(unit.pk)], year=year, ended_at=None)
            .select_related("unit")
            .order_by("dimension", "pk")
        ),
    )


def places_under(tree: UnitTree, unit: Unit) -> list[int]:
    """The unit and everything below it that is no equipment."""
    return [pk for pk in (unit.pk, *tree.descendants(unit.pk)) if tree.kinds.get(pk) != UnitKind.EQUIPMENT]


def plant_of(tree: UnitTree, unit: Unit) -> Unit | None:
    """The plant that a unit belongs to; for the company its only plant; None where that is not one."""
    line = [unit.pk, *tree.ancestors(unit.pk)]
    plants = [pk for pk in line if tree.kinds.get(pk) == UnitKind.PLANT]
    if not plants:
        plants = [pk for pk in tree.descendants(unit.pk) if tree.kinds.get(pk) == UnitKind.PLANT]
    if len(plants) != 1:
        return None
    return unit if plants[0] == unit.pk else Unit.objects.filter(pk=plants[0]).first()


def plan_actions(places: Collection[int], year: int, zone: ZoneInfo | None = None) -> QuerySet[Action]:
    """The actions of a plan's year in some units, with everything that a row shows (two queries).

    Those with an entry of the year, those due in it, and those due before it that are open or ended in it or later.
    """
    start = dt.datetime(year, 1, 1, tzinfo=zone or timezone.get_current_timezone())
    return (
        Action.objects.filter(unit__in=places)
        .filter(
            Q(plan_entry__year=year)
            | Q(due__year=year)
            | (Q(due__lt=start.date()) & (~Q(state__in=ENDED) | Q(ended_at__gte=start)))
        )
        .select_related(
            "unit",
            "owner",
            "meeting_item",
            "plan_entry__challenge",
            "plan_entry__answer__evaluation",
            "plan_entry__answer__item",
            "expected_effect__indicator",
            "expected_effect__unit",
        )
        .prefetch_related(Prefetch("effects", queryset=EffectCheck.objects.select_related("place").order_by("loop")))
    )


def action_row(action: Action, *, now: dt.datetime, reader: User) -> PlanRow:
    """One action as a row of its own plan's year (of its due date's year without an entry)."""
    entry = entry_of(action)
    zone, year = plant_zone(), entry.year if entry is not None else action.due.year
    plant = plant_of(access_of(reader).tree, action.unit)
    plan_year = PlanYear.objects.filter(plant=plant, year=year).first() if plant is not None else None
    rows = _rows([action], year=year, today=production_date(now), zone=zone, plan_year=plan_year)
    return without_names(rows, owner_sight(access_of(reader), reader))[0]


def entry_of(action: Action) -> PlanEntry | None:
    """The action's entry in the plan, whichever year."""
    found: PlanEntry | None = getattr(action, "plan_entry", None)
    return found


def owner_sight(access: Access | None, reader: User | None) -> Callable[[int, int], bool]:
    """Who may see an owner's name: whoever holds a role that reaches the unit or one below it, and oneself."""
    known: dict[int, bool] = {}

    def may_see(unit_id: int, owner_id: int) -> bool:
        if access is None or reader is None:
            return False
        if unit_id not in known:
            known[unit_id] = shows_responsible(access, unit_id)
        return known[unit_id] or owner_id == reader.pk

    return may_see


def principle_names() -> dict[int, str]:
    """Names of the five principles by the version in use; before the first one is loaded just their numbers."""
    version = StandardVersion.objects.first()
    found = {row.number: row.name for row in Principle.objects.filter(version=version)} if version else {}
    return {number: found.get(number) or _("Principle %(number)d") % {"number": number} for number in range(1, 6)}


def plan_years(places: Iterable[int], today: dt.date) -> list[int]:
    """The years that a plan can be looked at for: this and the next, and every one that has something in it."""
    entered = PlanEntry.objects.filter(action__unit__in=places).order_by().values_list("year", flat=True).distinct()
    due = Action.objects.filter(unit__in=places).order_by().values_list("due__year", flat=True).distinct()
    years = {today.year, today.year + 1, *entered, *due}
    return sorted(year for year in years if FIRST_YEAR <= year <= LAST_YEAR)


def is_level(tree: UnitTree, unit_id: int) -> bool:
    """Whether a challenge can be given to it: a plant, a unit or an area in use."""
    kind = tree.kinds.get(unit_id)
    return kind in FIGURE_KINDS_VALUES and kind != UnitKind.COMPANY


def _rows(
    actions: list[Action], *, year: int, today: dt.date, zone: ZoneInfo, plan_year: PlanYear | None
) -> list[PlanRow]:
    entries = [entry for action in actions if (entry := entry_of(action)) is not None]
    traces = traces_of([entry.answer for entry in entries if entry.answer is not None])
    names = item_names(
        {entry.item_code for entry in entries if entry.item_code and entry.answer is None},
    )
    return [_row(action, entry_of(action), year, today, zone, plan_year, traces, names) for action in actions]


def _row(
    action: Action,
    entry: PlanEntry | None,
    year: int,
    today: dt.date,
    zone: ZoneInfo,
    plan_year: PlanYear | None,
    traces: dict[int, GapTrace],
    names: dict[str, str],
) -> PlanRow:
    checks = list(action.effects.all())
    check = checks[-1] if checks else None
    nok: Decimal | None = entry.nok_per_year if entry is not None else None
    code = entry.item_code if entry is not None else ""
    answer = entry.answer if entry is not None else None
    challenge = entry.challenge if entry is not None else None
    return PlanRow(
        pk=action.pk,
        number=action.number,
        title=action.title,
        goal=action.goal,
        unit_id=action.unit_id,
        unit=action.unit.name,
        owner_id=action.owner_id,
        owner=str(action.owner),
        due=action.due,
        first_due=action.first_due,
        opened=action.created_at.astimezone(zone).date(),
        started=_date(action.started_at, zone),
        carried_out=_date(action.carried_out_at, zone),
        ended=_date(action.ended_at, zone),
        dimension=action.dimension,
        dimension_label=action.get_dimension_display(),
        principle=action.principle,
        source=action.source,
        source_label=action.get_source_display(),
        deviation_id=action.deviation_id,
        meeting_id=action.meeting_item.meeting_id if action.meeting_item is not None else None,
        state=action.state,
        state_label=str(ActionState(action.state).label),
        is_overdue=action.is_overdue(today),
        in_plan=entry is not None and entry.year == year,
        item_code=code,
        item_name=answer.item.name if answer is not None else names.get(code, ""),
        gap=traces.get(answer.pk) if answer is not None else None,
        challenge_id=challenge.pk if challenge is not None else None,
        challenge=challenge.text if challenge is not None else "",
        nok=nok,
        usd_per_tonne=plan_year.usd_per_tonne(nok) if plan_year is not None and nok is not None else None,
        effect=_effect(action, check),
        verdict=check.verdict if check is not None else "",
        verdict_label=check.get_verdict_display() if check is not None and check.verdict else "",
        verdict_words=check.words if check is not None else "",
        is_verified=check is not None and check.is_verified,
    )


def _effect(action: Action, check: EffectCheck | None) -> Effect | None:
    """The check's own columns where it has figures, else what is expected."""
    expected = getattr(action, "expected_effect", None)
    if check is not None and check.indicator_code:
        return Effect(
            code=check.indicator_code,
            name=check.indicator,
            unit=check.unit,
            decimals=check.decimals,
            direction=check.direction,
            place=check.place.name if check.place is not None else action.unit.name,
            expected=check.expected,
            before=check.before_value,
            after=check.after_value,
        )
    if expected is None:
        return None
    indicator = expected.indicator
    return Effect(
        code=indicator.code,
        name=indicator.name,
        unit=indicator.unit,
        decimals=indicator.decimals,
        direction=indicator.direction,
        place=expected.unit.name,
        expected=expected.change,
    )


def _date(instant: dt.datetime | None, zone: ZoneInfo) -> dt.date | None:
    return instant.astimezone(zone).date() if instant is not None else None
