"""Ratios that have to hold as a plant grows, measured within one run on the data that is there."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kpis.models import Cadence, Figure
from kpis.rebuild import rebuild_figures
from kpis.rollup import process_all_marks, process_marks
from observations.models import Mark, Observation
from principles.teams.models import Shift, Unit, User

SHORT = dt.timedelta(weeks=4)
_SHADOWED = ("kpis_figure", "kpis_tally", "kpis_closing")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two medians in milliseconds, and how large the first may be, measured by the second."""

    name: str
    measured: float
    against: float
    limit: float

    @property
    def value(self) -> float:
        return self.measured / self.against

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


class Command(BaseCommand):
    """`manage.py benchmark`: prints a table; ends with an error when a ratio is beyond its limit.

    Nothing is kept: everything runs in transactions that are rolled back.
    """

    help = "Measure how costs grow with history, as ratios with limits."

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and judge."""
        process_all_marks(now=timezone.now())
        last = Shift.objects.filter(pk__in=Observation.objects.values("shift")).order_by("-starts_at").first()
        if last is None:
            raise CommandError("There are no observations to measure with. Load the demo first.")
        busiest = Figure.objects.values("unit").annotate(count=Count("pk")).order_by("-count", "unit").first()
        unit = Unit.objects.get(pk=busiest["unit"]) if busiest else None
        if unit is None:
            raise CommandError("There are no figures to measure with.")
        ratios = [self._row(unit, last), *self._page(unit, last), self._mark(last)]
        self.stdout.write(f"{'':52}{'ms':>9}{'against':>9}{'ratio':>8}{'limit':>8}")
        for ratio in ratios:
            line = f"{ratio.name:52}{ratio.measured:9.1f}{ratio.against:9.1f}{ratio.value:8.2f}{ratio.limit:8.2f}"
            self.stdout.write(line if ratio.holds else self.style.ERROR(f"{line}  beyond its limit"))
        if not all(ratio.holds for ratio in ratios):
            raise CommandError("A ratio is beyond its limit.")

    def _row(self, unit: Unit, last: Shift) -> Ratio:
        return _with_history("Figures of a dashboard, whole history / 4 weeks", lambda: _read(unit, last), last, 1.5)

    def _page(self, unit: Unit, last: Shift) -> Iterator[Ratio]:
        person = User.objects.filter(is_active=True, roles__isnull=False).order_by("pk").first()
        if person is None:
            return
        client = Client(headers={"host": _host()})
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        address = f"{reverse('kpis:dashboard')}?unit={unit.code}"

        def get() -> None:
            response = client.get(address, secure=True)
            if response.status_code != 200:
                raise CommandError(f"{address} answered {response.status_code}.")

        yield _with_history("Dashboard page, whole history / 4 weeks", get, last, 1.5)

    def _mark(self, last: Shift) -> Ratio:
        seen = Observation.objects.filter(shift=last).first()
        if seen is None:
            raise CommandError("The last shift has no observations.")
        now = timezone.now()

        def one() -> None:
            Mark.objects.create(point=seen.point, area=seen.area, crew=seen.crew, shift=last)
            process_marks(now=now)

        day = last.production_date
        with _undone():
            measured = _median(one, 15)
            begun = time.perf_counter()
            rebuild_figures(now=now, start=day, until=day, dry_run=True)
            against = (time.perf_counter() - begun) * 1000
        return Ratio("One late fact / recount of its month", measured, against, 0.2)


def _read(unit: Unit, last: Shift) -> int:
    back = {Cadence.SHIFT: 5, Cadence.DAY: 14, Cadence.WEEK: 28, Cadence.MONTH: 28}
    return sum(
        len(
            Figure.objects.filter(
                unit=unit, cadence=cadence, first__gte=last.production_date - dt.timedelta(days=days)
            ).values_list("indicator", "first", "number", "value", "n", "planned", "done", "status", "state")
        )
        for cadence, days in back.items()
    )


def _with_history(name: str, work: Callable[[], Any], last: Shift, limit: float) -> Ratio:
    with _undone():
        whole = _median(work, 15)
    with _only_since(last.production_date - SHORT):
        short = _median(work, 15)
    return Ratio(name, whole, short, limit)


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _only_since(date: dt.date) -> Iterator[None]:
    """For the length of a transaction, the database looks as if follow-up had begun on a production date.

    A temporary table of the same name stands before the real one.
    """
    with _undone(), connection.cursor() as cursor:
        for table in _SHADOWED:
            cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP")
            cursor.execute(f"INSERT INTO {table} SELECT * FROM public.{table} WHERE first >= %s", [date])  # noqa: S608 - own names
            cursor.execute(f"ANALYZE {table}")
        yield


def _median(work: Callable[[], Any], times: int) -> float:
    """Milliseconds of the middle one of several runs, after one that warms up."""
    work()
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found) * 1000


def _host() -> str:
    names = [name for name in settings.ALLOWED_HOSTS if name and not name.startswith((".", "*"))]
    return names[0] if names else "localhost"
