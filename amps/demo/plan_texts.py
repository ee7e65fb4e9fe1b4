"""Challenges of the demo plant from plant to area, and the actions that answer them."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from amps.demo.deviation_cases import Work
from amps.demo.history import Pair
from principles.dimensions import Dimension
from principles.improvement.models import ActionState

_HSE, _VOLUME, _COST, _QUALITY = Dimension.HSE, Dimension.VOLUME, Dimension.COST, Dimension.QUALITY
_PLAN, _DO, _CHECK, _ACT, _DONE = ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT, ActionState.DONE
_CANCELLED = ActionState.CANCELLED

CHALLENGES: tuple[tuple[str, Pair, Pair], ...] = (
    (_HSE, ("Nobody is hurt at work", "Ingen skades på jobb"), ("No injury; twice as many near misses told", "Ingen skader; dobbelt så mange nestenulykker meldt")),
    (_VOLUME, ("Fill the casthouse", "Fylle støperiet"), ("300 tonnes more per week through casting", "300 tonn mer per uke gjennom støping")),
    (_QUALITY, ("Metal that the customer never returns", "Metall som kunden aldri returnerer"), ("Fe below 0.10 %, no claims", "Fe under 0,10 %, ingen reklamasjoner")),
    (_COST, ("30 USD less per tonne", "30 USD mindre per tonn"), ("By the end of the year", "Innen årets slutt")),
)  # fmt: skip
# From, to, dimension, words and goal of the one below.
PASSED_DOWN: tuple[tuple[str, str, str, Pair, Pair], ...] = (
    ("VERK", "ELK", _HSE, ("Hoods on and respirator used", "Deksler på og åndedrettsvern i bruk"), ("Safe behaviour 99 %", "Sikker adferd 99 %")),
    ("VERK", "ELK", _VOLUME, ("Metal in time to the casthouse", "Metall i tide til støperiet"), ("Delivery precision 99 %", "Leveringspresisjon 99 %")),
    ("VERK", "ELK", _QUALITY, ("Halve the iron", "Halvere jernet"), ("Fe below 0.10 %", "Fe under 0,10 %")),
    ("VERK", "ELK", _COST, ("Fewer anode effects", "Færre bluss"), ("Below 0.05 per cell-day", "Under 0,05 per celledøgn")),
    ("VERK", "STO", _VOLUME, ("Find 300 tonnes at the furnaces", "Finne 300 tonn på ovnene"), ("Mould change below 45 minutes", "Kokillebytte under 45 minutter")),
    ("VERK", "STO", _QUALITY, ("Right the first time", "Riktig første gang"), ("Scrap below 2 %", "Vrak under 2 %")),
    ("VERK", "KAR", _QUALITY, ("Straight anodes of even height", "Rette anoder med jevn høyde"), ("No anode sent back", "Ingen anoder i retur")),
    ("VERK", "VED", _COST, ("Plan instead of repair", "Planlegge i stedet for å reparere"), ("Backlog below two weeks", "Etterslep under to uker")),
    ("ELK", "EL1", _HSE, ("One hood off at a time", "Ett deksel av om gangen"), ("Every change", "Hvert skift")),
    ("ELK", "EL2", _HSE, ("Respirator whenever hoods are off", "Åndedrettsvern når deksler er av"), ("Every time", "Hver gang")),
    ("ELK", "EL1", _VOLUME, ("Taps within ± 50 kg", "Tapper innenfor ± 50 kg"), ("95 % of taps", "95 % av tappene")),
    ("ELK", "EL2", _VOLUME, ("Taps within ± 50 kg", "Tapper innenfor ± 50 kg"), ("95 % of taps", "95 % av tappene")),
    ("ELK", "EL1", _QUALITY, ("Cover within two hours", "Dekket innen to timer"), ("Anode covering 96 %", "Anodedekking 96 %")),
    ("ELK", "EL2", _QUALITY, ("All crews cover alike", "Alle lag dekker likt"), ("Anode covering 95 %", "Anodedekking 95 %")),
    ("ELK", "EL1", _COST, ("Doses within ± 3 %", "Doser innenfor ± 3 %"), ("Alumina feeding 98 %", "Oksidmating 98 %")),
    ("ELK", "EL2", _COST, ("Air to every feeder", "Luft til hver mater"), ("No section out", "Ingen seksjon ute")),
)  # fmt: skip

FROM_CHALLENGES: tuple[tuple[str, str, Work], ...] = (
    ("VERK", _HSE, Work(("Near-miss talk in every shift meeting", "Nestenulykke som tema i hvert skiftmøte"), "manager", 85, 30, _DONE, ("Two reports per person and year", "To rapporter per person og år"), ("Twice as many reports as last year.", "Dobbelt så mange rapporter som i fjor."), dimension=_HSE, principle=5)),
    ("ELK", _VOLUME, Work(("Tapping list by crane and time on the tablet", "Tappeliste per kran og tid på nettbrettet"), "leader-elk", 82, -70, _DO, ("No crucible waits", "Ingen digel venter"), dimension=_VOLUME, principle=3, effect=("P22", "ELK", "2"), nok=2_000_000)),
    ("ELK", _COST, Work(("Termination of anode effects by program", "Automatisk slukking av bluss"), "techlead2", 80, -120, _PLAN, ("Shorter anode effects", "Kortere bluss"), dimension=_COST, principle=1, effect=("P02", "ELK", "-0.3"), nok=5_200_000)),
    ("EL1", _QUALITY, Work(("Gauge for cover thickness at every section", "Måler for dekketykkelse på hver seksjon"), "shiftlead", 66, 50, _DONE, ("Measured, not guessed", "Målt, ikke gjettet"), ("Six gauges hang in place and are used.", "Seks målere henger på plass og brukes."), principle=1, nok=0)),
    ("STO", _VOLUME, Work(("Second shift lead at the furnaces on weekends", "To skiftledere på ovnene i helger"), "leader-sto", 60, 35, _CANCELLED, ("No casting postponed", "Ingen støp utsatt"), ("No budget this year; taken up again in spring.", "Ikke budsjett i år; tas opp igjen til våren."), dimension=_VOLUME, principle=3)),
    ("KAR", _QUALITY, Work(("Camera that measures rods on station 2", "Kamera som måler stenger på stasjon 2"), "techlead-kar", 55, -90, _PLAN, ("Every anode measured", "Hver anode målt"), principle=3, nok=1_000_000)),
    ("VED", _COST, Work(("Weekly planning hour with the potlines", "Ukentlig planleggingstime med elektrolyseseriene"), "leader-ved", 58, 7, _CHECK, ("Three of four jobs planned", "Tre av fire jobber planlagt"), dimension=_COST, principle=3)),
)  # fmt: skip

AGREED: tuple[tuple[str, Work], ...] = (
    ("ELK", Work(("Skim bath by the new list before the crucible leaves", "Skumme bad etter ny liste før digelen går"), "leader-elk", 36, 25, _DONE, ("Bath below 10 kg", "Bad under 10 kg"), ("Carry-over below 8 kg for four weeks.", "Badmedriv under 8 kg i fire uker."), principle=2)),
    ("STO", Work(("Preheating stand for two crucibles", "Forvarmingsstativ for to digler"), "leader-sto", 48, -55, _DO, ("Lining above 600 °C", "Foring over 600 °C"), principle=2, dimension=_VOLUME, nok=900_000)),
    ("KAR", Work(("Anode orders by noon in the system", "Anodebestilling innen kl. 12 i systemet"), "leader-kar", 45, 8, _DO, ("No order by telephone", "Ingen bestilling på telefon"), principle=2)),
    ("VED", Work(("Call-out log for the cranes", "Logg for kranutrykninger"), "leader-ved", 40, -6, _CHECK, ("Someone there within 15 minutes", "Noen på plass innen 15 minutter"), principle=2, dimension=_VOLUME)),
    ("REN", Work(("Notice by message before a filter is taken out", "Varsel på melding før filter tas ut"), "leader-ren", 38, 18, _ACT, ("Four hours ahead", "Fire timer før"), ("Three filters, notice each time.", "Tre filtre, varslet hver gang."), principle=2, dimension=_HSE)),
)  # fmt: skip

OTHERS: tuple[tuple[str, Work], ...] = (
    ("EL1", Work(("New light over sections 3 and 4", "Nytt lys over seksjon 3 og 4"), "maintenance", 50, 6, _DO, ("The cover can be seen at night", "Dekket kan ses om natten"), dimension=_HSE, principle=3)),
    ("EL2", Work(("Repaint the walkways", "Male gangbanene på nytt"), "leader-el2", 47, -28, _PLAN, ("Marked everywhere", "Merket overalt"), dimension=_HSE, principle=3)),
    ("EL1", Work(("Coffee machine on the gallery", "Kaffemaskin på galleriet"), "shiftlead", 30, 10, _CANCELLED, ("Shorter breaks", "Kortere pauser"), ("The union and the crew did not want it there.", "Fagforeningen og laget ville ikke ha den der."), dimension=_COST, principle=4)),
)  # fmt: skip
