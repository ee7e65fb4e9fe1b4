"""The shipped indicators: definitions, targets, edges of the KPI tree, feeds, and the series that stand in no SOP.

Loading makes what is missing and leaves what is there as it is: a target that a plant has set is never set back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from amps.audit import record
from amps.models import AuditEntry
from kpis.feeding import REMOVED
from kpis.models import Edge, Indicator, IndicatorKind, IndicatorPoint, ProcessIndicator, Target
from principles.teams.models import User
from sops.loading import standard_data
from sops.models import CriticalEquipment, CriticalProcess, ObservationPoint

FOLDER = Path(__file__).parent / "standard"
# What a kind of figure is scaled by where the catalogue does not say it: percentages.
PERCENT = (IndicatorKind.CONFORMITY, IndicatorKind.COVERAGE, IndicatorKind.WEIGHTED)
# The two indicators that read every observation point of a unit, and how: the plan's, and what was not right.
OVER_ALL_POINTS = {"S01": IndicatorKind.COVERAGE, "S03": IndicatorKind.NOT_OK_RATE}
BAND = ("target_min", "target_max", "red_min", "red_max")

type Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IndicatorsLoaded:
    """How many rows were made; all zero where everything was there."""

    indicators: int
    targets: int
    edges: int
    series: int
    feeds: int
    decided_by: int


@cache
def indicators_data() -> Data:
    """The catalogue as plain values (not_followed_reasons, indicators, edges)."""
    return _read(FOLDER / "indicators.yaml")


@cache
def series_data() -> list[Data]:
    """The series that stand in no SOP, each with the indicator that it feeds."""
    series: list[Data] = _read(FOLDER / "series.yaml")["series"]
    return series


def _read(path: Path) -> Data:
    loaded: Data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@transaction.atomic
def indicators_load(*, valid_from: dt.date, actor: User | None = None) -> IndicatorsLoaded:
    """Make the indicators with targets and edges valid from a production date; the standard must be loaded before.

    Safe to run again: what exists stays as the plant has it.
    """
    data = indicators_data()
    known = set(Indicator.objects.values_list("code", flat=True))
    fresh = [item for item in data["indicators"] if item["code"] not in known]
    positions = {item["code"]: at for at, item in enumerate(data["indicators"], start=1)}
    made = Indicator.objects.bulk_create(
        _indicator(item, position=positions[item["code"]], reasons=data["not_followed_reasons"]) for item in fresh
    )
    by_code = {indicator.code: indicator for indicator in Indicator.objects.all()}
    targets = _targets_load(fresh, by_code, valid_from)
    edges = _edges_load(data["edges"], by_code, valid_from)
    series = _series_load()
    loaded = IndicatorsLoaded(
        indicators=len(made),
        targets=targets,
        edges=edges,
        series=series,
        feeds=_feeds_load(by_code),
        decided_by=_decided_by_load(by_code),
    )
    for indicator in made:
        record(actor=actor, action="indicator.loaded", target=indicator, after={"valid_from": valid_from})
    return loaded


def _indicator(item: Data, *, position: int, reasons: Mapping[str, Mapping[str, str]]) -> Indicator:
    kind = OVER_ALL_POINTS.get(item["code"], IndicatorKind(item["kind"]))
    reason = reasons[item["not_followed_because"]] if item.get("not_followed_because") else {"en": "", "nb": ""}
    return Indicator(
        code=item["code"],
        name_en=item["name"]["en"],
        name_nb=item["name"]["nb"],
        unit=item["unit"] or "",
        kind=kind,
        level=item["level"],
        dimension=item["dimension"],
        also_dimensions=item.get("also_dimensions", []),
        direction=item["direction"],
        decimals=item["decimals"],
        cadences=item["cadences"],
        skip_reason_en=reason["en"],
        skip_reason_nb=reason["nb"],
        factor=_factor(item, kind),
        all_points=item["code"] in OVER_ALL_POINTS,
        plant_sets=item.get("plant_sets", False),
        formula=item["formula"] or "",
        note=item["note"] or "",
        position=position,
    )


def _factor(item: Data, kind: IndicatorKind) -> Decimal:
    """100 for what is a percentage, the ratio's own factor for rates and ratios, else 1."""
    if item.get("ratio"):
        return Decimal(str(item["ratio"]["factor"]))
    return Decimal(100) if kind in PERCENT else Decimal(1)


