"""What the demo's groups wrote when they placed themselves on the roadmap, and the actions that close their gaps."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from amps.demo.deviation_cases import Work
from amps.demo.history import Pair
from principles.dimensions import Dimension
from principles.improvement.models import ActionState
from roadmap.models import ItemStatus

_HSE, _VOLUME, _COST, _QUALITY = Dimension.HSE, Dimension.VOLUME, Dimension.COST, Dimension.QUALITY
_PLAN, _DO, _CHECK, _ACT, _DONE = ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT, ActionState.DONE
_CANCELLED = ActionState.CANCELLED

# Who sits in an area's group: the leader first.
GROUPS = {
    "EL1": ("arealeader", "shiftlead", "techlead1", "lead-a1", "operator", "operator-a11"),
    "EL2": ("leader-el2", "lead-b2", "operator-b21", "techlead2"),
    "ST1": ("leader-sto", "techlead-sto", "caster-1", "caster-2"),
    "KA1": ("leader-kar", "techlead-kar", "rodder-1", "rodder-2"),
    "RE1": ("leader-ren", "operator-ar", "operator-br", "support"),
    "VE1": ("leader-ved", "maintenance", "fitter", "electrician"),
}
# How far the areas had come at the first evaluation, from 0 to 1.
MATURITY = {"EL1": 0.46, "EL2": 0.40, "ST1": 0.36, "KA1": 0.30, "RE1": 0.42, "VE1": 0.26}

REASONS: dict[int, dict[str, tuple[Pair, ...]]] = {
    1: {
        ItemStatus.RED: (
            ("We do it, but it is written nowhere.", "Vi gjør det, men det står ikke skrevet."),
            ("Only the oldest know how it is done.", "Bare de eldste vet hvordan det gjøres."),
        ),
        ItemStatus.YELLOW: (
            ("In place on most processes; two are missing.", "På plass på de fleste prosessene; to mangler."),
            ("Used on day, less on night.", "Brukes på dag, mindre på natt."),
        ),
        ItemStatus.GREEN: (
            ("All crews work by it; seen on rounds.", "Alle lag jobber etter den; sett på runder."),
            ("Followed every shift, also in weekends.", "Følges hvert skift, også i helger."),
        ),
    },
    2: {
        ItemStatus.RED: (
            ("We have not asked the customer.", "Vi har ikke spurt kunden."),
            ("No agreement, only habit.", "Ingen avtale, bare vane."),
        ),
        ItemStatus.YELLOW: (
            ("Agreed with the most important customer.", "Avtalt med den viktigste kunden."),
            ("The agreement is signed; it is not looked at in the meeting.", "Avtalen er signert; den ses ikke på i møtet."),
        ),
        ItemStatus.GREEN: (
            ("Breaches are answered in the morning meeting.", "Brudd besvares i morgenmøtet."),
            ("The customer comes to the meeting.", "Kunden er med i møtet."),
        ),
    },
    3: {
        ItemStatus.RED: (
            ("Nobody measures it.", "Ingen måler det."),
            ("Stops come as they come.", "Stansene kommer som de kommer."),
        ),
        ItemStatus.YELLOW: (
            ("The bottleneck is known, not protected.", "Flaskehalsen er kjent, ikke beskyttet."),
            ("Tidy in the hall, not in the stores.", "Ryddig i hallen, ikke på lagrene."),
        ),
        ItemStatus.GREEN: (
            ("Planned stops follow the list and end in time.", "Planlagte stanser følger listen og slutter i tide."),
            ("Stock between the limits for three months.", "Lager innenfor grensene i tre måneder."),
        ),
    },
    4: {
        ItemStatus.RED: (
            ("The crew does not know its figures.", "Laget kjenner ikke tallene sine."),
            ("Training is by chance.", "Opplæring er tilfeldig."),
        ),
        ItemStatus.YELLOW: (
            ("Two of five crews own their indicator.", "To av fem lag eier sitt måltall."),
            ("The matrix is filled in, gaps are not closed.", "Matrisen er fylt ut, hullene er ikke tettet."),
        ),
        ItemStatus.GREEN: (
            ("The crew chooses what to improve itself.", "Laget velger selv hva som skal forbedres."),
            ("Everybody is signed on what they do.", "Alle er signert på det de gjør."),
        ),
    },
    5: {
        ItemStatus.RED: (
            ("We rarely see the leader in the hall.", "Vi ser sjelden lederen i hallen."),
            ("Feedback comes when something is wrong.", "Tilbakemelding kommer når noe er galt."),
        ),
        ItemStatus.YELLOW: (
            ("The leader walks a round each week.", "Lederen går runde hver uke."),
            ("Praise is given, goals are not discussed.", "Ros gis, mål drøftes ikke."),
        ),
        ItemStatus.GREEN: (
            ("The leader asks what we need and comes back with an answer.", "Lederen spør hva vi trenger og kommer tilbake med svar."),
            ("Present on all shifts, also at night.", "Til stede på alle skift, også om natten."),
        ),
    },
}  # fmt: skip
COMMENTS: tuple[Pair, ...] = (
    ("Not on my crew.", "Ikke på mitt lag."),
    ("Better than last time.", "Bedre enn sist."),
    ("I have not seen it in use.", "Jeg har ikke sett den i bruk."),
)
AGAINST: Pair = (
    "The last weeks count what was agreed on paper; the crews have worked this way since the summer, and we have seen it on rounds.",
    "Tallene teller det som er avtalt på papir; lagene har jobbet slik siden sommeren, og vi har sett det på runder.",
)

# Gaps that became actions: area, practice rule, and the action.
GAPS: tuple[tuple[str, str, Work], ...] = (
    ("EL1", "1.1", Work(("One indicator from all observations of bath control", "Ett måltall av alle observasjoner i badkontrollen"), "techlead1", 80, 40, _DONE, ("Followed per shift and week", "Følges per skift og uke"), ("On the board in every shift meeting.", "På tavla i hvert skiftmøte."), nok=0)),
    ("EL1", "1.3", Work(("5 whys on every red figure in the morning meeting", "5 x hvorfor på hvert rødt tall i morgenmøtet"), "arealeader", 78, -20, _DO, ("Half as many repeated deviations", "Halvparten så mange gjentatte avvik"), effect=("S03", "EL1", "-10"))),
    ("EL1", "2.3", Work(("Invite the casthouse to the morning meeting every Tuesday", "Invitere støperiet til morgenmøtet hver tirsdag"), "arealeader", 77, 30, _DONE, ("Answers the same day", "Svar samme dag"), ("The casthouse has come nine times.", "Støperiet har vært med ni ganger."), principle=2)),
    ("EL1", "4.3", Work(("Two trainers per crew on SOP-02 and SOP-04", "To opplærere per lag på SOP-02 og SOP-04"), "techlead1", 76, -45, _DO, ("No single point of failure", "Ingen sårbare punkter"), principle=4, nok=250_000)),
    ("EL1", "5.1", Work(("Leader's round on every crew each month", "Lederrunde på hvert lag hver måned"), "arealeader", 75, 5, _CHECK, ("Seen on all shifts", "Sett på alle skift"), principle=5)),
    ("EL2", "1.2", Work(("Rewrite SOP-06 with the crews", "Skrive om SOP-06 sammen med lagene"), "techlead2", 79, 10, _DO, ("Sequence, time and result in every step", "Rekkefølge, tid og resultat i hvert trinn"))),
    ("EL2", "3.1", Work(("Order and cleanliness in sections 1 and 2", "Orden og renhold i seksjon 1 og 2"), "leader-el2", 74, -15, _ACT, ("Two audits above 80 %", "To revisjoner over 80 %"), ("Audits of 84 and 88 %.", "Revisjoner på 84 og 88 %."), principle=3, dimension=_HSE)),
    ("EL2", "4.2", Work(("Each crew owns one indicator", "Hvert lag eier ett måltall"), "leader-el2", 73, -60, _PLAN, ("Five crews, five indicators", "Fem lag, fem måltall"), principle=4)),
    ("ST1", "2.2", Work(("Agreement with the extrusion customer", "Avtale med profilkunden"), "leader-sto", 72, -50, _PLAN, ("Signed by both", "Signert av begge"), principle=2)),
    ("ST1", "3.3", Work(("Register waiting time at the casting furnace", "Registrere ventetid på støpeovnen"), "techlead-sto", 71, 12, _CHECK, ("Know the three largest losses", "Kjenne de tre største tapene"), principle=3, dimension=_VOLUME, nok=2_400_000, again=("Only day shift was registered.", "Bare dagskiftet ble registrert."))),
    ("KA1", "1.1", Work(("Find the critical processes of anode rodding", "Finne de kritiske prosessene i anodemontasjen"), "techlead-kar", 70, 25, _DO, ("A list that the customer has seen", "En liste som kunden har sett"))),
    ("KA1", "3.4", Work(("Rods are checked before they leave", "Stenger kontrolleres før de sendes"), "leader-kar", 69, 15, _CANCELLED, ("No faulty anode at the line", "Ingen feil anode ved serien"), ("Solved by the gauge on Mondays.", "Løst med tolken på mandager."), principle=3)),
    ("RE1", "1.4", Work(("Read SOP-10 again with every crew", "Lese SOP-10 på nytt med hvert lag"), "leader-ren", 68, -8, _DO, ("All five crews signed", "Alle fem lag signert"))),
    ("VE1", "3.2", Work(("Planned maintenance of the cranes on one board", "Planlagt kranvedlikehold på én tavle"), "leader-ved", 67, -35, _PLAN, ("Backlog below two weeks", "Etterslep under to uker"), principle=3, dimension=_COST, nok=700_000)),
)  # fmt: skip
