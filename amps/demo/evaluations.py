"""The demo's self-evaluations: two that each area signed, and a third one half done, with the facts of the last day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from amps.demo.evaluation_texts import AGAINST, COMMENTS, GROUPS, MATURITY, REASONS
from amps.demo.history import Stage
from amps.demo.plant import AREAS
from principles.teams.models import User
from roadmap.evidence import ItemFacts, facts_of_many
from roadmap.loading import standard_load
from roadmap.models import Answer, Evaluation, FocusItem, ItemStatus, Mark, StandardVersion
from roadmap.reading import items_of_version
from roadmap.services.evaluations import answer_set, evaluation_open
from roadmap.services.signing import evaluation_sign
from roadmap.services.targets import targets_set

# Days before the end.
SIGNED = (212, 91)
RUNNING = 6
HALF = 30
_HOUR = dt.timedelta(hours=1)
_STEP = 0.16  # how much further the areas had come from one time to the next
_RISING = (ItemStatus.RED, ItemStatus.YELLOW, ItemStatus.GREEN)
_RANK = {status: place for place, status in enumerate(_RISING)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a group answers: the items, and who of the group writes."""

    evaluation: Evaluation
    items: list[FocusItem]
    group: list[User]


def evaluations_make(stage: Stage) -> dict[str, Evaluation]:
    """Two signed evaluations per area; returns the later one of each, whose gaps the plan closes."""
    version = standard_load(now=stage.ago(400))
    items = items_of_version(version.pk)
    last: dict[str, Evaluation] = {}
    for area in AREAS:
        for turn, days in enumerate(SIGNED):
            sheet = _opened(stage, area, version, items, days)
            _answered(stage, area, sheet, turn)
            last[area] = _signed(stage, sheet)
        _targets(stage, area, items)
    return last


def evaluations_begin(stage: Stage) -> None:
    """The third evaluation of each area: half of it agreed upon, with what the facts say now."""
    version = StandardVersion.objects.first()
    if version is None:
        return
    items = items_of_version(version.pk)
    for area in AREAS:
        sheet = _opened(stage, area, version, items, RUNNING)
        _half(stage, area, sheet)


def _opened(stage: Stage, area: str, version: StandardVersion, items: list[FocusItem], days: int) -> Sheet:
    held_on = stage.today - dt.timedelta(days=days)
    group = [stage.person(username) for username in GROUPS[area]]
    evaluation = evaluation_open(
        unit=stage.unit(area),
        version=version,
        held_on=held_on,
        leader=group[0],
        participants=group,
        actor=group[0],
        now=stage.clock(held_on, 9),
    )
    return Sheet(evaluation, items, group)


def _answered(stage: Stage, area: str, sheet: Sheet, turn: int) -> None:
    """What the group agreed on before there were facts: written at once, a service per answer would take too long."""
    evaluation = sheet.evaluation
    Answer.objects.bulk_create(
        Answer(
            evaluation=evaluation,
            item=item,
            status=(status := _status(stage, area, item, turn)),
            reason=_reason(stage, area, item, status),
            decided_by=sheet.group[place % len(sheet.group)],
            decided_at=evaluation.opened_at + place * dt.timedelta(minutes=3),
        )
        for place, item in enumerate(sheet.items)
    )


def _signed(stage: Stage, sheet: Sheet) -> Evaluation:
    signed = sheet.evaluation
    # The leader signs last.
    for place, person in enumerate((*sheet.group[1:], sheet.group[0])):
        signed = evaluation_sign(
            evaluation=signed,
            actor=person,
            now=sheet.evaluation.opened_at + 4 * _HOUR + place * dt.timedelta(minutes=2),
        )
    return signed


