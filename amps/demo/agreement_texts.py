"""What the demo plant's register and agreements say: parties, needs, terms, breaches."""

# ruff: noqa: E501 - sentences stay on one line

from __future__ import annotations

from dataclasses import dataclass

from amps.demo.history import Pair
from principles.agreements.models import Criticality, RelationshipKind, TermCadence


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship of the register: supplier and customer by code, what goes between them, what the customer needs."""

    key: str
    supplier: str
    customer: str
    what: Pair
    criticality: str
    needs: tuple[Pair, ...] = ()
    kind: str = RelationshipKind.DELIVERY


@dataclass(frozen=True, slots=True)
class Expectation:
    """A term. `measure` names the indicator and the unit in which it is read."""

    aspect: str
    text: Pair
    lower: str | None = None
    upper: str | None = None
    unit: str = ""
    decimals: int = 0
    cadence: str = TermCadence.EACH
    by_customer: bool = False
    measure: tuple[str, str] | None = None
    need: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """An agreement on a relationship. `review` is when it is to be looked at again, in days from the end."""

    link: str
    title: Pair
    scope: Pair
    supplier_duties: Pair
    customer_duties: Pair
    information: Pair
    reaction: Pair
    arena: Pair
    signers: tuple[str, str]
    terms: tuple[Expectation, ...]
    signed: float
    review: int = 180


OUTSIDE = (
    ("alumina", "Demo alumina supplier", "Demo oksidleverandør"),
    ("extruder", "Demo extrusion customer", "Demo profilkunde"),
    ("coke", "Demo coke and pitch supplier", "Demo koks- og bekleverandør"),
)
_CRITICAL, _IMPORTANT, _ORDINARY = Criticality.CRITICAL, Criticality.IMPORTANT, Criticality.ORDINARY

LINKS = (
    Link(
        "metal",
        "ELK",
        "STO",
        ("Liquid metal", "Flytende metall"),
        _CRITICAL,
        (
            ("The right mass in every crucible, at the agreed time", "Riktig mengde i hver digel, til avtalt tid"),
            (
                "Metal with little iron, and to know it before the shift plans",
                "Metall med lite jern, og å vite det før skiftet planlegger",
            ),
            ("Clean metal without bath", "Rent metall uten bad"),
        ),
    ),
    Link(
        "crucibles",
        "STO",
        "ELK",
        ("Empty, clean, preheated crucibles", "Tomme, rene, forvarmede digler"),
        _CRITICAL,
        (("A warm crucible ready when the cell is to be tapped", "En varm digel klar når cellen skal tappes"),),
    ),
    Link(
        "anodes",
        "KAR",
        "ELK",
        ("Rodded anodes", "Monterte anoder"),
        _CRITICAL,
        (
            ("Straight rods and the right height", "Rette stenger og riktig høyde"),
            ("Anodes at the line before the change begins", "Anoder ved serien før skiftet begynner"),
        ),
    ),
    Link(
        "butts",
        "ELK",
        "KAR",
        ("Clean anode butts", "Rene anoderester"),
        _IMPORTANT,
        (("Butts without bath", "Rester uten bad"),),
    ),
    Link(
        "cranes",
        "VED",
        "ELK",
        ("Fit potroom cranes", "Driftsklare prosesskraner"),
        _CRITICAL,
        (("A crane that works when the anode change begins", "En kran som virker når anodeskiftet begynner"),),
        RelationshipKind.MAINTENANCE,
    ),
    Link(
        "suction",
        "REN",
        "ELK",
        ("Suction and secondary alumina", "Avsug og sekundæroksid"),
        _CRITICAL,
        (("Steady suction on every cell", "Jevnt avsug på hver celle"),),
    ),
    Link("gas", "ELK", "REN", ("Cell gas under tight hoods", "Cellegass under tette deksler"), _IMPORTANT),
    Link("alumina", "alumina", "ELK", ("Alumina", "Oksid"), _CRITICAL, (("Even grain size", "Jevn kornstørrelse"),)),
    Link(
        "ingots",
        "STO",
        "extruder",
        ("Extrusion ingots", "Pressbolt"),
        _IMPORTANT,
        (("On time, in full", "I rett tid og mengde"),),
    ),
    Link("coke", "coke", "KAR", ("Coke and pitch", "Koks og bek"), _IMPORTANT),
    Link(
        "cast-care",
        "VED",
        "STO",
        ("Maintenance of furnaces and casting pits", "Vedlikehold av ovner og støpegroper"),
        _IMPORTANT,
        (),
        RelationshipKind.MAINTENANCE,
    ),
    Link(
        "carbon-care",
        "VED",
        "KAR",
        ("Maintenance of the rodding line", "Vedlikehold av montasjelinjen"),
        _ORDINARY,
        (),
        RelationshipKind.MAINTENANCE,
    ),
    Link(
        "filter-care",
        "VED",
        "REN",
        ("Maintenance of filters and fans", "Vedlikehold av filtre og vifter"),
        _ORDINARY,
        (),
        RelationshipKind.MAINTENANCE,
    ),
    Link("lining", "VED", "ELK", ("Relined cells", "Omforede celler"), "", (), RelationshipKind.MAINTENANCE),
    Link(
        "goals", "VERK", "ELK", ("Goals and resources", "Mål og ressurser"), _IMPORTANT, (), RelationshipKind.MANAGEMENT
    ),
)
