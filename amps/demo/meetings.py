"""The demo's meetings: the morning meeting's example (F049-F051), two weeks of meetings, what was decided in them."""

from __future__ import annotations

import datetime as dt

from amps.demo.deviation_cases import Work
from amps.demo.history import Life, Pair, Stage
from amps.demo.improvement import Planned, work_goes_on
from amps.demo.meeting_texts import (
    ANSWERS,
    DECISIONS,
    MONTHLY,
    MONTHLY_DECISION,
    MORNING,
    QUESTION,
    WEEKLY,
    WEEKLY_DECISIONS,
    Sitting,
)
from amps.demo.plant import STATION
from principles.dimensions import Dimension
from principles.improvement.models import (
    ActionState,
    CauseCategory,
    CauseKind,
    Deviation,
    Meeting,
    MeetingItem,
    Severity,
    Verdict,
    Why,
)
from principles.improvement.services.actions import action_move
from principles.improvement.services.deviations import (
    cause_record,
    deviation_contain,
    deviation_edit,
    deviation_open,
    whys_save,
)
from principles.improvement.services.meetings import (
    attend,
    item_action_add,
    item_add,
    item_deviation_close,
    item_effect_verify,
    item_save,
    meeting_end,
    meeting_open,
)

DAYS = 14
_MINUTE = dt.timedelta(minutes=1)
_EXAMPLE = (5, 4, 3)  # days back: found, taken up, answered


def meeting_lives(stage: Stage, planned: Planned) -> list[Life]:
    """Two weeks of morning meetings in potline 1, two weekly meetings, a monthly one, and the example of K-304."""
    example = _Example(stage, planned)
    first = max(stage.line.first, stage.today - dt.timedelta(days=DAYS))
    lives = [example.found()]
    for back in range((stage.today - first).days, 0, -1):
        lives.append(_meeting(stage, MORNING, back, DECISIONS.get(back), planned, example))
    mondays = [back for back in range(DAYS, 0, -1) if (stage.today - dt.timedelta(days=back)).weekday() == 0]
    for place, back in enumerate(mondays):
        lives.append(_meeting(stage, WEEKLY, back, WEEKLY_DECISIONS.get(place), planned, None))
    lives.append(_meeting(stage, MONTHLY, 10, MONTHLY_DECISION, planned, None))
    return lives


def _meeting(
    stage: Stage,
    sitting: Sitting,
    back: int,
    decided: tuple[Pair, Pair, Work] | None,
    planned: Planned,
    example: _Example | None,
) -> Life:
    day = stage.today - dt.timedelta(days=back)
    now = yield stage.clock(day, sitting.hour, sitting.minute)
    leader = stage.person(sitting.leader)
    meeting = meeting_open(arena=sitting.arena, unit=stage.unit(sitting.unit), held_on=day, actor=leader, now=now)
    for username, capacity in sitting.people:
        attend(meeting=meeting, person=stage.person(username), capacity=stage.say(capacity), actor=leader)
    for item in meeting.items.select_related("deviation", "action__owner").order_by("position"):
        if example is None or not example.taken_up(meeting, item, back, now):
            _answered(stage, sitting, item, back)
    follow: tuple[Work, Life] | None = None
    if decided is not None:
        follow = _decided(stage, sitting, meeting, decided, planned, now)
    meeting_end(meeting=meeting, note="", actor=leader, now=now + 25 * _MINUTE)
    if follow is not None:
        yield from follow[1]


def _answered(stage: Stage, sitting: Sitting, item: MeetingItem, back: int) -> None:
    """Somebody who is there answers how far a matter has come; every fourth is left for the next time."""
    if (item.position + back) % 4 == 3:
        return
    people = [stage.person(username) for username, _ in sitting.people]
    owner = item.action.owner if item.action is not None else item.deviation.owner if item.deviation else None
    who = owner if owner in people else people[(item.position + back) % 2]
    said = {
        "question": stage.say(QUESTION),
        "answer": stage.say(ANSWERS[(item.position + back) % len(ANSWERS)]),
        "answered_by": who,
    }
    item_save(item=item, said=said, read={}, actor=stage.person(sitting.leader))