def _targets_load(items: list[Data], indicators: Mapping[str, Indicator], valid_from: dt.date) -> int:
    made = Target.objects.bulk_create(
        Target(
            indicator=indicators[item["code"]],
            valid_from=valid_from,
            target=_decimal(item["target"]),
            yellow=_decimal(item.get("yellow_limit")),
            red=_decimal(item.get("red_limit")),
            is_shipped=True,
            **{field: _decimal(item.get(field)) for field in BAND},
        )
        for item in items
    )
    return len(made)


def _edges_load(items: list[Data], indicators: Mapping[str, Indicator], valid_from: dt.date) -> int:
    """Edges that the tree has never had: one that a plant has ended stays ended."""
    known = set(Edge.objects.values_list("parent__code", "child__code", "kind"))
    made = Edge.objects.bulk_create(
        Edge(
            parent=indicators[item["parent"]],
            child=indicators[item["child"]],
            kind=item["kind"],
            weight=_decimal(item["weight"]),
            valid_from=valid_from,
        )
        for item in items
        if (item["parent"], item["child"], item["kind"]) not in known
    )
    return len(made)


def _series_load() -> int:
    known = set(ObservationPoint.objects.values_list("code", flat=True))
    made = ObservationPoint.objects.bulk_create(
        ObservationPoint(
            code=item["id"],
            text_en=item["text"]["en"],
            text_nb=item["text"]["nb"],
            how_en=item["how"]["en"],
            how_nb=item["how"]["nb"],
            kind=item["kind"],
            unit=item["unit"],
            decimals=item["decimals"],
            sample_size=item["sampling"]["n"],
            sample_of=item["sampling"]["of"],
            sample_per=item["sampling"]["per"],
            opportunity=item.get("opportunity", ""),
        )
        for item in series_data()
        if item["id"] not in known
    )
    return len(made)


def _feeds_load(indicators: Mapping[str, Indicator]) -> int:
    """Feeds of indicators that have none yet, so that one taken away by the plant does not come back."""
    fed = set(IndicatorPoint.objects.values_list("indicator__code", flat=True))
    # The last one, too.
    fed |= set(AuditEntry.objects.filter(action=REMOVED).values_list("before__indicator", flat=True))
    points = {point.code: point for point in ObservationPoint.objects.all()}
    pairs = [(code, item["id"]) for item in standard_data()["points"] for code in item["feeds"]]
    pairs += [(item["feeds"], item["id"]) for item in series_data()]
    made = IndicatorPoint.objects.bulk_create(
        IndicatorPoint(indicator=indicators[code], point=points[point])
        for code, point in pairs
        if code not in fed and point in points
    )
    return len(made)


def _decided_by_load(indicators: Mapping[str, Indicator]) -> int:
    standard = standard_data()
    processes = {process.code: process for process in CriticalProcess.objects.all()}
    equipment = {item.code: item for item in CriticalEquipment.objects.all()}
    known: set[tuple[str, str | None, str | None]] = set(
        ProcessIndicator.objects.values_list("indicator__code", "process__code", "equipment__code")
    )
    rows = [
        ProcessIndicator(indicator=indicators[code], process=processes[item["code"]], is_kpi=field == "kpis")
        for item in standard["processes"]
        for field in ("kpis", "process_indicators")
        for code in item[field]
        if item["code"] in processes and (code, item["code"], None) not in known
    ]
    rows += [
        ProcessIndicator(indicator=indicators[code], equipment=equipment[item["code"]])
        for item in standard["critical_equipment"]
        for code in item["indicators"]
        if item["code"] in equipment and (code, None, item["code"]) not in known
    ]
    return len(ProcessIndicator.objects.bulk_create(rows))


def _decimal(value: Any) -> Any:
    """A number of the file as Decimal, None as None."""
    return None if value is None else Decimal(str(value))
