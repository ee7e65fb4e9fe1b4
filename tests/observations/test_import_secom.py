"""The product's figures of 1,567 real pass/fail results equal a count made apart from it."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from kpis.models import Cadence, Figure, Indicator, IndicatorPoint
from kpis.rollup import process_all_marks
from observations.models import ImportBatch, Mark, Observation
from sops.models import ObservationPoint
from tests.factories import make_calendar, make_plant

SECOM = Path(__file__).parent.parent / "data" / "secom"
CADENCES = ["shift", "day", "week", "month"]


@pytest.fixture
def secom_point(db) -> ObservationPoint:
    """A plant without rota or SOP, one yes/no point and the conformity indicator it feeds."""
    make_calendar(valid_from=dt.date(2008, 1, 1))
    make_plant()
    point = ObservationPoint.objects.create(
        code="final_test", text_en="Final test passed", text_nb="Slutttest bestått", kind="yes_no"
    )
    indicator = Indicator.objects.create(
        code="T01",
        name_en="Final test",
        name_nb="Slutttest",
        kind="conformity",
        level="execution",
        dimension="quality",
        direction="up",
        cadences=CADENCES,
        factor=100,
    )
    IndicatorPoint.objects.create(indicator=indicator, point=point)
    return point


def _import(name: str, *extra: str) -> str:
    out = StringIO()
    call_command(
        "import_observations",
        str(SECOM / name),
        "--point=final_test",
        "--area=EL1",
        "--ok=-1",
        "--not-ok=1",
        *extra,
        stdout=out,
    )
    return out.getvalue()


def _expected(key: str) -> dict[str, tuple[int, int]]:
    counted = json.loads((SECOM / "oracle_rollup.json").read_text())["by"][key]
    return {period: (n, failed) for period, (n, failed) in counted.items()}


def _figures(cadence: Cadence) -> dict[str, tuple[int, int]]:
    """(n, not conforming) of each period of the area, by the oracle's own names of the periods."""
    figures = Figure.objects.filter(unit__code="EL1", indicator__code="T01", cadence=cadence)
    return {
        f"{figure.first}#{figure.number}" if figure.number else f"{figure.first}": (
            figure.n,
            int((figure.denominator or 0) - (figure.numerator or 0)),
        )
        for figure in figures
    }


def test_shift_and_day_figures_equal_the_oracle(secom_point):
    _import("secom_labels_iso.csv")
    process_all_marks(now=timezone.now())
    assert _figures(Cadence.SHIFT) == _expected("shift_06_14_22")
    assert _figures(Cadence.DAY) == _expected("production_day_06")


def test_values_are_the_share_that_passed(secom_point):
    _import("secom_labels_iso.csv")
    process_all_marks(now=timezone.now())
    months = Figure.objects.filter(unit__code="EL1", cadence=Cadence.MONTH)
    assert sum(figure.n for figure in months) == 1567
    assert sum(figure.numerator for figure in months) == 1463
    for figure in months:
        assert float(figure.value) == pytest.approx(100 * float(figure.numerator) / float(figure.denominator))


def test_the_same_file_again_stores_nothing_new(secom_point):
    assert "1567 stored" in _import("secom_labels_iso.csv")
    process_all_marks(now=timezone.now())
    assert "0 stored, 1567 known already" in _import("secom_labels_iso.csv")
    assert Observation.objects.count() == 1567
    assert not Mark.objects.exists()
    assert list(ImportBatch.objects.order_by("at").values_list("stored", "known")) == [(1567, 0), (0, 1567)]


def test_the_original_file_without_headings(secom_point):
    """Parted by spaces, with quotes, day before month, and no headings."""
    said = _import(
        "secom_labels.data", "--column=result=1", "--column=time=2", "--time-format=%d/%m/%Y %H:%M:%S", "--no-headings"
    )
    assert "1567 stored" in said
    process_all_marks(now=timezone.now())
    assert _figures(Cadence.SHIFT) == _expected("shift_06_14_22")


def test_crew_sop_and_equipment_may_be_absent(secom_point):
    _import("secom_labels_iso.csv")
    fact = Observation.objects.order_by("observed_at").first()
    assert fact is not None
    assert (fact.crew, fact.revision, fact.equipment, fact.observer) == (None, None, None, None)
