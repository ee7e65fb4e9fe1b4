"""The five principles: what each means, its practice rules, and how a unit stands under it right now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kpis.choice import place_of, with_units
from principles.teams.models import Unit
from principles.teams.permissions import access_of
from principles.teams.tree import UnitTree
from roadmap.models import Answer, Evaluation, EvaluationState, ItemStatus, Principle, Rule
from roadmap.principle_cards import cards_of
from roadmap.reading import version_in_use

NUMBERS = (1, 2, 3, 4, 5)
_ORDER = (ItemStatus.GREEN, ItemStatus.YELLOW, ItemStatus.RED, ItemStatus.NONE)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A practice rule with how its items stood in the unit's last signed evaluation, best first."""

    rule: Rule
    statuses: list[str]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many items stood so, best first: for the marks of several units together."""
        found = [(status.value, self.statuses.count(status.value)) for status in _ORDER]
        return [(status, count) for status, count in found if count]


@require_GET
@login_required
@with_units
def principles(request: HttpRequest) -> HttpResponse:
    """All five, with how many items of each stood green the last time."""
    unit = place_of(request).unit
    looked = _looked_at(unit, access_of(request.user).tree)
    answers = _statuses(looked)
    lines = [(principle, [_line(rule, answers) for rule in principle.rules.all()]) for principle in _principles()]
    context = {"unit": unit, "lines": lines, **_from(unit, looked), "crumbs": [{"label": _("Principles"), "url": ""}]}
    return render(request, "roadmap/principles.html", context)


@require_GET
@login_required
@with_units
def principle(request: HttpRequest, number: int) -> HttpResponse:
    """One principle: its meaning, the unit's live state with ways into the parts, its practice rules."""
    if number not in NUMBERS:
        raise Http404(number)
    place, now = place_of(request), timezone.now()
    found = get_object_or_404(_principles(), number=number)
    tree = access_of(request.user).tree
    looked = _looked_at(place.unit, tree)
    answers = _statuses(looked)
    start = f"{reverse('roadmap:principles')}?{urlencode({'unit': place.unit.code})}"
    context = {
        "unit": place.unit,
        "principle": found,
        "numbers": NUMBERS,
        "cards": cards_of(number, place.unit, tree=tree, now=now),
        "rules": [_line(rule, answers) for rule in found.rules.all()],
        **_from(place.unit, looked),
        "crumbs": [{"label": _("Principles"), "url": start}, {"label": found.name, "url": ""}],
    }
    return render(request, "roadmap/principle.html", context)


def _principles() -> QuerySet[Principle]:
    version = version_in_use()
    return Principle.objects.filter(version=version).prefetch_related("rules__items").order_by("number")


def _looked_at(unit: Unit, tree: UnitTree) -> list[Evaluation]:
    """The unit's last signed evaluation; where it has none, the last one of every unit below it that has."""
    places = [unit.pk, *tree.descendants(unit.pk)]
    signed = Evaluation.objects.filter(unit__in=places, crew=None, state=EvaluationState.LOCKED)
    newest = signed.order_by("unit_id", "-held_on", "-pk").distinct("unit_id")
    found = list(newest.select_related("unit"))
    own = [evaluation for evaluation in found if evaluation.unit_id == unit.pk]
    return own or sorted(found, key=lambda evaluation: evaluation.unit.position)


def _from(unit: Unit, looked: list[Evaluation]) -> dict[str, object]:
    """Where the marks come from, for the page."""
    is_own = [evaluation.unit_id for evaluation in looked] == [unit.pk]
    return {"last": looked[0] if is_own else None, "below": [] if is_own else looked}


def _statuses(evaluations: list[Evaluation]) -> dict[str, list[str]]:
    """Status of each item by its code, one per evaluation."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = Answer.objects.filter(evaluation__in=evaluations).values_list("item__code", "status")
    for code, status in rows:
        found[code].append(status)
    return found


def _line(rule: Rule, answers: dict[str, list[str]]) -> RuleLine:
    found = [status for item in rule.items.all() for status in answers.get(item.code, ())]
    return RuleLine(rule, sorted(found, key=lambda status: _ORDER.index(ItemStatus(status))))
