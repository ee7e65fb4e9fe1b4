"""Standards, indicators and observation plans of the demo plant, and the two revisions that tell a story."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from amps.audit import record
from amps.demo.people import People
from amps.demo.plant import LINES, ZONE, Plant
from amps.demo.timeline import Timeline
from kpis.loading import indicators_load
from kpis.models import ChartEvent, Indicator, Target
from observations.models import ObservationPlan
from principles.teams.models import User
from sops.loading import standard_load
from sops.models import Competence, RevisionState, Sop, SopPoint, SopRevision, SopStep

OWNERS = {"SOP-08": "ELK", "SOP-10": "RE1"}
# SOP, areas, targets per round, type of equipment
PLANS = (
    ("SOP-01", LINES, 3, "cell"),
    ("SOP-02", LINES, 8, "cell"),
    ("SOP-03", LINES, 12, "cell"),
    ("SOP-04", LINES, 8, "cell"),
    ("SOP-06", LINES, 8, "cell"),
    ("SOP-07", LINES, 14, "cell"),
    ("SOP-08", LINES, 2, "crane"),
    ("SOP-10", ("RE1",), 2, "scrubber"),
)
# What the lines are held to instead of the catalogue's value: indicator, unit, target, yellow, red.
TARGETS = (("P01", "EL2", "0.06", "0.09", "0.16"), ("O05", "EL1", "96", "95", "90"))


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changes in one step: new text and why, in both languages."""

    step: int
    text_en: str
    text_nb: str
    change_en: str
    change_nb: str


COVERING = (
    Change(
        1,
        "Inspect all anodes of the cell from the walkway; mark those below standard, the newest anodes first.",
        "Inspiser alle anoder i cellen fra gangbanen; merk dem som er under standard, de nyeste anodene først.",
        "The newest anodes come first: they are the ones that burn.",
        "De nyeste anodene kommer først: det er de som brenner.",
    ),
    Change(
        3,
        "Lay cover material from centre to side, even slope, within two hours after an anode change; look again "
        "after eight hours and fill up where the cover has sunk.",
        "Legg dekkemateriale fra midten til siden, jevn skråning, innen to timer etter anodeskift; se igjen etter "
        "åtte timer og fyll på der dekket har sunket.",
        "A time limit for covering, and a second look after eight hours.",
        "Frist for dekking, og en ny kontroll etter åtte timer.",
    ),
    Change(
        4,
        "Measure the clearance from yoke to cover on three anodes with the gauge; do not judge it by eye.",
        "Mål avstanden fra åk til dekke på tre anoder med måleren; ikke bedøm den med øyet.",
        "Measured with the gauge on three anodes instead of judged by eye.",
        "Måles med måler på tre anoder i stedet for å bedømmes med øyet.",
    ),
)
FEEDING = (
    Change(
        1,
        "Look at feeder lamps and alarms and the hopper level; read which feeders are due for weighing today.",
        "Se på materlamper, alarmer og silonivå; les hvilke matere som skal veies i dag.",
        "The list of feeders to weigh is read at the start of the round.",
        "Listen over matere som skal veies leses ved start av runden.",
    ),
    Change(
        5,
        "Weigh three doses per feeder on the list and adjust at once when the mean is outside ± 3 %.",
        "Vei tre doser per mater på listen og juster straks når middelet er utenfor ± 3 %.",
        "Adjusted on the spot, at ± 3 % instead of ± 5 %.",
        "Justeres på stedet, ved ± 3 % i stedet for ± 5 %.",
    ),
)


def local_at(day: dt.date, hour: int) -> dt.datetime:
    """A wall-clock hour of the plant, in UTC."""
    wall = dt.datetime.combine(day, dt.time(hour), tzinfo=ZoneInfo(ZONE))
    return wall.astimezone(dt.UTC)


def standards_make(*, plant: Plant, people: People, since: dt.date) -> None:
    """Load the standard and the indicators as in force from a date; adjust a few targets."""
    start = local_at(since, 6)
    owners = {f"SOP-{number:02d}": plant.units[OWNERS.get(f"SOP-{number:02d}", "ELK")] for number in range(1, 11)}
    standard_load(
        owners=owners,
        author=people.logins["techlead2"],
        approver=people.logins["techlead1"],
        effective_from=start,
        now=start,
    )
    indicators_load(valid_from=since)
    indicators = {row.code: row for row in Indicator.objects.filter(code__in=[row[0] for row in TARGETS])}
    for code, unit, target, yellow, red in TARGETS:
        Target.objects.create(
            indicator=indicators[code],
            unit=plant.units[unit],
            valid_from=since,
            target=Decimal(target),
            yellow=Decimal(yellow),
            red=Decimal(red),
        )


