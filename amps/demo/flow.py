"""The route of liquid and cold metal through the casthouse, with the figures of the illustrative chart (F061)."""

from __future__ import annotations

from decimal import Decimal

from amps.demo.history import Stage
from principles.flow.models import Route
from principles.flow.services import NewPart, route_create, step_add

ROUTE = "METAL"
DEMAND = Decimal(7000)
SOURCE_EN = (
    "Illustrative figures after a published bottleneck chart; which number belongs to which process is our reading."
)
SOURCE_NB = (
    "Illustrerende tall etter et publisert flaskehalsdiagram; "
    "hvilket tall som hører til hvilken prosess er vår tolkning."
)
# English, Norwegian, unit, parts of the capacity in tonnes per week.
STEPS = (
    (
        "Electrolysis",
        "Elektrolyse",
        "ELK",
        (("Liquid metal", "Flytende metall", 3600), ("Cold metal", "Kaldmetall", 3800)),
    ),
    (
        "Tapping and cold-metal deliveries",
        "Tapping og leveranser av kaldmetall",
        "ELK",
        (("Tapping and deliveries", "Tapping og leveranser", 7400),),
    ),
    ("Furnace and casting", "Ovn og støping", "STO", (("Furnace and casting", "Ovn og støping", 5865),)),
    ("Homogenisation", "Homogenisering", "STO", (("Homogenisation", "Homogenisering", 7800),)),
    ("Sawing", "Saging", "STO", (("Sawing", "Saging", 9000),)),
)


def flow_make(stage: Stage) -> None:
    """Write down the route with its processes, capacities and the customer's demand."""
    actor = stage.person("support")
    route = route_create(
        code=ROUTE,
        name_en="Metal through the casthouse",
        name_nb="Metall gjennom støperiet",
        unit=stage.unit("VERK"),
        demand=DEMAND,
        actor=actor,
    )
    Route.objects.filter(pk=route.pk).update(source_en=SOURCE_EN, source_nb=SOURCE_NB)
    for name_en, name_nb, unit, parts in STEPS:
        step_add(
            route=route,
            name_en=name_en,
            name_nb=name_nb,
            unit=stage.unit(unit),
            parts=[NewPart(en, nb, Decimal(capacity)) for en, nb, capacity in parts],
            actor=actor,
        )