def _decided(
    stage: Stage,
    sitting: Sitting,
    meeting: Meeting,
    decided: tuple[Pair, Pair, Work],
    planned: Planned,
    now: dt.datetime,
) -> tuple[Work, Life]:
    title, decision, work = decided
    leader = stage.person(sitting.leader)
    item = item_add(meeting=meeting, title=stage.say(title), actor=leader)
    item_save(item=item, said={"decision": stage.say(decision)}, read={}, actor=leader)
    action = item_action_add(
        item=item,
        actor=leader,
        now=now,
        unit=stage.unit(work.unit or sitting.unit),
        title=stage.say(work.title),
        goal=stage.say(work.goal),
        owner=stage.person(work.owner),
        due=max(stage.date(work.due), now.date() + dt.timedelta(days=1)),
        dimension=work.dimension,
        principle=work.principle,
    )
    planned(action, work.nok, now)
    return work, work_goes_on(stage, work, action, now)


class _Example:
    """The temperature deviation at K-304: found, taken up the next morning, answered and closed the morning after."""

    def __init__(self, stage: Stage, planned: Planned) -> None:
        self.stage, self._planned = stage, planned
        self.deviation: Deviation | None = None

    def found(self) -> Life:
        """An operator sees that the temperature swings; the crucible is measured by hand meanwhile."""
        stage = self.stage
        days = min(_EXAMPLE[0], 7 * stage.line.weeks - 1)
        now = yield stage.clock(stage.today - dt.timedelta(days=days), 10, 12)
        operator = stage.person("operator")
        self.deviation = deviation_open(
            title=stage.say(("The temperature at K-304 swings", "Temperaturen på K-304 svinger")),
            unit=stage.unit("EL1"),
            equipment=stage.unit(STATION),
            occurred_at=now - 20 * _MINUTE,
            actor=operator,
            now=now,
            severity=Severity.HIGH,
            description=stage.say(
                (
                    "The display jumps between 640 and 780 °C while the crucible stands still.",
                    "Visningen hopper mellom 640 og 780 °C mens digelen står i ro.",
                )
            ),
        )
        now = yield now + 25 * _MINUTE
        words = (
            "Measured by hand with a thermocouple before each crucible leaves.",
            "Målt for hånd med termoelement før hver digel går.",
        )
        deviation_contain(deviation=self.deviation, words=stage.say(words), actor=operator, now=now)
        now = yield stage.clock(stage.today - dt.timedelta(days=_EXAMPLE[1]), 12)
        action = self.deviation.actions.order_by("pk").first()
        if action is None:
            return
        action_move(action=action, to=ActionState.DO, actor=stage.person("electrician"), now=now)
        now = yield stage.clock(stage.today - dt.timedelta(days=_EXAMPLE[1]), 18)
        note = stage.say(("Transmitter replaced, loop checked.", "Transmitter byttet, målesløyfe kontrollert."))
        action_move(action=action, to=ActionState.CHECK, note=note, actor=stage.person("electrician"), now=now)

    def taken_up(self, meeting: Meeting, item: MeetingItem, back: int, now: dt.datetime) -> bool:
        """Play the example's part of a morning meeting; whether this matter was the example."""
        if self.deviation is None or item.deviation_id != self.deviation.pk:
            return False
        if back == _EXAMPLE[1]:
            self._decide(item, now)
        elif back == _EXAMPLE[2]:
            self._close(item, now)
        else:
            return False
        return True

    def _decide(self, item: MeetingItem, now: dt.datetime) -> None:
        stage, leader = self.stage, self.stage.person("arealeader")
        electrician = stage.person("electrician")
        today = stage.today - dt.timedelta(days=_EXAMPLE[1])
        deviation_edit(deviation=_present(item), actor=leader, now=now, owner=leader, due=today + dt.timedelta(days=3))
        said = {
            "question": stage.say(("What do we know about K-304?", "Hva vet vi om K-304?")),
            "answer": stage.say(
                ("The reading swings, the crucible does not.", "Visningen svinger, digelen gjør det ikke.")
            ),
            "answered_by": stage.person("operator"),
            "decision": stage.say(
                ("Electrical looks at the transmitter today.", "Elektro ser på transmitteren i dag.")
            ),
        }
        item_save(item=item, said=said, read={}, actor=leader)
        action = item_action_add(
            item=item,
            actor=leader,
            now=now,
            unit=stage.unit("EL1"),
            equipment=stage.unit(STATION),
            title=stage.say(
                (
                    "Check the temperature transmitter and the loop at K-304",
                    "Kontrollere temperaturtransmitter og målesløyfe på K-304",
                )
            ),
            goal=stage.say(("A steady reading within 5 °C", "Stabil visning innenfor 5 °C")),
            owner=electrician,
            due=today + dt.timedelta(days=1),
            dimension=Dimension.QUALITY,
            principle=2,
        )
        self._planned(action, None, now)

    def _close(self, item: MeetingItem, now: dt.datetime) -> None:
        stage, leader = self.stage, self.stage.person("arealeader")
        deviation = _present(item)
        said = {
            "question": stage.say(
                ("What is the status of the action on K-304?", "Hva er status på tiltaket på K-304?")
            ),
            "answer": stage.say(
                (
                    "The temperature transmitter seemed unstable and was replaced. "
                    "The measuring loop is checked and its accuracy approved.",
                    "Temperaturtransmitteren virket ustabil og er byttet. "
                    "Målesløyfen er kontrollert og nøyaktigheten godkjent.",
                )
            ),
            "answered_by": stage.person("electrician"),
            "confirmation": stage.say(
                (
                    "The temperature log shows a steady value since last night. The problem seems solved.",
                    "Temperaturloggen viser stabil verdi siden i går kveld. Problemet ser ut til å være løst.",
                )
            ),
            "confirmed_by": stage.person("support"),
        }
        item_save(item=item, said=said, read={}, actor=leader)
        action = deviation.actions.order_by("pk")[0]
        words = stage.say(("Steady at 712 °C in the log since 18:00.", "Stabilt 712 °C i loggen siden kl. 18."))
        item_effect_verify(
            item=item, action=action, words=words, verdict=Verdict.BETTER, actor=stage.person("support"), now=now
        )
        for to in (ActionState.ACT, ActionState.DONE):
            action_move(action=action, to=to, actor=leader, now=now)
        whys = (
            (("The reading swung, not the temperature", "Visningen svingte, ikke temperaturen"), Why.Evidence.FACT),
            (("The transmitter had aged in the heat", "Transmitteren var eldet i varmen"), Why.Evidence.OBSERVED),
            (
                ("It hangs where the crucible radiates on it", "Den henger der digelen stråler på den"),
                Why.Evidence.OBSERVED,
            ),
        )
        whys_save(deviation=deviation, whys=[(stage.say(words), known) for words, known in whys], actor=leader)
        cause_record(
            deviation=deviation,
            kind=CauseKind.OTHER,
            category=CauseCategory.MACHINE,
            root_cause=stage.say(
                ("A transmitter aged by heat gave a false reading.", "En transmitter eldet av varme ga feil visning.")
            ),
            actor=leader,
            now=now,
        )
        closing = (
            "Closed with the customer present: steady in the log, crucibles warm.",
            "Lukket med kunden til stede: stabilt i loggen, diglene varme.",
        )
        item_deviation_close(item=item, words=stage.say(closing), actor=leader, now=now)


def _present(item: MeetingItem) -> Deviation:
    return Deviation.objects.get(meeting_items=item)