def _half(stage: Stage, area: str, sheet: Sheet) -> None:
    """Some thirty items: everybody's own mark first, then what they agreed on, and one claim against the facts."""
    chosen = sheet.items[:HALF]
    facts = facts_of_many(chosen, unit=stage.unit(area), now=stage.until)
    marks: list[Mark] = []
    answers: list[Answer] = []
    claims = 1
    for place, item in enumerate(chosen):
        now = sheet.evaluation.opened_at + place * dt.timedelta(minutes=4)
        status, against = _agreed(stage, area, item, facts[item.pk], claims)
        claims -= bool(against)
        marks += _marks(stage, area, sheet, item, status, now)
        answers.append(
            Answer(
                evaluation=sheet.evaluation,
                item=item,
                status=status,
                reason=_reason(stage, area, item, status),
                against_facts=against,
                suggested=facts[item.pk].suggested,
                binding=facts[item.pk].binding or "",
                facts=facts[item.pk].as_json(),
                decided_by=sheet.group[0],
                decided_at=now,
            )
        )
    if area == AREAS[0]:
        _one_by_one(sheet, answers, facts)
    else:
        Answer.objects.bulk_create(answers)
    for place, item in enumerate(sheet.items[HALF : HALF + 3]):
        # Marked by some, not agreed upon yet.
        now = sheet.evaluation.opened_at + (HALF + place) * dt.timedelta(minutes=4)
        marks += _marks(stage, area, sheet, item, _status(stage, area, item, 2), now)[:-1]
    Mark.objects.bulk_create(marks)


def _one_by_one(sheet: Sheet, answers: list[Answer], facts: dict[int, ItemFacts]) -> None:
    """As the group's page stores them."""
    for answer in answers:
        answer_set(
            evaluation=sheet.evaluation,
            item=answer.item,
            status=answer.status,
            reason=answer.reason,
            against_facts=answer.against_facts,
            version=0,
            actor=sheet.group[0],
            now=answer.decided_at,
            facts=facts[answer.item_id],
        )


def _agreed(stage: Stage, area: str, item: FocusItem, facts: ItemFacts, claims: int) -> tuple[ItemStatus, str]:
    """What the group agreed on, and why it stands where the facts say less."""
    wanted = _status(stage, area, item, 2)
    suggested = ItemStatus(facts.suggested)
    if suggested == ItemStatus.NONE:
        return wanted, ""
    if _RANK[wanted] <= _RANK[suggested]:
        return wanted if _RANK[suggested] - _RANK[wanted] < 2 else ItemStatus.YELLOW, ""
    if claims > 0:
        return _RISING[_RANK[suggested] + 1], stage.say(AGAINST)
    return suggested, ""


def _marks(stage: Stage, area: str, sheet: Sheet, item: FocusItem, agreed: ItemStatus, now: dt.datetime) -> list[Mark]:
    dice = Random(f"{stage.seed}-{area}-{item.code}-marks")  # noqa: S311 - a demo's dice
    found = []
    for person in sheet.group:
        status, comment = agreed, ""
        if dice.random() < 0.28:
            status = _RISING[min(2, max(0, _RANK[agreed] + dice.choice((-1, 1))))]
            comment = stage.say(dice.choice(COMMENTS)) if dice.random() < 0.4 else ""
        found.append(
            Mark(evaluation=sheet.evaluation, item=item, person=person, status=status, comment=comment, at=now)
        )
    return found


def _status(stage: Stage, area: str, item: FocusItem, turn: int) -> ItemStatus:
    """Further every time, unevenly from item to item; the first item of a rule stays below green in the signed ones."""
    dice = Random(f"{stage.seed}-{area}-{item.code}")  # noqa: S311 - a demo's dice
    reach = MATURITY[area] + turn * _STEP + dice.uniform(-0.42, 0.42)
    place = 0 if reach < 0.34 else 1 if reach < 0.74 else 2
    if item.position <= 1 and turn < 2:
        place = min(place, 1)
    return _RISING[place]


def _reason(stage: Stage, area: str, item: FocusItem, status: ItemStatus) -> str:
    dice = Random(f"{stage.seed}-{area}-{item.code}-{status}")  # noqa: S311 - a demo's dice
    return stage.say(dice.choice(REASONS[item.rule.principle.number][status]))


def _targets(stage: Stage, area: str, items: list[FocusItem]) -> None:
    """Every rule is to be yellow at least by the end of the year, those of the standard green."""
    rules = sorted({item.rule.code for item in items})
    targets = {code: str(ItemStatus.GREEN if code[0] in "12" else ItemStatus.YELLOW) for code in rules}
    targets_set(unit=stage.unit(area), year=stage.today.year, targets=targets, seen=None, actor=stage.person("manager"))
