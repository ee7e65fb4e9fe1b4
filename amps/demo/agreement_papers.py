"""The six agreements of the demo plant, term by term."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from amps.demo.agreement_texts import Expectation, Paper
from principles.agreements.models import Aspect, TermCadence

_MORNING = ("Morning meeting of electrolysis", "Morgenmøtet i elektrolysen")
_WEEKLY = ("Weekly meeting of electrolysis", "Ukemøtet i elektrolysen")

PAPERS = (
    Paper(
        "metal",
        ("Liquid metal to the casthouse", "Flytende metall til støperiet"),
        (
            "All liquid metal from both potlines, around the clock.",
            "Alt flytende metall fra begge elektrolyseseriene, hele døgnet.",
        ),
        (
            "Taps by the casthouse's plan, skims bath off, and tells of metal that is outside the plan.",
            "Tapper etter støperiets plan, skummer av bad, og sier fra om metall utenfor planen.",
        ),
        (
            "Gives the plan for the next day by 13:00 and receives crucibles within ten minutes.",
            "Gir planen for neste døgn innen 13:00 og tar imot digler innen ti minutter.",
        ),
        (
            "Expected iron per group before 06:00; delays are told by radio at once.",
            "Forventet jern per gruppe før 06:00; forsinkelser meldes på radio med en gang.",
        ),
        (
            "The shift leads agree on what is done with the crucible; the breach is written down and answered in the morning meeting.",
            "Skiftlederne blir enige om hva som gjøres med digelen; bruddet skrives ned og besvares i morgenmøtet.",
        ),
        _MORNING,
        ("leader-elk", "leader-sto"),
        (
            Expectation(
                Aspect.VOLUME,
                ("Mass within 50 kg of the plan in every crucible", "Mengde innenfor 50 kg av planen i hver digel"),
                "-50",
                "50",
                "kg",
                need=0,
            ),
            Expectation(
                Aspect.TIMING,
                ("Deliveries within the window, counted by week", "Leveranser innenfor vinduet, regnet per uke"),
                "90",
                None,
                "%",
                1,
                TermCadence.WEEK,
                measure=("K22", "ELK"),
                need=0,
            ),
            Expectation(
                Aspect.QUALITY,
                ("Iron in the metal, mean of the week", "Jern i metallet, ukens middel"),
                None,
                "0.20",
                "%",
                2,
                TermCadence.WEEK,
                measure=("K05", "ELK"),
                need=1,
            ),
            Expectation(Aspect.QUALITY, ("Bath in a crucible", "Bad i en digel"), None, "10", "kg", need=2),
            Expectation(
                Aspect.INFORMATION, ("Expected iron is told before 06:00", "Forventet jern er meldt før 06:00"), need=1
            ),
            Expectation(
                Aspect.INFORMATION,
                ("Tapping plan of the next day by 13:00", "Tappeplan for neste døgn innen 13:00"),
                by_customer=True,
            ),
            Expectation(
                Aspect.HSE,
                ("No wet crucible or tool at the cell", "Ingen våt digel eller redskap ved cellen"),
                None,
                "0",
                "",
                by_customer=True,
            ),
        ),
        290,
    ),
    Paper(
        "crucibles",
        ("Crucibles to the potlines", "Digler til elektrolyseseriene"),
        ("Empty crucibles between casthouse and potlines.", "Tomme digler mellom støperi og elektrolyseserier."),
        (
            "Cleans, preheats and brings the crucibles by the plan.",
            "Renser, forvarmer og bringer diglene etter planen.",
        ),
        (
            "Sends the crucibles back at once and marks those with damaged lining.",
            "Sender diglene tilbake med en gang og merker dem med skadet foring.",
        ),
        ("A stop of the casthouse is told at least two hours ahead.", "Stans i støperiet varsles minst to timer før."),
        ("Tapping waits; a cold crucible is not used.", "Tappingen venter; kald digel brukes ikke."),
        _MORNING,
        ("leader-sto", "leader-elk"),
        (
            Expectation(
                Aspect.TIMING, ("Crucible at the agreed time", "Digel til avtalt tid"), "-15", "15", "min", need=0
            ),
            Expectation(
                Aspect.QUALITY,
                ("Lining temperature when handed over", "Temperatur i foringen ved overlevering"),
                "600",
                None,
                "°C",
                need=0,
            ),
            Expectation(
                Aspect.VOLUME,
                ("Crucibles ready at shift start", "Digler klare ved skiftstart"),
                "3",
                None,
                "",
                0,
                TermCadence.SHIFT,
            ),
            Expectation(Aspect.INFORMATION, ("Notice of a stop", "Varsel om stans"), "2", None, "h"),
            Expectation(Aspect.HSE, ("Crucibles without moisture", "Digler uten fukt"), None, "0", ""),
        ),
        240,
    ),
    Paper(
        "anodes",
        ("Anodes to the potlines", "Anoder til elektrolyseseriene"),
        ("Rodded anodes for both potlines, every day.", "Monterte anoder til begge seriene, hver dag."),
        ("Delivers straight, marked anodes of the right height.", "Leverer rette, merkede anoder med riktig høyde."),
        ("Says by noon how many are needed the next day.", "Sier innen kl. 12 hvor mange som trengs neste døgn."),
        ("Changes of the paste are told a week ahead.", "Endring av massen varsles en uke før."),
        (
            "The anode is set aside, and replaced within two hours.",
            "Anoden settes til side og erstattes innen to timer.",
        ),
        _WEEKLY,
        ("leader-kar", "leader-elk"),
        (
            Expectation(Aspect.QUALITY, ("Rod out of plumb", "Stang ute av lodd"), None, "5", "mm", need=0),
            Expectation(
                Aspect.QUALITY,
                ("Height of the anode against the drawing", "Anodens høyde mot tegning"),
                "-10",
                "10",
                "mm",
                need=0,
            ),
            Expectation(
                Aspect.VOLUME,
                ("Anodes delivered of those ordered", "Leverte anoder av bestilte"),
                "98",
                None,
                "%",
                1,
                TermCadence.WEEK,
            ),
            Expectation(
                Aspect.TIMING, ("At the line before the change", "Ved serien før skiftet"), "30", None, "min", need=1
            ),
            Expectation(Aspect.HSE, ("No loose lifting hooks", "Ingen løse løftekroker"), None, "0", ""),
        ),
        210,
    ),
    Paper(
        "butts",
        ("Butts to the carbon plant", "Rester til kullanlegget"),
        ("Anode butts from both potlines.", "Anoderester fra begge seriene."),
        ("Cools and cleans the butts before they are sent.", "Kjøler og renser restene før de sendes."),
        ("Fetches full pallets each shift.", "Henter fulle paller hvert skift."),
        ("Butts that burn are told at once.", "Rester som brenner meldes med en gang."),
        ("The pallet goes back to be cleaned.", "Pallen går tilbake for rensing."),
        _WEEKLY,
        ("leader-elk", "leader-kar"),
        (
            Expectation(Aspect.QUALITY, ("Bath left on a butt", "Bad igjen på en rest"), None, "5", "kg", need=0),
            Expectation(
                Aspect.TIMING,
                ("Full pallets fetched within the shift", "Fulle paller hentet innen skiftet"),
                None,
                "8",
                "h",
                by_customer=True,
            ),
            Expectation(
                Aspect.HSE, ("No burning butts on the pallet", "Ingen brennende rester på pallen"), None, "0", ""
            ),
        ),
        380,
        -20,
    ),
    Paper(
        "cranes",
        ("Crane maintenance for the potlines", "Kranvedlikehold for elektrolyseseriene"),
        ("Four potroom cranes, day and night.", "Fire prosesskraner, dag og natt."),
        (
            "Keeps the cranes fit by the plan and answers calls.",
            "Holder kranene driftsklare etter planen og svarer på anrop.",
        ),
        (
            "Checks the crane before use and gives it free for planned maintenance.",
            "Kontrollerer kranen før bruk og frigjør den til planlagt vedlikehold.",
        ),
        ("Planned stops are agreed a week ahead.", "Planlagte stanser avtales en uke før."),
        (
            "Two calls for the same fault: the cause is found together.",
            "To anrop for samme feil: årsaken finnes sammen.",
        ),
        _MORNING,
        ("leader-ved", "leader-elk"),
        (
            Expectation(
                Aspect.VOLUME,
                ("Availability of the cranes", "Kranenes tilgjengelighet"),
                "92",
                None,
                "%",
                1,
                TermCadence.MONTH,
                need=0,
            ),
            Expectation(
                Aspect.TIMING,
                ("Someone at the crane after a call", "Noen ved kranen etter anrop"),
                None,
                "15",
                "min",
                need=0,
            ),
            Expectation(
                Aspect.QUALITY,
                ("The check before use is done right", "Kontrollen før bruk er utført riktig"),
                "85",
                None,
                "%",
                1,
                TermCadence.WEEK,
                by_customer=True,
                measure=("O14", "ELK"),
            ),
            Expectation(Aspect.HSE, ("No lift with a faulty brake", "Ingen løft med feil på brems"), None, "0", ""),
        ),
        330,
    ),
    Paper(
        "suction",
        ("Suction for the potlines", "Avsug for elektrolyseseriene"),
        ("Gas suction and secondary alumina for both potlines.", "Gassavsug og sekundæroksid for begge seriene."),
        (
            "Keeps suction and filters within limits and delivers secondary alumina.",
            "Holder avsug og filtre innenfor grensene og leverer sekundæroksid.",
        ),
        (
            "Keeps hoods tight and tells of cells under start-up.",
            "Holder dekslene tette og sier fra om celler i oppstart.",
        ),
        ("A filter out of use is told before it is taken out.", "Filter ut av drift meldes før det tas ut."),
        ("Fewer hoods off until the suction is back.", "Færre deksler av til avsuget er tilbake."),
        _MORNING,
        ("leader-ren", "leader-elk"),
        (
            Expectation(
                Aspect.QUALITY,
                ("HF after the filter, mean of the week", "HF etter filter, ukens middel"),
                None,
                "0.80",
                "mg/Nm³",
                2,
                TermCadence.WEEK,
                measure=("P26", "RE1"),
                need=0,
            ),
            Expectation(
                Aspect.VOLUME,
                ("Secondary alumina in the silo", "Sekundæroksid i siloen"),
                "40",
                None,
                "%",
                0,
                TermCadence.SHIFT,
            ),
            Expectation(
                Aspect.INFORMATION,
                ("Notice before a filter is taken out", "Varsel før et filter tas ut"),
                "4",
                None,
                "h",
            ),
            Expectation(
                Aspect.QUALITY,
                ("Hoods in place", "Deksler på plass"),
                "85",
                None,
                "%",
                1,
                TermCadence.WEEK,
                by_customer=True,
                measure=("O06", "ELK"),
            ),
            Expectation(Aspect.HSE, ("Gas alarms answered", "Gassalarmer besvart"), None, "10", "min"),
        ),
        150,
    ),
)
