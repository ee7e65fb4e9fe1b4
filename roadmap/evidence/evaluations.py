"""Evidence on self-evaluations themselves, their gaps, and the challenges passed down."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models import Target
from principles.dimensions import Dimension
from principles.improvement.models import ActionState
from roadmap.evidence.plain import Reading
from roadmap.evidence.registry import Asked, metric, share, to
from roadmap.gaps import gaps_of
from roadmap.models import Answer, Challenge, Evaluation, EvaluationState, FocusItem, ItemStatus, PlanEntry

# How often a unit evaluates itself: once for each business plan, so every year.
INTERVAL = dt.timedelta(days=365)
_LIST = to("roadmap:evaluations")


@metric("evaluations_on_time", _LIST)
def evaluations_on_time(asked: Asked) -> Reading:
    """Areas, and units without areas: signed within the last year, as a whole or by a team of it."""
    book, date = asked.book, asked.window.last
    units = book.answering_units(asked.spot)
    recent: set[int] = book.keep(
        ("recent evaluations", date),
        lambda: set(
            Evaluation.objects.filter(
                state=EvaluationState.LOCKED, held_on__gt=date - INTERVAL, held_on__lte=date
            ).values_list("unit", flat=True)
        ),
    )
    return share(len(recent & set(units)), len(units), _("No unit is in use."))


@metric("roadmap_gaps_with_action", _LIST)
def roadmap_gaps_with_action(asked: Asked) -> Reading:
    """By the same rule as the business plan's list of gaps."""
    spot = asked.spot
    places = sorted(at for at in spot.units if at in asked.book.units)
    gaps, _count = asked.book.keep(("gaps", spot.root), lambda: gaps_of(asked.book.tree, places))
    return share(sum(1 for gap in gaps if gap.is_covered), len(gaps), _("No signed self-evaluation shows a gap."))


@metric("oldest_unreviewed_item_months", _LIST)
def oldest_unreviewed_item_months(asked: Asked) -> Reading:
    """By the item's code, over the signed evaluations of the unit or any below it; grey is not assessed."""
    spot, last = asked.spot, asked.window.last
    codes: set[str] = asked.book.keep("item codes", _codes)
    dates: dict[str, dt.date] = asked.book.keep(("assessed", spot.root), lambda: _assessed(asked))
    if not dates:
        return Reading(missing=_("No self-evaluation has been signed here yet."))
    never = len(codes - dates.keys())
    if never:
        return Reading(missing=_("Some focus items have never been assessed here."), numerator=never)
    days = (last - min(dates[code] for code in codes)).days
    return Reading(value=Fraction(days * 12, 365))


def _codes() -> set[str]:
    from roadmap.reading import version_in_use

    version = version_in_use()
    rows = FocusItem.objects.filter(rule__principle__version=version, local_to__isnull=True)
    return set(rows.values_list("code", flat=True))


def _assessed(asked: Asked) -> dict[str, dt.date]:
    rows = (
        Answer.objects.filter(evaluation__unit__in=asked.spot.units, evaluation__state=EvaluationState.LOCKED)
        .exclude(status=ItemStatus.NONE)
        .values_list("item__code", "evaluation__held_on")
    )
    found: dict[str, dt.date] = {}
    for code, held_on in rows:
        found[code] = max(found.get(code, held_on), held_on)
    return found


# --- challenges ---


def _current(asked: Asked) -> list[Challenge]:
    year, end = asked.window.last.year, asked.window.end
    rows: list[Challenge] = asked.book.keep(
        ("challenges", year),
        lambda: list(
            Challenge.objects.filter(year=year, given_at__lt=end).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=end))
        ),
    )
    return [row for row in rows if row.unit_id in asked.spot.units]


@metric("challenge_in_all_dimensions", to("roadmap:challenges"))
def challenge_in_all_dimensions(asked: Asked) -> Reading:
    """Every unit and area: a challenge of this year, or a target set for the unit itself, in each dimension."""
    book, date = asked.book, asked.window.last
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in _current(asked):
        found[row.unit_id].add(row.dimension)
    targets = book.keep(
        ("own targets", date),
        lambda: list(
            Target.objects.filter(unit__isnull=False, valid_from__lte=date, indicator__active=True)
            .values_list("unit", "indicator__dimension", "indicator__also_dimensions")
            .distinct()
        ),
    )
    for unit, dimension, also in targets:
        found[unit] |= {dimension, *also}
    units = [at for at in sorted(asked.spot.units) if book.tree.kinds.get(at) in ("unit", "area") and book.in_use(at)]
    right = sum(1 for at in units if found[at] >= set(Dimension.values))
    return share(right, len(units), _("No unit is in use."))


@metric("challenge_with_roadmap_action", to("roadmap:challenges"))
def challenge_with_roadmap_action(asked: Asked) -> Reading:
    rows = _current(asked)
    linked: set[int] = asked.book.keep(
        "challenges with action",
        lambda: set(
            PlanEntry.objects.exclude(item_code="")
            .exclude(action__state=ActionState.CANCELLED)
            .filter(challenge__isnull=False)
            .values_list("challenge", flat=True)
        ),
    )
    return share(
        sum(1 for row in rows if row.pk in linked), len(rows), _("No challenge has been passed down this year.")
    )
