"""The live state of a unit under each of the five principles: a few figures, each with the way to where it comes from.

Every count is of the unit and everything below it, today; nothing is guessed, and what is not there is said to be so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amps.display import format_number
from amps.measures import measure_text
from kpis.models import Cadence, Closing, Figure, Indicator, Status
from principles.agreements.models import Agreement, Breach, Relationship
from principles.flow.models import Route
from principles.flow.reading import sheet_of
from principles.improvement.models import Action, Deviation, Meeting
from principles.teams.models import Unit, UnitKind
from principles.teams.team_picture import pictures_of
from principles.teams.tree import UnitTree
from roadmap.models import Challenge, Evaluation, EvaluationState
from sops.models import CriticalProcess, SopRevision

MONTH = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the live state; `status` is a mark's name, or "" where nothing says good or bad."""

    label: str
    value: str
    detail: str
    url: str
    status: str = ""


@dataclass(slots=True)
class Look:
    """Where and when one looks: the unit, the ids of it and of everything below it, and the tree of today."""

    unit: Unit
    tree: UnitTree
    now: dt.datetime
    inside: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.inside = [self.unit.pk, *self.tree.descendants(self.unit.pk)]

    @property
    def date(self) -> dt.date:
        return self.tree.date

    def address(self, name: str, *args: object, **query: str) -> str:
        """A page's address for this unit."""
        return f"{reverse(name, args=args)}?{urlencode({'unit': self.unit.code, **query})}"


def cards_of(number: int, unit: Unit, *, tree: UnitTree, now: dt.datetime) -> list[Card]:
    """The cards of one principle (1–5). Raises KeyError for any other number."""
    return _CARDS[number](Look(unit, tree, now))


def _standardised(look: Look) -> list[Card]:
    processes = CriticalProcess.objects.filter(active=True)
    in_force = SopRevision.objects.in_force(look.now).filter(sop__process=OuterRef("pk"), sop__active=True)
    total, described = processes.count(), processes.filter(Exists(in_force)).count()
    open_deviations = Deviation.objects.open().filter(unit__in=look.inside)
    overdue = open_deviations.filter(due__lt=look.date).count()
    return [
        Card(
            _("Critical work processes with a standard in force"),
            _("%(number)d of %(all)d") % {"number": described, "all": total},
            _("in the whole plant"),
            reverse("sops:list"),
            _share(described, total),
        ),
        _figures_card(look),
        *_indicator_cards(look, "S01"),
        Card(
            _("Open deviations"),
            format_number(open_deviations.count(), 0),
            ngettext("%(count)d is overdue", "%(count)d are overdue", overdue) % {"count": overdue},
            look.address("improvement:deviations"),
            "red" if overdue else "",
        ),
    ]


def _figures_card(look: Look) -> Card:
    """Figures of the last production day that was closed."""
    closing = Closing.objects.filter(unit=look.unit, cadence=Cadence.DAY).order_by("-first").first()
    url = look.address("kpis:dashboard")
    label = _("Indicators inside target")
    if closing is None:
        return Card(label, "–", _("no production day has been closed yet"), url, "none")
    counts = dict(
        Figure.objects.filter(unit=look.unit, cadence=Cadence.DAY, first=closing.first)
        .exclude(status=Status.NONE)
        .values_list("status")
        .annotate(Count("pk"))
    )
    total, red = sum(counts.values()), counts.get(Status.RED, 0)
    return Card(
        label,
        _("%(number)d of %(all)d") % {"number": counts.get(Status.GREEN, 0), "all": total},
        ngettext("%(count)d is red, last production day", "%(count)d are red, last production day", red)
        % {"count": red},
        url,
        "red" if red else "green" if total else "none",
    )


def _indicator_cards(look: Look, code: str) -> list[Card]:
    """An indicator's last week with data; no card where the plant does not have the indicator."""
    indicator = Indicator.objects.filter(code=code, active=True).first()
    if indicator is None:
        return []
    url = look.address("kpis:indicator", code)
    of_it = Figure.objects.filter(indicator=indicator, unit=look.unit, cadence=Cadence.WEEK, value__isnull=False)
    figure = of_it.order_by("-first").first()
    if figure is None:
        return [Card(indicator.name, "–", _("no data"), url, "none")]
    value = f"{format_number(figure.value, indicator.decimals)} {measure_text(indicator.unit)}"
    detail = _("the week that began on %(date)s") % {"date": formats.date_format(figure.first, "SHORT_DATE_FORMAT")}
    return [Card(indicator.name, value, detail, url, figure.status)]


def _agreements(look: Look) -> list[Card]:
    links = Relationship.objects.active_on(look.date).of_units(look.inside)
    agreed = Agreement.objects.in_force(look.date).filter(relationship=OuterRef("pk"))
    total, covered = links.count(), links.filter(Exists(agreed)).count()
    of_ours = Q(term__agreement__relationship__in=links)
    unconfirmed = Breach.objects.filter(of_ours, confirmed_at__isnull=True).count()
    lately = Breach.objects.filter(of_ours, occurred_at__gt=look.now - MONTH).count()
    late = Agreement.objects.in_force(look.date).filter(relationship__in=links, review_on__lt=look.date).count()
    return [
        Card(
            _("Relationships with an agreement in force"),
            _("%(number)d of %(all)d") % {"number": covered, "all": total},
            _("customers and suppliers of this unit and of what is below it"),
            look.address("agreements:register"),
            _share(covered, total),
        ),
        Card(
            _("Breaches that the customer has not confirmed as closed"),
            format_number(unconfirmed, 0),
            ngettext("%(count)d breach in the last 30 days", "%(count)d breaches in the last 30 days", lately)
            % {"count": lately},
            look.address("agreements:agreements"),
            "red" if unconfirmed else "green",
        ),
        Card(
            _("Agreements past their review date"),
            format_number(late, 0),
            _("of those in force"),
            look.address("agreements:agreements"),
            "yellow" if late else "",
        ),
    ]


