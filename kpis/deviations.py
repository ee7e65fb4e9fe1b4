"""From a red figure to a deviation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amps import display
from amps.measures import measure_text
from kpis.models import Cadence, Figure, FigureDeviation, Status
from principles.improvement.models import Deviation, DeviationSource
from principles.improvement.refusals import Refused
from principles.improvement.services.deviations import deviation_open
from principles.teams.models import User


class NotRed(Refused):
    """Only a figure beyond its limit opens a deviation."""

    default = gettext_lazy("Only a red figure opens a deviation. This one is not red any more.")


class OpenAlready(Refused):
    """The figure has an open deviation."""

    default = gettext_lazy("This figure has an open deviation already.")

    def __init__(self, deviation: Deviation) -> None:
        super().__init__()
        self.deviation = deviation


def deviations_of(figure: Figure) -> QuerySet[FigureDeviation]:
    """The deviations that were opened from a figure, the newest first."""
    return FigureDeviation.objects.filter(figure=figure).select_related("deviation").order_by("-pk")


def suggested(figure: Figure) -> dict[str, Any]:
    """What a deviation from this figure begins with."""
    indicator = figure.indicator
    words = {
        "indicator": indicator.name,
        "value": display.format_number(figure.value, indicator.decimals),
        "unit": measure_text(indicator.unit),
    }
    return {"title": (_("%(indicator)s: %(value)s %(unit)s") % words).strip()[:200], "dimension": indicator.dimension}


def seen_at(figure: Figure, *, now: dt.datetime) -> dt.datetime:
    """When it was seen: now in a running period, else the last minute of the period."""
    return min(now, figure.ends_at - dt.timedelta(minutes=1))


@transaction.atomic
def figure_raise(*, figure: Figure, actor: User, now: dt.datetime, **said: Any) -> Deviation:
    """Open a deviation from a red figure, which is kept as it was then.

    `said` are further arguments of `deviation_open`. Raises NotRed, OpenAlready and what that raises.
    """
    locked = Figure.objects.select_for_update(of=("self",)).select_related("indicator", "unit").get(pk=figure.pk)
    is_open = deviations_of(locked).filter(deviation__closed_at__isnull=True).first()
    if is_open is not None:
        raise OpenAlready(is_open.deviation)
    if locked.status != Status.RED:
        raise NotRed
    deviation = deviation_open(
        **said,
        unit=locked.unit,
        occurred_at=seen_at(locked, now=now),
        has_shift=locked.cadence == Cadence.SHIFT,
        source=DeviationSource.FIGURE,
        actor=actor,
        now=now,
    )
    FigureDeviation.objects.create(deviation=deviation, figure=locked, value=locked.value, status=locked.status)
    return deviation
