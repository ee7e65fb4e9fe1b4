"""Background work of the figures: thin tasks around services that each find what is due."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from kpis import closing, rollup
from kpis.effects import effects_due
from observations.planning import rounds_ensure
from principles.teams.calendars import NoCalendar, production_date, shifts_ensure
from principles.teams.models import Shift

logger = logging.getLogger(__name__)

SHIFTS_AHEAD = dt.timedelta(hours=48)
ROUNDS_AHEAD = dt.timedelta(hours=24)
# Shifts that passed while nothing ran are made afterwards, so that their periods close in order.
CATCH_UP_DAYS = 60


@shared_task
def process_marks() -> int:
    """Count again whatever a fact has just put out of date."""
    return rollup.process_all_marks(now=timezone.now())


@shared_task
def tick() -> None:
    """Find everything that is due: shifts and rounds to come, marks, closings, final figures.

    Each part stands by itself: one that fails is logged, tried again at the next tick, and stops none of the others.
    """
    now = timezone.now()
    parts: dict[str, Callable[[], int]] = {
        "shifts": lambda: shifts_ahead(now=now),
        "rounds": lambda: rounds_ensure(now=now, until=now + ROUNDS_AHEAD),
        "marks": lambda: rollup.process_all_marks(now=now),
        "closings": lambda: closing.close_due(now=now),
        "final figures": lambda: closing.finalise_due(now=now),
        "effects": lambda: effects_due(now=now),
    }
    for name, part in parts.items():
        try:
            count = part()
        except NoCalendar:
            # A plant that nobody has set up yet has nothing due.
            return
        except Exception:
            logger.exception("part of the tick failed", extra={"part": name})
        else:
            if count:
                logger.info("tick", extra={"part": name, "count": count})


def shifts_ahead(*, now: dt.datetime) -> int:
    """Make the shifts of the next two days, and those missing since the last one there is."""
    today = production_date(now)
    last = Shift.objects.filter(starts_at__lte=now).order_by("-starts_at").first()
    earliest = today - dt.timedelta(days=CATCH_UP_DAYS)
    start = max(last.production_date, earliest) if last else today
    return shifts_ensure(start=min(start, today), end=production_date(now + SHIFTS_AHEAD))
