"""The business plan on paper: what `planning.plan_sheet` says, with its charts, for a template of templates/pdf."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.dates import MONTHS_3
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps import display
from amps.documents import Content, Head, Params, Progress, charts
from amps.documents.charts import Series
from amps.documents.rendering import moment_text
from principles.improvement.models import ActionState
from principles.teams.tree import current_tree
from roadmap.documents import unit_of, year_of
from roadmap.heat import heat_maps
from roadmap.plan_rows import PlanRow
from roadmap.plan_sums import Group, Summary, total_nok
from roadmap.planning import PlanSheet, places_under, plan_sheet

MILLION = Decimal(1_000_000)
# Heat maps of the groups below, where the unit has no evaluation of its own: more would not be looked at.
_MOST_MAPS = 6


def plan_content(params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress) -> Content:
    """Everything that the plan's PDF shows, as `reader` may see it."""
    unit, year = unit_of(params), year_of(params)
    sheet = plan_sheet(unit, year, now=now, reader=reader)
    progress(0.6)
    summary, groups = sheet.summary(), sheet.groups()
    maps = heat_maps(unit, places_under(current_tree(now), unit), most=_MOST_MAPS)
    progress(0.9)
    sections = [
        ("summary", _("Summary")),
        ("challenges", _("Challenges")),
        ("actions", _("Actions by principle")),
        ("status", _("Status")),
        ("effect", _("Effect")),
        ("evaluation", _("Self-evaluation and gaps")),
    ]
    title = _("Business plan %(year)d") % {"year": year}
    context = {
        "sheet": sheet,
        "summary": summary,
        "keys": keys_of(summary),
        "lead": lead_of(summary),
        "groups": groups,
        "cover_facts": cover_facts(sheet, summary),
        "sections": sections,
        "challenges": challenges_of(sheet),
        # An action of another year has no row to lead to.
        "shown": {row.pk for row in sheet.rows},
        "overdue": [row for row in sheet.rows if row.is_overdue],
        "load": sheet.load(),
        "effects": sheet.effects(),
        "maps": maps,
        "chart_states": states_chart(groups),
        "chart_months": months_chart(sheet.rows, year),
        "chart_effect": effect_chart(groups),
        "chart_gaps": gaps_chart(sheet),
    }
    head = Head(
        unit=unit.name,
        edition=_("Plan %(year)d") % {"year": year},
        title=title,
        subject=_("Goals, actions, status and effect of %(unit)s in %(year)d") % {"unit": unit.name, "year": year},
    )
    return Content("pdf/plan.html", context, head)


def keys_of(summary: Summary) -> list[tuple[str, str, str]]:
    """The figures of the summary: number, what stands small beside it, name."""
    money = [
        (summary.expected, _("expected effect per year")),
        (summary.verified, _("verified effect per year")),
    ]
    return [
        (str(summary.open), _("of %(total)d") % {"total": summary.total}, _("actions still open")),
        (str(summary.overdue), "", _("overdue")),
        *(
            (display.format_number(amount.nok / MILLION, 1), _("million NOK"), f"{name}{_per_tonne(amount)}")
            for amount, name in money
        ),
    ]


def _per_tonne(amount: Any) -> str:
    if amount.usd_per_tonne is None:
        return ""
    return " · " + _("%(amount)s USD/t") % {"amount": display.format_number(amount.usd_per_tonne, 2)}


def lead_of(summary: Summary) -> str:
    """The summary in one or two sentences."""
    if not summary.total:
        return _("The plan has no actions yet.")
    counts = {"total": summary.total, "done": summary.done, "overdue": summary.overdue}
    sentences = [
        ngettext(
            "The plan has %(total)d action; %(done)d is done and %(overdue)d is overdue.",
            "The plan has %(total)d actions; %(done)d are done and %(overdue)d are overdue.",
            summary.total,
        )
        % counts
    ]
    if summary.gaps:
        sentences.append(
            ngettext(
                "Of %(gaps)d focus item below green, %(covered)d has an action.",
                "Of %(gaps)d focus items below green, %(covered)d have an action.",
                summary.gaps,
            )
            % {"gaps": summary.gaps, "covered": summary.gaps_covered}
        )
    return " ".join(sentences)


