"""A plan with many actions and a signed self-evaluation, made in the small plant for documents to show."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from principles.improvement.models import Action, EffectCheck
from principles.teams.models import Role, Unit
from roadmap.loading import standard_load
from roadmap.models import (
    Answer,
    Challenge,
    Evaluation,
    FocusItem,
    Participant,
    PlanEntry,
    PlanYear,
    Reopening,
    RoadmapTarget,
    Signature,
)
from roadmap.reading import items_of
from tests import factories as make

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TITLES = (
    "Måle badhøyde på hver celle før skiftmøtet",
    "Øve inn dekking etter bytte av anode",
    "Rydde rundt råstoffsiloen, og merke gangveien",
    "Ny rutine for kontroll av strømfordeling på nye anoder i hele elektrolysehallen, med opplæring av alle skift",
    "Samle avvik fra rågassmålingen",
    "Åpne mannlokk kun med permit, og si fra til kontrollrommet",
)
HOSTILE = '<img src="file:///etc/passwd"><a href="file:///etc/hosts">her</a> url(http://127.0.0.1:9/x) & <b>fet</b>'
LONG_WORD = "Aluminiumselektrolysecelleovervåkningssystemkalibreringsrutinebeskrivelse" * 2


class PlanWorld:
    """The small plant with `count` actions in EL1's plan of 2026, in every state, and two signed evaluations."""

    def __init__(self, count: int = 200) -> None:
        self.plant = make.make_plant()
        make.make_schedule()
        self.leader = make.make_person(Role.AREA_LEADER, self.plant.el1, "leader", name="Åse Bø")
        self.manager = make.make_person(Role.PLANT_MANAGER, self.plant.plant, "manager")
        self.customer = make.make_person(Role.CUSTOMER, self.plant.st1, "customer")
        self.owners = [
            make.make_person(Role.OPERATOR, self.plant.el1, name=name)
            for name in ("Øyvind Ås", "Kari Nærø", "Per Langstrøm-Håkonsen", "Liv Vik")
        ]
        self.version = standard_load(now=NOW)
        PlanYear.objects.create(plant=self.plant.plant, year=2026, tonnes=Decimal(200_000), nok_per_usd=Decimal("10.5"))
        self.challenges = [
            Challenge.objects.create(
                unit=self.plant.el1, year=2026, dimension=dimension, text=text, goal=goal,
                given_by=self.manager, given_at=NOW,
            )
            for dimension, text, goal in (
                ("cost", "Lavere energiforbruk per tonn", "−0,15 kWh/kg innen utgangen av året"),
                ("hse", "Ingen brannskader", "0"),
                ("quality", "Renere metall til støperiet", "Fe under 0,09 %"),
            )
        ]  # fmt: skip
        self.before = self.evaluation(dt.date(2026, 5, 12), shift=1)
        self.last = self.evaluation(dt.date(2026, 11, 10), shift=0)
        self.actions = [self.action(index) for index in range(count)]

    def action(self, index: int, unit: Unit | None = None) -> Action:
        """One action of EL1, or of the unit given; its state goes round with its number."""
        state = ("plan", "do", "check", "act", "done", "do", "done", "cancelled")[index % 8]
        due = dt.date(2026, 1, 15) + dt.timedelta(days=(index * 37) % 340)
        started = dt.datetime(2026, 1, 5, tzinfo=make.OSLO)
        ended = started + dt.timedelta(days=200) if state in ("done", "cancelled") else None
        title = TITLES[index % len(TITLES)]
        if index == 3:
            title = f"Rette skjema {HOSTILE}"
        if index == 5:
            title = LONG_WORD
        item = self.items[index % len(self.items)]
        action = Action.objects.create(
            title=title[:200],
            goal=f"Mål {index}: avvik under {index % 9} per uke" if index % 3 else "",
            unit=unit or self.plant.el1,
            owner=self.owners[index % len(self.owners)],
            due=due,
            first_due=due - dt.timedelta(days=30 if index % 5 == 0 else 0),
            dimension=("hse", "volume", "quality", "cost")[index % 4],
            principle=item.rule.principle.number if index % 2 else index % 5 + 1,
            state=state,
            created_at=started,
            started_at=started if state != "plan" else None,
            carried_out_at=started + dt.timedelta(days=120) if state in ("check", "act", "done") else None,
            ended_at=ended,
        )
        gap = Answer.objects.filter(evaluation=self.last, item=item).first()
        PlanEntry.objects.create(
            action=action,
            year=2026,
            item_code=item.code if index % 2 else "",
            answer=gap if index % 2 else None,
            challenge=self.challenges[index % 3] if index % 4 == 0 else None,
            nok_per_year=Decimal(50_000 * (index % 12)) if index % 3 != 1 else None,
            added_at=NOW,
        )
        if state in ("check", "act", "done"):
            self.check(action, index)
        return action

    def check(self, action: Action, index: int) -> None:
        """The effect of one that is carried out."""
        figures = {
            "indicator_code": "I20",
            "indicator_en": "Bath height",
            "indicator_nb": "Badhøyde",
            "unit": "cm",
            "decimals": 1,
            "direction": "up",
            "place": action.unit,
            "expected": Decimal("1.5"),
            "before_value": Decimal("17.2"),
            "after_value": Decimal("17.2") + Decimal(index % 5) / 2,
        }
        verified = action.state != "check"
        EffectCheck.objects.create(
            action=action,
            **(figures if index % 3 == 0 else {}),
            words="Sett på celle og i tall: jevnere høyde." if verified else "",
            verdict=("better", "no_change", "worse")[index % 3] if verified else "",
            verified_at=NOW if verified else None,
            verified_by=self.leader if verified else None,
        )

    def evaluation(self, held_on: dt.date, *, shift: int) -> Evaluation:
        """A signed evaluation with every item answered, facts and a claim against them."""
        at = dt.datetime.combine(held_on, dt.time(13), make.OSLO)
        made = Evaluation.objects.create(
            unit=self.plant.el1, version=self.version, held_on=held_on, leader=self.leader, state="locked", round=2,
            opened_at=at, locked_at=at + dt.timedelta(hours=3), scope_note="Hele området, alle skift",
        )  # fmt: skip
        self.items: list[FocusItem] = items_of(made)
        for index, item in enumerate(self.items):
            status = ("green", "yellow", "red", "green", "green", "yellow", "none")[(index + shift) % 7]
            suggested = ("green", "yellow", "red")[index % 3]
            Answer.objects.create(
                evaluation=made,
                item=item,
                status=status,
                reason=f"Gruppa så på {index + 1} kort og var på runde i hallen sammen med skiftet."
                if index % 4
                else "",
                against_facts="Tallene er fra før ombyggingen; nå er det annerledes." if index % 9 == 3 else "",
                suggested=suggested,
                binding="sop_coverage",
                facts=[fact(suggested)],
                decided_at=at,
            )
        for person in (self.leader, *self.owners[:3]):
            Participant.objects.create(evaluation=made, person=person, joined_at=at)
            for number in (1, 2):
                Signature.objects.create(
                    evaluation=made, person=person, as_leader=person == self.leader, round=number,
                    at=at + dt.timedelta(hours=number),
                )  # fmt: skip
        Participant.objects.create(
            evaluation=made, person=self.owners[3], joined_at=at, left_at=at + dt.timedelta(minutes=40)
        )
        Reopening.objects.create(
            evaluation=made, round=1, by=self.manager, at=at + dt.timedelta(minutes=90), reason="Punkt 1.2.1 var glemt."
        )
        for rule in {item.rule.code for item in self.items}:
            RoadmapTarget.objects.get_or_create(
                unit=self.plant.el1, year=2026, rule_code=rule, defaults={"status": "green"}
            )
        return made


def fact(status: str) -> dict[str, object]:
    """A fact as an answer keeps it."""
    value = {"green": "97", "yellow": "84.2", "red": "41.5"}[status]
    return {
        "metric": "sop_coverage", "value": value, "unit": "%", "numerator": value, "denominator": "100",
        "yellow_at": "80", "green_at": "95", "direction": "up", "status": status,
        "label": {"en": "Steps covered by SOPs", "nb": "Trinn dekket av SOP-er"},
        "where": {"en": "Crew A", "nb": "Skift A"}, "missing": {"en": "", "nb": ""},
    }  # fmt: skip
