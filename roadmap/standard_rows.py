"""A stored version of the standard as plain values, without its local items."""

from __future__ import annotations

from django.db.models import Prefetch

from roadmap.fingerprints import COLUMNS
from roadmap.models import Evidence, FocusItem, Metric, Principle, Rule, StandardVersion
from roadmap.standard_data import EvidenceData, ItemData, MetricData, PrincipleData, RuleData, StandardData


def data_of(version: StandardVersion) -> StandardData:
    """What the version says (six queries)."""
    evidence = Evidence.objects.select_related("metric").order_by("position")
    items = FocusItem.objects.filter(local_to__isnull=True).order_by("position", "pk")
    principles = Principle.objects.filter(version=version).prefetch_related(
        Prefetch("rules", Rule.objects.order_by("position")),
        Prefetch("rules__items", items),
        Prefetch("rules__items__evidence", evidence),
    )
    return StandardData(
        version=version.version,
        metrics=tuple(_metric(row) for row in version.metrics.order_by("pk")),
        principles=tuple(_principle(row) for row in principles.order_by("number")),
    )


def _metric(row: Metric) -> MetricData:
    return MetricData(
        name=row.name,
        label={"en": row.label_en, "nb": row.label_nb},
        definition={"en": row.definition_en, "nb": row.definition_nb},
        unit=row.unit,
        direction=row.direction,
        needs=tuple(row.needs),
        indicator=row.indicator,
    )


def _principle(row: Principle) -> PrincipleData:
    return PrincipleData(
        number=row.number,
        slug=row.slug,
        name={"en": row.name_en, "nb": row.name_nb},
        description={"en": row.description_en, "nb": row.description_nb},
        rules=tuple(_rule(rule) for rule in row.rules.all()),
    )


def _rule(row: Rule) -> RuleData:
    return RuleData(
        code=row.code,
        name={"en": row.name_en, "nb": row.name_nb},
        text={"en": row.text_en, "nb": row.text_nb},
        items=tuple(_item(item) for item in row.items.all()),
    )


def _item(row: FocusItem) -> ItemData:
    return ItemData(
        code=row.code,
        texts={column: getattr(row, column) for column in COLUMNS},
        evidence=tuple(
            EvidenceData(
                metric=found.metric.name,
                yellow_at=found.yellow_at,
                green_at=found.green_at,
                cadence=found.cadence,
                length=found.length,
                scope=found.scope,
                binding=found.binding,
            )
            for found in row.evidence.all()
        ),
    )
