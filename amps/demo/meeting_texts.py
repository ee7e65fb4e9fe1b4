"""What was said and decided in the demo's meetings, and who came to them."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from dataclasses import dataclass

from amps.demo.deviation_cases import Work
from amps.demo.history import Pair
from principles.dimensions import Dimension
from principles.improvement.models import ActionState, Arena


@dataclass(frozen=True, slots=True)
class Sitting:
    """One meeting to be held: who leads it and who comes, as what."""

    arena: str
    unit: str
    leader: str
    people: tuple[tuple[str, Pair], ...]
    hour: int
    minute: int = 0


_OPERATOR, _SUPPORT = ("operator", "operatør"), ("process support", "prosessstøtte")
_ELECTRIC, _MASON = ("electrical maintenance", "elektrovedlikehold"), ("refractory maintenance", "I-mur")
_CUSTOMER, _TECHNICAL, _CARE = ("customer", "kunde"), ("technical lead", "fagleder"), ("maintenance", "vedlikehold")
MORNING = Sitting(
    Arena.MORNING,
    "EL1",
    "arealeader",
    (
        ("operator", _OPERATOR),
        ("support", _SUPPORT),
        ("electrician", _ELECTRIC),
        ("mason", _MASON),
        ("customer", _CUSTOMER),
    ),
    7,
    30,
)
WEEKLY = Sitting(
    Arena.WEEKLY,
    "ELK",
    "leader-elk",
    (
        ("arealeader", ("area leader", "områdeleder")),
        ("leader-el2", ("area leader", "områdeleder")),
        ("techlead1", _TECHNICAL),
        ("maintenance", _CARE),
    ),
    9,
)
MONTHLY = Sitting(
    Arena.MONTHLY,
    "VERK",
    "manager",
    (
        ("leader-elk", ("electrolysis", "elektrolyse")),
        ("leader-sto", ("casthouse", "støperi")),
        ("leader-kar", ("carbon plant", "kullanlegg")),
        ("leader-ved", _CARE),
    ),
    13,
)
# Answers to what comes along, in turn.
ANSWERS: tuple[Pair, ...] = (
    ("Goes as planned; nothing new.", "Går etter planen; ikke noe nytt."),
    ("We need another week.", "Vi trenger en uke til."),
    ("Half of it is done.", "Halvparten er gjort."),
    ("Was watched on two shifts; it holds so far.", "Ble observert på to skift; det holder så langt."),
)
QUESTION: Pair = ("How far has it come?", "Hvor langt er det kommet?")
# New matters, each with the decision and the action that came of it, by day back.
DECISIONS: dict[int, tuple[Pair, Pair, Work]] = {
    13: (
        ("Handover takes too long", "Overleveringen tar for lang tid"),
        ("One page per section, read at the board.", "Én side per seksjon, leses ved tavla."),
        Work(("One-page handover per section", "Ensides overlevering per seksjon"), "shiftlead", 13, 4, ActionState.CHECK, ("Handover within ten minutes", "Overlevering innen ti minutter"), started=11, carried=3, principle=5),
    ),
    11: (
        ("Tools lie about on the gallery", "Verktøy ligger og slenger på galleriet"),
        ("A board with outlines at each section.", "En tavle med omriss ved hver seksjon."),
        Work(("Tool boards at sections 1 to 6", "Verktøytavler ved seksjon 1 til 6"), "arealeader", 11, -12, ActionState.DO, ("Every tool has its place", "Hvert verktøy har sin plass"), started=6, principle=3, dimension=Dimension.HSE, nok=120_000),
    ),
    8: (
        ("Sand in the cover material", "Sand i dekkematerialet"),
        ("Ask the crushing plant for a sieve analysis.", "Be knuseriet om siktanalyse."),
        Work(("Sieve analysis of the cover material each week", "Siktanalyse av dekkematerialet hver uke"), "techlead1", 8, 1, ActionState.DO, ("Even grain size", "Jevn kornstørrelse"), started=5, principle=2),
    ),
    6: (
        ("Night shift has no access to the store", "Nattskiftet kommer ikke inn på lageret"),
        ("A key for the action-responsible.", "Nøkkel til handlingsansvarlig."),
        Work(("Key to the store for every shift", "Nøkkel til lageret for hvert skift"), "arealeader", 6, 2, ActionState.DONE, ("No waiting at night", "Ingen venting om natten"), ("The night shift fetched parts twice.", "Nattskiftet hentet deler to ganger."), started=5, carried=4, verified=2, principle=4),
    ),
    2: (
        ("The list of cells to watch is unclear", "Listen over celler å følge er uklar"),
        ("Process support marks the five most important.", "Prosessstøtte merker de fem viktigste."),
        Work(("Mark the five most important cells on the list", "Merke de fem viktigste cellene på listen"), "support", 2, -5, ActionState.PLAN, ("Everybody knows the five cells", "Alle vet hvilke fem celler"), principle=1),
    ),
}  # fmt: skip
WEEKLY_DECISIONS: dict[int, tuple[Pair, Pair, Work]] = {
    0: (
        ("Holidays: too few on crew B in week 8", "Ferie: for få på lag B i uke 8"),
        ("Borrow two from potline 2.", "Låne to fra serie 2."),
        Work(("Plan for two people from potline 2 on crew B", "Plan for to fra serie 2 på lag B"), "leader-el2", 12, -25, ActionState.PLAN, ("Every round is walked", "Alle runder blir gått"), principle=3, unit="EL2"),
    ),
    1: (
        ("Spare parts for the feeders", "Reservedeler til materne"),
        ("Keep three feeders ready.", "Ha tre matere klare."),
        Work(("Three overhauled feeders in stock", "Tre overhalte matere på lager"), "maintenance", 6, -18, ActionState.DO, ("A feeder is changed within a shift", "En mater byttes innen ett skift"), started=3, principle=3, dimension=Dimension.COST, nok=400_000, unit="ELK"),
    ),
}  # fmt: skip
MONTHLY_DECISION: tuple[Pair, Pair, Work] = (
    ("Casting is the bottleneck: planned stops", "Støping er flaskehalsen: planlagte stanser"),
    ("Go through the mould change with a stopwatch.", "Gå gjennom kokillebyttet med stoppeklokke."),
    Work(("Shorten the mould change by a quarter (SMED)", "Korte ned kokillebyttet med en fjerdedel (SMED)"), "leader-sto", 10, -40, ActionState.DO, ("Mould change below 45 minutes", "Kokillebytte under 45 minutter"), started=6, principle=3, dimension=Dimension.VOLUME, nok=3_500_000, unit="STO"),
)  # fmt: skip
