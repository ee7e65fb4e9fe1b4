"""Deviations of the demo plant that are still open: worked on, contained, or just reported."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from amps.demo.deviation_cases import Case, End, Work
from principles.dimensions import Dimension
from principles.improvement.models import ActionState, CauseCategory, CauseKind, DeviationSource, Severity, Why

_FACT, _SEEN, _GUESS = Why.Evidence.FACT, Why.Evidence.OBSERVED, Why.Evidence.ASSUMED
_NOT, _WRONG, _MISSING, _OTHER = CauseKind.NOT_FOLLOWED, CauseKind.WRONG, CauseKind.MISSING, CauseKind.OTHER
_MAN, _METHOD, _MACHINE = CauseCategory.MAN, CauseCategory.METHOD, CauseCategory.MACHINE
_MATERIAL, _MEASURE = CauseCategory.MATERIAL, CauseCategory.MEASUREMENT
_HSE, _VOLUME, _COST = Dimension.HSE, Dimension.VOLUME, Dimension.COST
_HIGH, _LOW = Severity.HIGH, Severity.LOW
_PLAN, _DO, _CHECK, _ACT, _DONE = ActionState.PLAN, ActionState.DO, ActionState.CHECK, ActionState.ACT, ActionState.DONE

WORKING = (
    Case(
        12, "EL2", ("The feeders of section EL2-S3 lose their air", "Materne i seksjon EL2-S3 mister luft"), End.WORKING,
        points=("feeder_working", "feeder_hole_open"), in_feeder=True, more=5, severity=_HIGH, owner="leader-el2", due=-6,
        at_once=("Feeder holes opened by hand in every round, more people on the section.", "Matehull åpnet for hånd i hver runde, flere folk på seksjonen."),
        whys=(
            ("The feeders strike too weakly", "Materne slår for svakt", _FACT),
            ("The air pressure falls below 5 bar", "Lufttrykket faller under 5 bar", _FACT),
            ("The air filter of the section is clogged", "Luftfilteret til seksjonen er tett", _SEEN),
            ("It is changed when it fails", "Det byttes når det svikter", _FACT),
            ("It stands on no maintenance plan", "Det står ikke på noen vedlikeholdsplan", _FACT),
        ),
        cause=(_MISSING, _MACHINE, "The air filters of the sections are on no maintenance plan.", "Luftfiltrene til seksjonene står ikke på noen vedlikeholdsplan."),
        works=(
            Work(("Change the air filter of EL2-S3 and blow the pipe", "Bytte luftfilter på EL2-S3 og blåse røret"), "maintenance", 11.5, 8, _DONE,
                 ("Air pressure above 6 bar", "Lufttrykk over 6 bar"), ("6.4 bar at the last cell since the change.", "6,4 bar på siste celle siden byttet."),
                 started=11, carried=9, verified=6, dimension=_VOLUME, principle=3),
            Work(("Air filters of all sections on the maintenance plan", "Luftfiltre for alle seksjoner på vedlikeholdsplanen"), "maintenance", 10, -10, _DO,
                 ("Changed every third month", "Byttet hver tredje måned"), dimension=_VOLUME, principle=3, started=5, effect=("O01", "EL2", "1"), nok=1_500_000),
            Work(("Alarm at 5.5 bar in the control room", "Alarm ved 5,5 bar i kontrollrommet"), "electrician", 9, -30, _PLAN,
                 ("Seen before the feeders stop", "Sett før materne stanser"), dimension=_VOLUME, principle=3),
        ),
    ),
    Case(
        18, "EL2", ("Anode covering of crew C slips", "Anodedekkingen på lag C sklir ut"), End.WORKING,
        figure=("O05", "week"), severity=_HIGH, owner="leader-el2", due=-12,
        at_once=("The shift lead goes along on the covering rounds.", "Skiftlederen går med på dekkerundene."),
        whys=(
            ("The second look after eight hours is left out", "Ny kontroll etter åtte timer blir ikke gjort", _SEEN),
            ("The crew has three new people", "Laget har tre nye", _FACT),
            ("They were signed without being watched at the cell", "De ble signert uten å bli sett ved cellen", _FACT),
        ),
        cause=(_NOT, _MAN, "New people were signed on revision 2 without a round together.", "Nye folk ble signert på revisjon 2 uten en runde sammen."),
        works=(
            Work(("A covering round together with each new operator of crew C", "En dekkerunde sammen med hver ny operatør på lag C"), "leader-el2", 16, -4, _DO,
                 ("Crew C on the level of the others", "Lag C på nivå med de andre"), started=12, principle=4, effect=("O05", "EL2", "4"), nok=1_200_000),
            Work(("Watch covering on crew C every shift for two weeks", "Observere dekking på lag C hvert skift i to uker"), "techlead2", 16, 1, _CHECK,
                 ("See whether it holds", "Se om det holder"), started=15, carried=2),
        ),
    ),
    Case(
        11, "EL2", ("Anode effects doubled in potline 2", "Blussfrekvensen doblet i serie 2"), End.WORKING,
        figure=("P01", "day"), in_feeder=True, owner="techlead2", due=-9,
        at_once=("Extra rounds on the section until the air was back.", "Ekstra runder på seksjonen til luften var tilbake."),
        cause=(_OTHER, _MACHINE, "A consequence of the closed feeder holes in EL2-S3.", "Følge av de lukkede matehullene i EL2-S3."),
        works=(
            Work(("Check feeders after every anode effect, with a list", "Kontrollere matere etter hvert bluss, med liste"), "techlead2", 9, 1, _CHECK,
                 ("No repeated anode effect on the cell", "Ingen gjentatte bluss på cellen"), started=8, carried=3, effect=("P01", "EL2", "-0.03")),
        ),
    ),
    Case(
        16, "EL1", ("Bath temperature above the limit on several cells", "Badtemperatur over grensen på flere celler"), End.WORKING,
        points=("bath_temperature",), more=2, owner="techlead1", due=-8,
        at_once=("AlF3 by the table, measured again after four hours.", "AlF3 etter tabellen, målt på nytt etter fire timer."),
        whys=(
            ("The additions came a day late", "Tilsatsene kom ett døgn for sent", _FACT),
            ("The table is read from yesterday's list", "Tabellen leses fra gårsdagens liste", _SEEN),
        ),
        cause=(_WRONG, _METHOD, "The decision table does not say which measurement counts.", "Beslutningstabellen sier ikke hvilken måling som gjelder."),
        works=(
            Work(("Decision table with the time of the measurement", "Beslutningstabell med tidspunkt for målingen"), "techlead1", 13, -14, _DO,
                 ("Additions on the same day", "Tilsatser samme døgn"), started=6, effect=("O13", "EL1", "1"), nok=800_000),
        ),
    ),
    Case(
        14, "EL2", ("Tapped mass is off by more than 50 kg", "Tappet mengde avviker mer enn 50 kg"), End.WORKING,
        points=("tap_mass_deviation",), more=3, dimension=_VOLUME, owner="leader-el2", due=-5,
        at_once=("The casthouse was told, the next tap adjusted.", "Støperiet fikk beskjed, neste tapp justert."),
        cause=(_OTHER, _MEASURE, "The crane scale drifts with the temperature.", "Kranvekten driver med temperaturen."),
        works=(
            Work(("Calibrate the crane scale every week", "Kalibrere kranvekten hver uke"), "electrician", 13, -3, _ACT,
                 ("Mass within 50 kg", "Mengde innenfor 50 kg"), ("Three weighings against the reference, all within 10 kg.", "Tre veiinger mot referanse, alle innenfor 10 kg."),
                 started=12, carried=8, verified=2, dimension=_VOLUME, principle=2, nok=500_000),
        ),
    ),
    Case(
        26, "KA1", ("Too few anodes in stock before the weekend", "For få anoder på lager før helgen"), End.WORKING,
        dimension=_VOLUME, owner="leader-kar", due=2,
        at_once=("Overtime on Friday.", "Overtid på fredag."),
        cause=(_MISSING, _METHOD, "There is no minimum stock before weekends.", "Det finnes ikke noe minstelager før helg."),
        works=(
            Work(("Set a minimum stock of anodes and show it on the board", "Sette minstelager av anoder og vise det på tavla"), "techlead-kar", 24, 3, _PLAN,
                 ("At least two days of anodes", "Minst to døgn med anoder"), dimension=_VOLUME, principle=3),
        ),
    ),
    Case(
        10, "EL1", ("Cavity not cleaned before the new anode", "Åpning ikke renset før ny anode"), End.WORKING,
        points=("cavity_cleaned", "butt_condition"), owner="arealeader", due=-10,
        at_once=("The anode was lifted and the cavity cleaned.", "Anoden ble løftet og åpningen renset."),
        cause=(_NOT, _MAN, "The grab was being repaired and the step was left out.", "Grabben var til reparasjon, og trinnet ble hoppet over."),
        works=(
            Work(("Spare grab at the potline", "Reservegrabb i serien"), "maintenance", 8, 1, _DO, ("Always a grab at hand", "Alltid en grabb for hånden"),
                 started=5, principle=3, dimension=_COST),
        ),
    ),
)  # fmt: skip

REPORTED = (
    Case(
        8, "EL2", ("Extra voltage without an end time", "Ekstraspenning uten sluttid"), End.CAUSE,
        points=("extra_voltage_end_time", "voltage_on_target"), dimension=_COST, owner="leader-el2", due=-7,
        at_once=("Voltage taken back on two cells.", "Spenningen tatt tilbake på to celler."),
        cause=(_NOT, _METHOD, "The end time is left out when the shift is busy.", "Sluttid utelates når skiftet har det travelt."),
    ),
    Case(
        7, "EL1", ("Faults older than a week are still open", "Feil eldre enn en uke står åpne"), End.CAUSE,
        points=("old_faults", "first_line_maintenance"), severity=_LOW, owner="maintenance", due=-5,
        at_once=("The list was gone through with maintenance.", "Listen ble gått gjennom med vedlikehold."),
        whys=(
            ("Nobody orders by priority", "Ingen bestiller etter prioritet", _SEEN),
            ("There is no rule for it", "Det finnes ingen regel for det", _FACT),
        ),
        cause=(_MISSING, _METHOD, "There is no standard for how faults get their priority.", "Det finnes ingen standard for prioritering av feil."),
    ),
    Case(
        3, "EL2", ("Work under open hoods without respirator", "Arbeid under åpne deksler uten åndedrettsvern"), End.CONTAINED,
        points=("respirator_used", "ppe_full"), severity=_HIGH, dimension=_HSE, owner="leader-el2", due=-4,
        at_once=("Stopped and fetched the respirator.", "Stanset og hentet åndedrettsvern."),
    ),
    Case(
        4, "RE1", ("HF above the limit after the filter", "HF over grensen etter filter"), End.CONTAINED,
        points=("hf_after_filter", "pressure_drop", "compartments_out"), dimension=_HSE, owner="leader-ren", due=-3,
        at_once=("More fresh alumina into the filter.", "Mer ferskt oksid inn i filteret."),
    ),
    Case(
        1.5, "EL1", ("Empty hopper on a cell", "Tom silo på en celle"), End.CONTAINED,
        points=("hopper_not_empty",), owner="shiftlead", due=-2,
        at_once=("Filled by hand, the crane called.", "Fylt for hånd, kranen tilkalt."),
    ),
    Case(
        0.6, "EL1", ("Metal height outside the range before tapping", "Metallnivå utenfor området før tapping"), End.OPEN,
        points=("metal_height",),
    ),
    Case(
        5, "ST1", ("The saw waits for ingots every Monday", "Saga venter på bolt hver mandag"), End.OPEN,
        source=DeviationSource.MEETING, dimension=_VOLUME, severity=_LOW,
    ),
)  # fmt: skip

# What the broken metal agreement led to is opened by the agreement itself; its action stands here.
FORECAST = Work(
    ("Send the iron forecast by itself at 05:30", "Sende jernprognosen automatisk kl. 05:30"), "techlead1", 2, -9, _PLAN,
    ("The casthouse has it before 06:00", "Støperiet har den før 06:00"), principle=2,
)  # fmt: skip
