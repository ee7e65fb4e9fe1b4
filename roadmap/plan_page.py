"""What a page of the plan is asked for by its address: unit, year, view, filters, order. The address says it all."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from kpis.choice import Place, person_of, place_of
from principles.dimensions import Dimension
from principles.improvement.models import ActionSource, ActionState
from principles.teams.calendars import production_date
from roadmap.plan_rows import PlanRow, Wanted, is_sort, sorted_rows
from roadmap.planning import FIRST_YEAR, LAST_YEAR, PlanSheet, plan_sheet

VIEWS = ("list", "timeline", "load", "effect", "gaps")
PER_PAGE = 50
_LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan as its address asks for it: the whole sheet, and the rows that are wanted in the order wanted."""

    place: Place
    sheet: PlanSheet
    view: str
    wanted: Wanted
    sort: str
    rows: list[PlanRow]


def page_of(request: HttpRequest) -> PlanPage:
    """Read the address. Raises Http404 where it names something wrongly, `kpis.choice.NoUnits` without units."""
    place, now = place_of(request), timezone.now()
    year = year_of(request.GET, production_date(now))
    wanted, sort = wanted_of(request.GET), request.GET.get("sort", "")
    view = _one_of(request.GET, "view", VIEWS) or "list"
    if sort and not is_sort(sort):
        raise Http404(sort)
    sheet = plan_sheet(place.unit, year, now=now, reader=person_of(request))
    rows = [row for row in sheet.rows if wanted.fits(row)]
    return PlanPage(place, sheet, view, wanted, sort, sorted_rows(rows, sort) if sort else rows)


def year_of(data: QueryDict, today: dt.date) -> int:
    """The year of the address, else this one. Raises Http404."""
    year = _number(data, "year")
    if year is None:
        return today.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404("year")
    return year


def wanted_of(data: QueryDict) -> Wanted:
    """The filters of the address. Raises Http404."""
    principle = _number(data, "principle")
    if principle is not None and principle not in range(1, 6):
        raise Http404("principle")
    return Wanted(
        principle=principle,
        dimension=_one_of(data, "dimension", Dimension.values),
        state=_one_of(data, "state", ("open", *ActionState.values)),
        owner=_number(data, "owner"),
        source=_one_of(data, "source", ActionSource.values),
        overdue=bool(_one_of(data, "overdue", ("1",))),
        item=_one_of(data, "item", ("with", "without")),
        entry=_one_of(data, "entry", ("in", "out")),
        challenge=_number(data, "challenge"),
        text=data.get("q", "").replace("\0", "")[:_LONGEST_TEXT].strip(),
    )


def options_of(page: PlanPage) -> dict[str, list[tuple[str, str, bool]]]:
    """What each filter offers: value, words, whether it is the one chosen."""
    owners = {row.owner_id: row.owner for row in page.sheet.rows if row.owner}
    by_name = sorted(owners.items(), key=lambda item: item[1].casefold())
    wanted = page.wanted
    return {
        "principle": _options(
            [(str(number), f"{number} {name}") for number, name in page.sheet.principle_names.items()], wanted.principle
        ),
        "dimension": _options([(one.value, str(one.label)) for one in Dimension], wanted.dimension),
        "state": _options([(one.value, str(one.label)) for one in ActionState], wanted.state),
        "source": _options([(one.value, str(one.label)) for one in ActionSource], wanted.source),
        "owner": _options([(str(pk), name) for pk, name in by_name], wanted.owner),
    }


def _options(found: list[tuple[str, str]], chosen: object) -> list[tuple[str, str, bool]]:
    return [(value, words, str(chosen) == value) for value, words in found]


def _number(data: QueryDict, name: str) -> int | None:
    text = data.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise Http404(name)
    return int(text)


def _one_of(data: QueryDict, name: str, known: tuple[str, ...] | list[str]) -> str:
    text = data.get(name, "")
    if text and text not in known:
        raise Http404(name)
    return text
