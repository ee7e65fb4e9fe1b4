"""What belongs on a chart: SOP revisions that came into force, actions that were carried out, events people wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from kpis.models import ChartEvent, ExpectedEffect, Indicator
from principles.improvement.models import Action, ActionState
from principles.teams.models import Unit
from principles.teams.tree import UnitTree
from sops.models import RevisionState, SopRevision


@dataclass(frozen=True, slots=True)
class Event:
    """One event in time; `href` leads to what it is about, `pk` is set for one that people wrote."""

    at: dt.datetime
    title: str
    href: str = ""
    pk: int | None = None
    unit: str = ""


def line_of(unit: Unit, tree: UnitTree) -> list[int]:
    """The unit, everything above it and everything below it."""
    return [unit.pk, *tree.ancestors(unit.pk), *tree.descendants(unit.pk)]


def events_of(
    indicator: Indicator,
    unit: Unit,
    *,
    points: Collection[int],
    tree: UnitTree,
    start: dt.datetime,
    end: dt.datetime,
) -> list[Event]:
    """Events in [start, end) that may have moved an indicator in a unit, oldest first (three queries)."""
    line = line_of(unit, tree)
    revisions = (
        SopRevision.objects.filter(
            state=RevisionState.APPROVED,
            effective_from__gte=start,
            effective_from__lt=end,
            points__point__in=list(points),
            sop__owner__in=line,
        )
        .select_related("sop")
        .distinct()
    )
    written = ChartEvent.objects.filter(
        Q(indicator=indicator) | Q(indicator=None), unit__in=line, at__gte=start, at__lt=end
    ).select_related("unit")
    effects = ExpectedEffect.objects.filter(
        indicator=indicator,
        unit__in=line,
        action__state=ActionState.DONE,
        action__carried_out_at__gte=start,
        action__carried_out_at__lt=end,
    ).select_related("action__unit")
    found = [_of_revision(revision) for revision in revisions]
    found += [_of_action(effect.action) for effect in effects]
    found += [Event(event.at, event.title, pk=event.pk, unit=event.unit.name) for event in written]
    return sorted(found, key=lambda event: event.at)


def _of_revision(revision: SopRevision) -> Event:
    title = _("%(sop)s revision %(number)d in force: %(title)s") % {
        "sop": revision.sop.code,
        "number": revision.number,
        "title": revision.title,
    }
    try:
        href = reverse("sops:revision", args=[revision.sop.code, revision.number])
    except NoReverseMatch:
        href = ""
    return Event(revision.effective_from or revision.created_at, title, href)


def _of_action(action: Action) -> Event:
    title = _("%(number)s carried out: %(title)s") % {"number": action.number, "title": action.title}
    href = reverse("improvement:action", args=[action.pk])
    return Event(action.carried_out_at or action.created_at, title, href, unit=action.unit.name)
