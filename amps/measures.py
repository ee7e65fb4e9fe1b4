"""Units of measure in words of the reader's language; symbols such as kg, °C or mV are the same everywhere."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

_UNITS: dict[str, str | Promise] = {
    # xgettext:no-python-format
    "% of max": pgettext_lazy("unit of measure", "% of max"),
    # xgettext:no-python-format
    "% of theoretical": pgettext_lazy("unit of measure", "% of theoretical"),
    "AE/cell-day": pgettext_lazy("unit of measure", "AE/cell-day"),
    "NOK/cell": pgettext_lazy("unit of measure", "NOK/cell"),
    "anode effects": pgettext_lazy("unit of measure", "anode effects"),
    "anodes": pgettext_lazy("unit of measure", "anodes"),
    "cells": pgettext_lazy("unit of measure", "cells"),
    "compartments": pgettext_lazy("unit of measure", "compartments"),
    "days": pgettext_lazy("unit of measure", "days"),
    "faults": pgettext_lazy("unit of measure", "faults"),
    "h": pgettext_lazy("unit of measure", "h"),
    "h/week": pgettext_lazy("unit of measure", "h/week"),
    "holes": pgettext_lazy("unit of measure", "holes"),
    "hoods": pgettext_lazy("unit of measure", "hoods"),
    "kg/crucible": pgettext_lazy("unit of measure", "kg/crucible"),
    "measurements": pgettext_lazy("unit of measure", "measurements"),
    "min": pgettext_lazy("unit of measure", "min"),
    "min/cell-day": pgettext_lazy("unit of measure", "min/cell-day"),
    "months": pgettext_lazy("unit of measure", "months"),
    "per 1,000 anodes": pgettext_lazy("unit of measure", "per 1,000 anodes"),
    "per 1,000 h": pgettext_lazy("unit of measure", "per 1,000 h"),
    "per 1,000 points": pgettext_lazy("unit of measure", "per 1,000 points"),
    "per 10,000 t": pgettext_lazy("unit of measure", "per 10,000 t"),
    "per 10^6 h": pgettext_lazy("unit of measure", "per 10^6 h"),
    "per person and year": pgettext_lazy("unit of measure", "per person and year"),
    "persons": pgettext_lazy("unit of measure", "persons"),
    "readings": pgettext_lazy("unit of measure", "readings"),
    "t/day": pgettext_lazy("unit of measure", "t/day"),
    "t/h": pgettext_lazy("unit of measure", "t/h"),
    "wt %": pgettext_lazy("unit of measure", "wt %"),
}


def measure_text(unit: str) -> str:
    """A unit of measure as the reader's language writes it; what the plant made up itself stays as it is.

    >>> measure_text("kWh/t Al")
    'kWh/t Al'
    """
    return str(_UNITS.get(unit, unit))
