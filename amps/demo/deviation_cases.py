"""What went wrong in the demo plant: deviations with their whys, causes and actions, as people wrote them."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from amps.demo.history import Pair
from principles.dimensions import Dimension
from principles.improvement.models import ActionState, CauseCategory, CauseKind, DeviationSource, Severity, Why


class End(StrEnum):
    """How far a deviation has come at the end of the demo."""

    OPEN = "open"
    CONTAINED = "contained"
    CAUSE = "cause"
    WORKING = "working"
    VERIFYING = "verifying"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Work:
    """An action: days back for what happened, `due` days back (negative: ahead), how far it has come.

    `effect`: indicator, unit and expected change; `words` say what was seen when it was verified.
    """

    title: Pair
    owner: str
    days: float
    due: float
    state: str = ActionState.PLAN
    goal: Pair = ("", "")
    words: Pair = ("", "")
    dimension: str = Dimension.QUALITY
    principle: int = 1
    unit: str = ""
    started: float | None = None
    carried: float | None = None
    verified: float | None = None
    effect: tuple[str, str, str] | None = None
    nok: int | None = None
    again: Pair | None = None  # went back to plan once, and why


@dataclass(frozen=True, slots=True)
class Case:
    """A deviation. `points`: the observation points that it was seen at; `figure`: indicator and cadence."""

    days: float
    unit: str
    title: Pair
    end: End
    points: tuple[str, ...] = ()
    figure: tuple[str, str] | None = None
    in_feeder: bool = False  # seen while the feeder section was bad
    source: str = DeviationSource.OTHER
    severity: str = Severity.MEDIUM
    dimension: str = Dimension.QUALITY
    at_once: Pair = ("", "")
    owner: str = ""
    due: float | None = None
    whys: tuple[tuple[str, str, str], ...] = ()
    cause: tuple[str, str, str, str] | None = None
    works: tuple[Work, ...] = ()
    closed: float = 0
    closing: Pair = ("", "")
    closer: str = ""
    more: int = field(default=0)  # further observations that were added to it


_FACT, _SEEN, _GUESS = Why.Evidence.FACT, Why.Evidence.OBSERVED, Why.Evidence.ASSUMED
_NOT, _WRONG, _MISSING, _OTHER = CauseKind.NOT_FOLLOWED, CauseKind.WRONG, CauseKind.MISSING, CauseKind.OTHER
_MAN, _METHOD, _MACHINE = CauseCategory.MAN, CauseCategory.METHOD, CauseCategory.MACHINE
_MATERIAL, _MEASURE, _MILIEU = CauseCategory.MATERIAL, CauseCategory.MEASUREMENT, CauseCategory.MILIEU
_HSE, _VOLUME, _COST = Dimension.HSE, Dimension.VOLUME, Dimension.COST
_HIGH, _LOW = Severity.HIGH, Severity.LOW
_PLAN, _DO, _CHECK, _ACT, _DONE = ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT, ActionState.DONE
_CANCELLED = ActionState.CANCELLED

CLOSED = (
    Case(
        72, "EL1", ("Bare anodes hours after the change", "Bare anoder timer etter skift"), End.CLOSED,
        points=("visible_anode",), more=2, severity=_HIGH, owner="techlead1", due=20,
        at_once=("Covered the anodes again on three cells.", "Dekket anodene på nytt på tre celler."),
        whys=(
            ("The cover had sunk into the gap", "Dekket hadde sunket ned i glipa", _SEEN),
            ("Nobody looked again after the change", "Ingen så til dekket etter skiftet", _FACT),
            ("The standard names no time for it", "Standarden sier ikke når", _FACT),
        ),
        cause=(_WRONG, _METHOD, "SOP-02 gives no time limit for covering and no second look.", "SOP-02 har ingen frist for dekking og ingen ny kontroll."),
        works=(
            Work(
                ("Revise the covering standard: time limit and a second look", "Revidere dekkestandarden: frist og ny kontroll"), "techlead1", 70, 55, _DONE,
                ("Fe in the metal below 0.10 %", "Fe i metallet under 0,10 %"),
                ("Iron fell week by week after revision 2 and has stayed low.", "Jernet falt uke for uke etter revisjon 2 og har holdt seg lavt."),
                started=66, carried=62, verified=31, effect=("K05", "EL1", "-0.05"), nok=4_200_000,
            ),
        ),
        closed=27, closer="arealeader", closing=("Four weeks with low iron; every crew is signed on revision 2.", "Fire uker med lavt jern; alle lag er signert på revisjon 2."),
    ),
    Case(
        60, "EL1", ("Doses are not weighed by the plan", "Doser veies ikke etter planen"), End.CLOSED,
        points=("dose_weight_checked",), more=1, owner="techlead2", due=15,
        at_once=("The two feeders were weighed and adjusted.", "De to materne ble veid og justert."),
        whys=(
            ("The crew did not know which feeders were due", "Laget visste ikke hvilke matere som sto for tur", _FACT),
            ("There is a list, but it hangs in the workshop", "Det finnes en liste, men den henger på verkstedet", _SEEN),
        ),
        cause=(_WRONG, _METHOD, "The standard does not tell to read the list at the start of the round.", "Standarden sier ikke at listen skal leses ved start av runden."),
        works=(
            Work(
                ("Revise the feeding standard: weigh by list, adjust at once", "Revidere standarden for oksidmating: vei etter liste, juster straks"), "techlead2", 58, 45, _DONE,
                ("Alumina feeding above 97 %", "Oksidmating over 97 %"),
                ("Alumina feeding rose and the doses lie closer to nominal.", "Oksidmatingen steg, og dosene ligger nærmere nominell vekt."),
                started=53, carried=48, verified=19, effect=("O01", "EL1", "1"), nok=900_000,
            ),
        ),
        closed=17, closer="arealeader", closing=("The weighing list is read in every round.", "Veielisten leses i hver runde."),
    ),
    Case(
        50, "EL2", ("Three hoods off at once during the anode change", "Tre deksler av samtidig under anodeskift"), End.CLOSED,
        points=("hoods_tight", "hoods_off_count"), severity=_HIGH, dimension=_HSE, owner="leader-el2", due=30,
        at_once=("The change was stopped and the hoods put back.", "Skiftet ble stanset og dekslene lagt på."),
        whys=(
            ("It goes faster with all hoods off", "Det går fortere med alle deksler av", _SEEN),
            ("Nobody had said why one at a time matters", "Ingen hadde sagt hvorfor ett om gangen betyr noe", _FACT),
        ),
        cause=(_NOT, _MAN, "The crew was new to the gallery; the reason for the rule was never told.", "Laget var nytt på galleriet; grunnen til regelen var aldri fortalt."),
        works=(
            Work(
                ("Walk the hood rule through with crew B at the cell", "Gå gjennom dekselregelen med lag B ved cellen"), "leader-el2", 49, 40, _DONE,
                ("One hood off at a time", "Ett deksel av om gangen"),
                ("Twenty changes watched, one hood off each time.", "Tjue skift observert, ett deksel av hver gang."),
                dimension=_HSE, principle=5,
            ),
        ),
        closed=20, closer="manager", closing=("Seen by the plant manager on two rounds.", "Sett av verkssjefen på to runder."),
    ),
    Case(
        44, "EL1", ("The crane was not ready when the change began", "Kranen var ikke klar da skiftet begynte"), End.CLOSED,
        points=("crane_ready_time", "faults_reported"), dimension=_VOLUME, owner="maintenance", due=30,
        at_once=("The other crane took the first change.", "Den andre kranen tok det første skiftet."),
        cause=(_OTHER, _MACHINE, "A worn brake contact; it was on no spare-part list.", "Slitt bremsekontakt; den sto ikke på noen reservedelsliste."),
        works=(
            Work(
                ("Brake contacts on the spare-part list and changed on all cranes", "Bremsekontakter på reservedelslisten og byttet på alle kraner"), "maintenance", 43, 33, _DONE,
                ("No start lost to brake faults", "Ingen oppstart tapt på bremsefeil"),
                ("No brake fault in four weeks.", "Ingen bremsefeil på fire uker."),
                dimension=_VOLUME, principle=3, nok=650_000,
            ),
        ),
        closed=25, closer="arealeader", closing=("Four weeks without a brake fault.", "Fire uker uten bremsefeil."),
    ),
    Case(
        40, "RE1", ("Pressure drop over filter 2 is high", "Høyt trykkfall over filter 2"), End.CLOSED,
        points=("pressure_drop", "compartments_out"), owner="leader-ren", due=25,
        at_once=("One compartment taken out and pulsed by hand.", "Ett kammer tatt ut og pulset for hånd."),
        cause=(_OTHER, _MACHINE, "A pulse valve stuck; its filter was never drained.", "En pulsventil satt fast; filteret ble aldri drenert."),
        works=(
            Work(
                ("Drain the air filters of the pulse valves every week", "Drenere luftfiltrene til pulsventilene hver uke"), "leader-ren", 39, 28, _DONE,
                ("Pressure drop below 2 kPa", "Trykkfall under 2 kPa"),
                ("The pressure drop has been even since.", "Trykkfallet har vært jevnt siden."), principle=3,
            ),
        ),
        closed=22, closer="leader-ren", closing=("Three weeks of even pressure drop.", "Tre uker med jevnt trykkfall."),
    ),
    Case(
        36, "EL2", ("Metal came late to the casthouse", "Metallet kom for sent til støperiet"), End.CLOSED,
        points=("delivery_time_deviation",), dimension=_VOLUME, owner="leader-el2", due=18,
        at_once=("The casthouse changed the order of its charges.", "Støperiet byttet rekkefølge på chargene."),
        whys=(
            ("There was no empty crucible", "Det var ingen tom digel", _FACT),
            ("Two stood at the mason", "To sto hos mureren", _FACT),
            ("Nobody decides who goes first when there are too few", "Ingen avgjør hvem som går først når det er for få", _SEEN),
        ),
        cause=(_MISSING, _METHOD, "There is no agreed order when crucibles are short.", "Det finnes ingen avtalt rekkefølge når det er for få digler."),
        works=(
            Work(
                ("Agree with the casthouse on the order when crucibles are short", "Avtale rekkefølge med støperiet når det er for få digler"), "leader-el2", 35, 24, _DONE,
                ("No delivery late for want of a crucible", "Ingen forsinket leveranse fordi digel mangler"),
                ("Two shortages since, both delivered in time.", "To ganger for få digler siden, begge levert i tide."),
                dimension=_VOLUME, principle=2, nok=300_000,
            ),
            Work(
                ("Buy a sixth crucible", "Kjøpe en sjette digel"), "leader-el2", 34, 15, _CANCELLED,
                ("One more crucible", "En digel til"), ("The order was enough; the crucible is not needed.", "Rekkefølgen var nok; digelen trengs ikke."),
                dimension=_COST, principle=3,
            ),
        ),
        closed=12, closer="leader-elk", closing=("The casthouse agrees: no late delivery since.", "Støperiet er enig: ingen sen leveranse siden."),
    ),
    Case(
        33, "ST1", ("Customer returned ingots with marks on the surface", "Kunden returnerte bolt med merker i overflaten"), End.CLOSED,
        source=DeviationSource.CLAIM, severity=_HIGH, owner="leader-sto", due=15,
        at_once=("The batch was set aside and replaced.", "Partiet ble satt til side og erstattet."),
        cause=(_NOT, _MEASURE, "The inspection of moulds was signed without being done.", "Kokillekontrollen var signert uten å være utført."),
        works=(
            Work(
                ("Inspect moulds two together before each casting", "Kontrollere kokiller to sammen før hver støp"), "techlead-sto", 32, 20, _DONE,
                ("No returned batch", "Ingen returnerte partier"), ("No marks on the last forty castings.", "Ingen merker på de siste førti støpene."),
                nok=1_100_000,
            ),
        ),
        closed=9, closer="leader-sto", closing=("The customer has accepted the new batches.", "Kunden har godtatt de nye partiene."),
    ),
)  # fmt: skip

VERIFYING = (
    Case(
        34, "EL1", ("Noisy cells stay noisy over the shift", "Støyende celler blir stående over skiftet"), End.VERIFYING,
        points=("noise_treated", "noisy_cells"), owner="shiftlead", due=5,
        at_once=("Extra voltage on two cells until the cause was found.", "Ekstra spenning på to celler til årsaken ble funnet."),
        cause=(_NOT, _METHOD, "Noise is handed over without a cause being looked for.", "Støy overleveres uten at årsaken er lett etter."),
        works=(
            Work(
                ("A cause for every noisy cell before handover", "Årsak på hver støyende celle før overlevering"), "shiftlead", 33, 20, _DONE,
                ("Noise treated in the same shift", "Støy behandlet i samme skift"), ("The handover lists name a cause.", "Overleveringslistene har årsak."), principle=4,
            ),
        ),
    ),
    Case(
        30, "ST1", ("Water on the floor beside the furnace", "Vann på gulvet ved ovnen"), End.VERIFYING,
        source=DeviationSource.NEAR_MISS, severity=_HIGH, dimension=_HSE, owner="leader-sto", due=4,
        at_once=("The place was fenced off and dried.", "Stedet ble sperret av og tørket."),
        cause=(_MISSING, _MILIEU, "Nobody checks the cooling hoses between services.", "Ingen kontrollerer kjøleslangene mellom servicene."),
        works=(
            Work(
                ("Cooling hoses on the casters' daily check", "Kjøleslanger på støpernes daglige kontroll"), "techlead-sto", 29, 15, _DONE,
                ("No water at the furnace", "Ikke vann ved ovnen"), ("Two leaks found and mended before they ran.", "To lekkasjer funnet og tettet før de rant."), dimension=_HSE,
            ),
        ),
    ),
    Case(
        28, "KA1", ("Rods out of plumb on a pallet of anodes", "Skjeve stenger på en pall anoder"), End.VERIFYING,
        source=DeviationSource.OTHER, owner="leader-kar", due=6,
        at_once=("Twelve anodes were set aside.", "Tolv anoder ble satt til side."),
        cause=(_OTHER, _MACHINE, "The jig of station 2 had come loose.", "Jiggen på stasjon 2 hadde løsnet."),
        works=(
            Work(
                ("Check the jigs with a gauge every Monday", "Kontrollere jiggene med tolk hver mandag"), "techlead-kar", 27, 14, _DONE,
                ("Rods within 5 mm", "Stenger innenfor 5 mm"), ("All samples within 4 mm.", "Alle prøver innenfor 4 mm."),
            ),
        ),
    ),
)  # fmt: skip