def cover_facts(sheet: PlanSheet, summary: Summary) -> list[tuple[str, str]]:
    """What stands on the cover."""
    facts = [
        (_("Unit"), sheet.unit.name),
        (_("Year"), str(sheet.year)),
        (_("Actions"), display.format_number(summary.total, 0)),
        (_("As of"), moment_text(sheet.made_at)),
    ]
    if sheet.plan_year is not None:
        facts.insert(
            2,
            (
                _("Reckoned with"),
                _("%(tonnes)s tonnes per year, %(rate)s NOK per USD")
                % {
                    "tonnes": display.format_number(sheet.plan_year.tonnes, 0),
                    "rate": display.format_number(sheet.plan_year.nok_per_usd, 2),
                },
            ),
        )
    return facts


def challenges_of(sheet: PlanSheet) -> list[dict[str, Any]]:
    """Each challenge with the actions that answer it."""
    return [
        {
            "challenge": challenge,
            "rows": [row for row in sheet.rows if row.challenge_id == challenge.pk],
        }
        for challenge in sheet.challenges
    ]


def _states() -> tuple[Series, ...]:
    return (
        Series(_("Done"), "--green"),
        Series(_("Being checked"), "--accent"),
        Series(_("Under way"), "--accent-line", "--ink"),
        Series(_("Planned"), "--surface-3", "--ink"),
        Series(_("Overdue"), "--red", hatched=True),
    )


def _state_index(row: PlanRow) -> int | None:
    """Which of `_states` an action counts in; None for a cancelled one."""
    if row.is_cancelled:
        return None
    if row.is_overdue:
        return 4
    return {ActionState.DONE: 0, ActionState.CHECK: 1, ActionState.ACT: 1, ActionState.DO: 2}.get(
        ActionState(row.state), 3
    )


def _counted(rows: Sequence[PlanRow], kinds: int = 5) -> list[int]:
    counts = [0] * kinds
    for row in rows:
        index = _state_index(row)
        if index is not None:
            counts[index] += 1
    return counts


def states_chart(groups: Sequence[Group]) -> SafeString:
    """Actions by principle and state."""
    return charts.stacked_bars(
        [(f"{group.number}  {group.name}", _counted(group.rows)) for group in groups],
        _states(),
        title=_("Actions by principle and state"),
    )


def months_chart(rows: Sequence[PlanRow], year: int) -> SafeString:
    """How many actions fall due in each month of the year: done, still open, overdue."""
    series = (
        Series(_("Done"), "--green"),
        Series(_("Open"), "--accent-line"),
        Series(_("Overdue"), "--red", hatched=True),
    )
    values = [[0, 0, 0] for _month in range(12)]
    for row in rows:
        if row.due.year == year and not row.is_cancelled:
            values[row.due.month - 1][2 if row.is_overdue else 0 if row.has_ended else 1] += 1
    labels = [str(MONTHS_3[month + 1])[:3].capitalize() for month in range(12)]
    return charts.columns(labels, values, series, title=_("Actions due per month"))


def effect_chart(groups: Sequence[Group]) -> SafeString:
    """Expected and verified effect by principle, million NOK per year."""
    rows = [
        (
            f"{group.number}  {group.name}",
            float(group.nok / MILLION),
            float(total_nok(row for row in group.rows if row.worked) / MILLION),
        )
        for group in groups
    ]
    series = (Series(_("Expected"), "--accent-line"), Series(_("Verified"), "--accent"))
    return charts.pairs(rows, series, title=_("Expected and verified effect, million NOK per year"))


def gaps_chart(sheet: PlanSheet) -> SafeString:
    """Focus items below green by principle: with an action, and without."""
    series = (Series(_("With an action"), "--accent"), Series(_("Without an action"), "--amber", hatched=True))
    rows = []
    for number, name in sheet.principle_names.items():
        gaps = [gap for gap in sheet.gaps if gap.principle == number]
        covered = sum(gap.is_covered for gap in gaps)
        rows.append((f"{number}  {name}", [covered, len(gaps) - covered]))
    return charts.stacked_bars(rows, series, title=_("Focus items below green"), width=charts.HALF, label_width=92)
