"""A self-evaluation on paper: results, every item with its reason and the facts of the time, and the signatures."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amps import display
from amps.documents import Content, Head, Params, Progress, charts
from amps.documents.charts import Series, Spoke
from amps.documents.rendering import day_text, moment_text
from principles.improvement.models import Action, ActionState
from principles.improvement.names import shown_name
from principles.teams.models import User
from principles.teams.permissions import access_of
from roadmap.documents import evaluation_of, group_name
from roadmap.drawings import Axis, principle_axes, rule_axes
from roadmap.evidence import Fact, fact_from_json
from roadmap.heat import heat_of
from roadmap.models import Answer, Evaluation, FocusItem, PlanEntry, Principle, RoadmapTarget, Rule
from roadmap.reading import answers_of, items_of, last_answers
from roadmap.results import AnswerRow, ItemRow, Result, result_of


@dataclass(frozen=True, slots=True)
class PaperItem:
    """One focus item: what was agreed on now and the time before, the facts kept with it, and the actions on it."""

    item: FocusItem
    answer: Answer | None
    before: Answer | None
    facts: list[Fact]
    actions: list[Action]

    @property
    def status(self) -> str:
        return str(self.answer.status) if self.answer is not None else "none"

    @property
    def meaning(self) -> str:
        """The standard's own text for the status agreed on; "" where there is none."""
        return str(getattr(self.item, self.status, "")) if self.status != "none" else ""

    @property
    def binding(self) -> Fact | None:
        """The fact that bound the suggestion."""
        name = self.answer.binding if self.answer is not None else ""
        return next((fact for fact in self.facts if fact.metric == name), None)

    @property
    def is_changed(self) -> bool:
        """Whether the standard's text is another than the time before."""
        return self.before is not None and self.before.item.fingerprint != self.item.fingerprint


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A practice rule with its items."""

    rule: Rule
    items: list[PaperItem]


@dataclass(frozen=True, slots=True)
class PaperPrinciple:
    """A principle with its rules; `anchor` is where the contents lead to."""

    principle: Principle
    rules: list[PaperRule]

    @property
    def anchor(self) -> str:
        return f"principle-{self.principle.number}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with the round that it was given in."""

    name: str
    role: str
    at: dt.datetime
    round: int
    counts: bool  # given in the round that stands now


def evaluation_content(params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress) -> Content:
    """Everything that the PDF of an evaluation shows, as `reader` may see it."""
    evaluation = evaluation_of(params)
    items, answers, before = items_of(evaluation), answers_of(evaluation), last_answers(evaluation)
    progress(0.4)
    result = paper_result(evaluation, items, answers, before)
    principles = paper_principles(items, answers, before, actions_on(evaluation, items))
    progress(0.8)
    sections = [
        ("results", _("Results")),
        *((one.anchor, f"{one.principle.number} {one.principle.name}") for one in principles),
        ("signatures", _("Group and signatures")),
    ]
    context = {
        "evaluation": evaluation,
        "result": result,
        "keys": keys_of(result),
        "map": heat_of(evaluation, items, answers),
        "principles": principles,
        "sections": sections,
        "radar_principles": radar_of(principle_axes(result), _("The five principles"), names=True),
        "radar_rules": radar_of(rule_axes(result), _("The practice rules"), names=False),
        "cover_facts": cover_facts(evaluation, reader),
        **group_of(evaluation, reader),
    }
    group = group_name(evaluation)
    head = Head(
        unit=group,
        edition=_("held %(date)s") % {"date": day_text(evaluation.held_on)},
        title=_("Self-evaluation"),
        subject=_("Self-evaluation of %(group)s against the roadmap, version %(version)s")
        % {"group": group, "version": evaluation.version.version},
    )
    return Content("pdf/evaluation.html", context, head)


def paper_result(
    evaluation: Evaluation, items: Sequence[FocusItem], answers: dict[int, Answer], before: dict[str, Answer]
) -> Result:
    """The roll-up of the evaluation, with the last signed one before it and the year's targets."""
    targets = RoadmapTarget.objects.filter(unit=evaluation.unit_id, year=evaluation.held_on.year)
    rows = [
        ItemRow(
            pk=item.pk,
            code=item.code,
            name=item.name,
            fingerprint=item.fingerprint,
            is_local=item.local_to_id is not None,
            rule=item.rule.code,
            rule_name=item.rule.name,
            principle=item.rule.principle.number,
            principle_name=item.rule.principle.name,
        )
        for item in items
    ]
    return result_of(
        rows,
        {pk: AnswerRow(answer.status, answer.reason) for pk, answer in answers.items()},
        {code: AnswerRow(answer.status, fingerprint=answer.item.fingerprint) for code, answer in before.items()},
        dict(targets.values_list("rule_code", "status")),
    )


