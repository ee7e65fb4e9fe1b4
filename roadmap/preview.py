"""What a newer version of the standard would change: pure comparison, and what it means for the plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amps.bilingual import active_language
from amps.display import format_number
from roadmap.fingerprints import LANGUAGES, TEXTS
from roadmap.models import Evaluation, FocusItem, StandardVersion
from roadmap.reading import RUNNING
from roadmap.standard_data import EvidenceData, ItemData, MetricData, RuleData, StandardData
from roadmap.standard_rows import data_of
from sops.comparison import Segment, segments

LABELS: dict[str, str | Promise] = {
    "name": _("Name"),
    "red": _("Red"),
    "yellow": _("Yellow"),
    "green": _("Green"),
    "evidence_text": _("Evidence"),
}


@dataclass(frozen=True, slots=True)
class TextChange:
    """One changed text, word by word; `language` is set where only the other language's text differs."""

    label: str | Promise
    segments: Sequence[Segment]
    language: str = ""


@dataclass(frozen=True, slots=True)
class LimitChange:
    """One metric of an item: its limits before and after, as text; empty where it was or is not asked."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item of the same code in both versions that is not the same."""

    code: str
    name: str
    texts: Sequence[TextChange]
    limits: Sequence[LimitChange]

    @property
    def carries_over(self) -> bool:
        """Whether answers still count as given to the same item: only limits have changed."""
        return not self.texts


@dataclass(frozen=True, slots=True)
class Partition:
    """Codes of focus items by what happens to them; every code of either version stands in exactly one."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def partition(before: Mapping[str, ItemData], after: Mapping[str, ItemData]) -> Partition:
    """Sort the codes of two versions, in the order of the newer one (removed: of the older)."""
    found = Partition()
    for code, item in after.items():
        if code not in before:
            found.added.append(code)
        elif before[code].fingerprint != item.fingerprint or _limits(before[code]) != _limits(item):
            found.changed.append(code)
        else:
            found.same.append(code)
    found.removed.extend(code for code in before if code not in after)
    return found


@dataclass(frozen=True, slots=True)
class Preview:
    """What adopting a file would do. `base` is the version it is compared with (None: the first one)."""

    data: StandardData
    base: StandardVersion | None
    added: list[ItemData]
    changed: list[ItemChange]
    removed: list[ItemData]
    same: int
    rules_added: list[RuleData]
    rules_removed: list[RuleData]
    running: list[Evaluation]
    local_kept: list[FocusItem]
    local_lost: list[FocusItem]


def preview(data: StandardData, *, base: StandardVersion | None) -> Preview:
    """Compare what a file says with the version in use, and with the plant's own items and running evaluations."""
    old = data_of(base) if base is not None else StandardData("", (), ())
    before, after = ({item.code: item for item in one.items()} for one in (old, data))
    parts = partition(before, after)
    metrics = ({m.name: m for m in old.metrics}, {m.name: m for m in data.metrics})
    old_rules, new_rules = ({rule.code: rule for rule in one.rules()} for one in (old, data))
    local = local_in_use(base) if base is not None else []
    return Preview(
        data=data,
        base=base,
        added=[after[code] for code in parts.added],
        changed=[_change(before[code], after[code], metrics) for code in parts.changed],
        removed=[before[code] for code in parts.removed],
        same=len(parts.same),
        rules_added=[rule for code, rule in new_rules.items() if code not in old_rules],
        rules_removed=[rule for code, rule in old_rules.items() if code not in new_rules],
        running=list(Evaluation.objects.filter(state__in=RUNNING).select_related("unit", "crew", "version")),
        local_kept=[item for item in local if item.rule.code in new_rules],
        local_lost=[item for item in local if item.rule.code not in new_rules],
    )


def local_in_use(version: StandardVersion) -> list[FocusItem]:
    """The plant's own items beside a version."""
    found = FocusItem.objects.filter(rule__principle__version=version, local_to__isnull=False, active=True)
    return list(found.select_related("rule", "local_to").order_by("rule__principle__number", "rule__position", "code"))


def _limits(item: ItemData) -> dict[str, EvidenceData]:
    return {found.metric: found for found in item.evidence}


def _change(
    before: ItemData, after: ItemData, metrics: tuple[Mapping[str, MetricData], Mapping[str, MetricData]]
) -> ItemChange:
    return ItemChange(
        code=after.code,
        name=name_of(after),
        texts=list(_text_changes(before, after)),
        limits=_limit_changes(before, after, metrics),
    )


def _text_changes(before: ItemData, after: ItemData) -> list[TextChange]:
    """Changed texts in the reader's language; where only the other language differs, that one, marked."""
    first = active_language()
    languages = (first, *(other for other in LANGUAGES if other != first))
    found = []
    for name in TEXTS:
        for language in languages:
            column = f"{name}_{language}"
            old, new = (" ".join(item.texts.get(column, "").split()) for item in (before, after))
            if old != new:
                marked = "" if language == first else language
                found.append(TextChange(LABELS[name], segments(old, new), marked))
                break
    return found


def _limit_changes(
    before: ItemData, after: ItemData, metrics: tuple[Mapping[str, MetricData], Mapping[str, MetricData]]
) -> list[LimitChange]:
    old, new = _limits(before), _limits(after)
    changes = []
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) == new.get(name):
            continue
        metric = metrics[1].get(name) or metrics[0].get(name)
        label = metric.label[active_language()] if metric is not None else name
        changes.append(LimitChange(label, limits_text(old.get(name), metric), limits_text(new.get(name), metric)))
    return changes


def limits_text(found: EvidenceData | None, metric: MetricData | None) -> str:
    """The limits of a metric in words: "yellow from 60, green from 100 %"; empty for none."""
    if found is None:
        return ""
    yellow, green = (format_number(value.normalize(), None) for value in (found.yellow_at, found.green_at))
    values = {"yellow": yellow, "green": f"{green} {metric.unit}".strip() if metric is not None else green}
    return str(_("yellow from %(yellow)s, green from %(green)s")) % values


def name_of(item: ItemData) -> str:
    """The item's name in the reader's language."""
    return item.texts[f"name_{active_language()}"]