def _flow(look: Look) -> list[Card]:
    line = {*look.inside, *look.tree.ancestors(look.unit.pk)}
    routes = Route.objects.filter(active=True, unit__in=line).prefetch_related("steps__parts", "steps__unit")
    found = []
    for sheet in map(sheet_of, routes):
        if sheet.assessment is None:
            continue
        names = ", ".join(one.step.name for one in sheet.bottlenecks)
        if sheet.assessment.is_short:
            detail = _("%(tonnes)s t/week short of what the customer asks for") % {
                "tonnes": format_number(sheet.assessment.shortfall, 0)
            }
        else:
            detail = _("every process can meet the demand")
        found.append(
            Card(
                _("Bottleneck on %(route)s") % {"route": sheet.route.name},
                names,
                detail,
                reverse("flow:route", args=[sheet.route.code]),
                "red" if sheet.assessment.is_short else "green",
            )
        )
    if not found:
        found = [Card(_("Bottleneck"), "–", _("no route with capacities yet"), reverse("flow:routes"), "none")]
    actions = Action.objects.open().filter(unit__in=look.inside, principle=3)
    found.append(_actions_card(look, actions.count(), 3))
    return found


def _teams(look: Look) -> list[Card]:
    areas = Unit.objects.open_on(look.date).filter(pk__in=look.inside, kind=UnitKind.AREA)
    pictures = [picture for picture in pictures_of(areas, tree=look.tree, date=look.date) if picture.size]
    small = sum(1 for picture in pictures if picture.step == 3)
    led = sum(1 for picture in pictures if picture.leader.is_own)
    mine = Action.objects.filter(unit__in=look.inside, created_at__gt=look.now - 3 * MONTH)
    total = mine.count()
    by_shift = mine.filter(owner__roles__role__in=("operator", "shift_lead")).distinct().count()
    return [
        Card(
            _("Areas whose crews are small teams"),
            _("%(number)d of %(all)d") % {"number": small, "all": len(pictures)},
            _("ownership shared with some 15 others at most"),
            look.address("teams:team_start"),
            _share(small, len(pictures)),
        ),
        Card(
            _("Areas with a leader of their own"),
            _("%(number)d of %(all)d") % {"number": led, "all": len(pictures)},
            _("of the areas that somebody works in"),
            look.address("teams:team_start"),
            _share(led, len(pictures)),
        ),
        Card(
            _("Actions owned by operators and shift leads"),
            _("%(number)d of %(all)d") % {"number": by_shift, "all": total},
            _("opened in the last 90 days"),
            look.address("improvement:actions"),
        ),
    ]


def _leadership(look: Look) -> list[Card]:
    closed = Closing.objects.filter(unit=look.unit, cadence=Cadence.DAY, ends_at__gt=look.now - MONTH)
    total = closed.count()
    reviewed = closed.filter(reviews__isnull=False).distinct().count()
    meetings = Meeting.objects.filter(unit__in=look.inside, held_on__gt=look.date - MONTH).count()
    last = (
        Evaluation.objects.filter(unit=look.unit, crew=None, state=EvaluationState.LOCKED).order_by("-held_on").first()
    )
    challenges = Challenge.objects.filter(unit=look.unit, year=look.date.year, ended_at__isnull=True)
    dimensions = len(set(challenges.values_list("dimension", flat=True)))
    return [
        Card(
            _("Production days looked through by a leader"),
            _("%(number)d of %(all)d") % {"number": reviewed, "all": total},
            _("last 30 days"),
            reverse("kpis:followup", args=[look.unit.code, Cadence.DAY.value]),
            _share(reviewed, total),
        ),
        Card(_("Meetings held"), format_number(meetings, 0), _("last 30 days"), look.address("improvement:meetings")),
        Card(
            _("Dimensions with a challenge this year"),
            _("%(number)d of %(all)d") % {"number": dimensions, "all": 4},
            _("HSE, volume, quality and cost"),
            look.address("roadmap:challenges"),
            _share(dimensions, 4),
        ),
        Card(
            _("Days since the last signed self-evaluation"),
            "–" if last is None else format_number((look.date - last.held_on).days, 0),
            _("none has been signed yet") if last is None else "",
            look.address("roadmap:evaluations") if last is None else reverse("roadmap:results", args=[last.pk]),
            "none" if last is None else "",
        ),
    ]


def _actions_card(look: Look, count: int, principle: int) -> Card:
    return Card(
        _("Open actions under this principle"),
        format_number(count, 0),
        _("of this unit and what is below it"),
        look.address("roadmap:plan", principle=str(principle)),
    )


def _share(part: int, whole: int) -> str:
    """Green when all are there, yellow from half, red below; none where there is nothing to be had."""
    if not whole:
        return "none"
    return "green" if part == whole else "yellow" if 2 * part >= whole else "red"


_CARDS: dict[int, Callable[[Look], list[Card]]] = {
    1: _standardised,
    2: _agreements,
    3: _flow,
    4: _teams,
    5: _leadership,
}