def paper_principles(
    items: Sequence[FocusItem],
    answers: dict[int, Answer],
    before: dict[str, Answer],
    actions: dict[str, list[Action]],
) -> list[PaperPrinciple]:
    """The items in the standard's order, under their principle and rule."""
    found: list[PaperPrinciple] = []
    for item in items:
        if not found or found[-1].principle.pk != item.rule.principle_id:
            found.append(PaperPrinciple(item.rule.principle, []))
        rules = found[-1].rules
        if not rules or rules[-1].rule.pk != item.rule_id:
            rules.append(PaperRule(item.rule, []))
        answer = answers.get(item.pk)
        rules[-1].items.append(
            PaperItem(
                item=item,
                answer=answer,
                before=before.get(item.code),
                facts=[fact_from_json(fact) for fact in answer.facts] if answer is not None else [],
                actions=actions.get(item.code, []),
            )
        )
    return found


def actions_on(evaluation: Evaluation, items: Sequence[FocusItem]) -> dict[str, list[Action]]:
    """Actions that close the evaluation's gaps, by the item's code: raised by it, or on the same item in its unit."""
    entries = (
        PlanEntry.objects.filter(item_code__in={item.code for item in items})
        .filter(Q(answer__evaluation=evaluation) | Q(action__unit=evaluation.unit_id))
        .exclude(action__state=ActionState.CANCELLED)
        .select_related("action")
        .order_by("action__due", "action_id")
    )
    found: defaultdict[str, list[Action]] = defaultdict(list)
    for entry in entries:
        found[entry.item_code].append(entry.action)
    return found


def cover_facts(evaluation: Evaluation, reader: User) -> list[tuple[str, str]]:
    """What stands on the cover."""
    name = shown_name(access_of(reader), evaluation.leader, evaluation.unit, reader=reader)
    facts = [
        (_("Group"), group_name(evaluation)),
        (_("Date"), day_text(evaluation.held_on)),
        (_("Roadmap"), _("Version %(version)s") % {"version": evaluation.version.version}),
        (_("Leader of the group"), name),
        (_("What it covers"), evaluation.scope_note),
        (_("State"), _state_text(evaluation)),
    ]
    return [(label, text) for label, text in facts if text]


def _state_text(evaluation: Evaluation) -> str:
    words = str(evaluation.get_state_display())
    if evaluation.locked_at is None:
        return words
    return f"{words}, {moment_text(evaluation.locked_at)}"


def keys_of(result: Result) -> list[tuple[str, str, str]]:
    """The figures at the head of the results: number, what stands small beside it, name."""
    counts, before = result.counts, result.before
    change = result.change
    moved = (
        _("%(change)s since last time") % {"change": display.format_number(change, 1, signed=True)}
        if change is not None
        else _("first time")
    )
    up, down = result.moved
    return [
        (display.format_number(counts.index, 0), _("of 100"), _("index") + " · " + moved),
        (str(counts.green), _("of %(total)d") % {"total": counts.total}, _("items green")),
        (str(counts.yellow + counts.red), "", _("items below green")),
        (f"+{up}", f"−{down}" if before is not None else "", _("items up and down since last time")),
    ]


def radar_of(axes: Sequence[Axis], title: str, *, names: bool) -> SafeString:
    """A radar with now, last time and target; the last two only where they are known."""
    now = Series(_("Now"), "--accent")
    before, target = Series(_("Last time"), "--series-2", hatched=True), Series(_("Target"), "--green", hatched=True)
    has_before = any(axis.before is not None for axis in axes)
    has_target = any(axis.target is not None for axis in axes)
    series = [now, *([before] if has_before else []), *([target] if has_target else [])]
    spokes = [
        Spoke(
            f"{axis.code} {axis.name}" if names else axis.code,
            (axis.now, *((axis.before,) if has_before else ()), *((axis.target,) if has_target else ())),
        )
        for axis in axes
    ]
    words = "; ".join(f"{axis.code} {axis.name}: {display.format_number(axis.now, 0)}" for axis in axes)
    return charts.radar(spokes, series, title=f"{title}. {words}", reach=58 if names else 74)


def group_of(evaluation: Evaluation, reader: User) -> dict[str, Any]:
    """The group, its signatures and the reopenings, with names as `reader` may see them."""
    access = access_of(reader)

    def name(person: User | None) -> str:
        return shown_name(access, person, evaluation.unit, reader=reader)

    signatures = [
        Signed(
            name=name(signature.person),
            role=_("Leader of the group") if signature.as_leader else _("Member of the group"),
            at=signature.at,
            round=signature.round,
            counts=signature.round == evaluation.round,
        )
        for signature in evaluation.signatures.select_related("person")
    ]
    return {
        "signatures": signatures,
        "members": [
            (name(member.person), member.left_at) for member in evaluation.participants.select_related("person")
        ],
        "reopenings": [
            {"name": name(reopening.by), "at": reopening.at, "reason": reopening.reason, "round": reopening.round}
            for reopening in evaluation.reopenings.select_related("by")
        ],
    }