def plans_make(*, plant: Plant, line: Timeline) -> list[ObservationPlan]:
    """One round per shift of every SOP that can be planned; anode effects and start-ups come when they come."""
    return ObservationPlan.objects.bulk_create(
        ObservationPlan(
            sop=Sop.objects.get(code=code),
            area=plant.units[area],
            targets_per_round=targets,
            equipment_type=equipment,
            valid_from=line.first,
        )
        for code, areas, targets, equipment in PLANS
        for area in areas
    )


def revisions_make(*, plant: Plant, people: People, line: Timeline) -> None:
    """The covering routine (SOP-02) and the sharper feeding check (SOP-04), each written by an operator."""
    author = people.observers["EL1", "A"][0]
    approver = people.logins["techlead1"]
    if line.covering is not None:
        _revision(
            "SOP-02",
            day=line.covering,
            changes=COVERING,
            author=author,
            approver=approver,
            summary_en="Covering routine: cover within two hours after an anode change, look again after eight.",
            summary_nb="Dekkerutine: dekk innen to timer etter anodeskift, kontroller igjen etter åtte.",
        )
    if line.feeding is not None:
        _revision(
            "SOP-04",
            day=line.feeding,
            changes=FEEDING,
            author=people.observers["EL2", "D"][0],
            approver=approver,
            summary_en="Feeders are weighed by a list and adjusted on the spot.",
            summary_nb="Matere veies etter liste og justeres på stedet.",
        )
    if line.feeder:
        _feeder_events(plant, line)


def _revision(
    code: str,
    *,
    day: dt.date,
    changes: tuple[Change, ...],
    author: User,
    approver: User,
    summary_en: str,
    summary_nb: str,
) -> None:
    """Revision 2: a copy of revision 1 with some steps changed, approved before and in force from 06:00 that day."""
    old = SopRevision.objects.get(sop__code=code, number=1)
    effective = local_at(day, 6)
    new = SopRevision.objects.get(pk=old.pk)
    new.pk, new.number, new.based_on = None, 2, old
    new.author, new.approved_by = author, approver
    new.created_at, new.sent_at = effective - dt.timedelta(days=9), effective - dt.timedelta(days=5)
    new.approved_at, new.effective_from = effective - dt.timedelta(days=3), effective
    new.state = RevisionState.APPROVED
    new.summary_en, new.summary_nb = summary_en, summary_nb
    new._state.adding = True
    new.save()
    new.roles.set(old.roles.all())
    changed = {change.step: change for change in changes}
    steps: dict[int, SopStep] = {}
    for step in old.steps.prefetch_related("assist"):
        assist = list(step.assist.all())
        step.previous_id, step.pk, step.revision = step.pk, None, new
        step._state.adding = True
        if change := changed.get(step.number):
            step.text_en, step.text_nb = change.text_en, change.text_nb
            step.change_en, step.change_nb = change.change_en, change.change_nb
        step.save()
        step.assist.set(assist)
        steps[step.number] = step
    SopPoint.objects.bulk_create(
        SopPoint(
            revision=new,
            step=steps[bound.step.number],
            point_id=bound.point_id,
            code=bound.code,
            position=bound.position,
        )
        for bound in old.points.select_related("step")
    )
    record(
        actor=approver,
        action="sop.approved",
        target=new,
        after={"number": 2, "effective_from": effective, "summary_en": summary_en},
    )


def _feeder_events(plant: Plant, line: Timeline) -> None:
    """What the shift wrote down about the feeders of section EL2-S3, on the charts of the line."""
    hours = {1: 6, 2: 14, 3: 22}
    (first_day, first_number), (last_day, last_number) = line.feeder[0], line.feeder[-1]
    ends = local_at(last_day, hours[last_number]) + dt.timedelta(hours=8)
    ChartEvent.objects.bulk_create(
        [
            ChartEvent(
                unit=plant.units["EL2"],
                at=local_at(first_day, hours[first_number]),
                title_en="Feeder faults in section EL2-S3",
                title_nb="Materfeil i seksjon EL2-S3",
            ),
            ChartEvent(
                unit=plant.units["EL2"],
                at=ends,
                title_en="Air supply of EL2-S3 repaired",
                title_nb="Lufttilførsel til EL2-S3 reparert",
            ),
        ]
    )


def competences_make(*, people: People) -> None:
    """Everybody is signed on revision 1 before the first fact, and on a second revision within a fortnight of it."""
    revisions = list(SopRevision.objects.select_related("sop").order_by("sop__code", "number"))
    rows: list[Competence] = []
    for at, person in enumerate(people.everyone()):
        level = (Competence.Level.SUPERVISED, Competence.Level.INDEPENDENT, Competence.Level.INDEPENDENT)[at % 3]
        if at % 7 == 0:
            level = Competence.Level.TRAINER
        for revision in revisions:
            start = revision.effective_from
            if start is None:
                continue
            days = -20 if revision.number == 1 else (at * 5) % 15 - 3
            rows.append(
                Competence(person=person, revision=revision, level=level, signed_at=start + dt.timedelta(days=days))
            )
    Competence.objects.bulk_create(rows)
