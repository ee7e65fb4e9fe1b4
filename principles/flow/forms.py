"""Forms of routes: demand and capacities in tonnes per week."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from principles.flow.models import CapacityPart, Route
from principles.teams.forms.fields import UnitField
from principles.teams.forms.units import CODE

_LARGEST = Decimal(10) ** 9


def _checked(value: Decimal | None, *, above_zero: bool) -> Decimal | None:
    if value is None:
        return None
    if above_zero and value <= 0:
        raise forms.ValidationError(_("The demand has to be above zero."))
    if value < 0:
        raise forms.ValidationError(_("A capacity can't be below zero."))
    if value > _LARGEST:
        raise forms.ValidationError(_("The number is too large."))
    return value


class CapacityField(NumberField):
    """Tonnes per week, from zero upwards."""

    def clean(self, value: Any) -> Any:
        """The number; errors as for any number, and one below zero."""
        return _checked(super().clean(value), above_zero=False)


class DemandField(NumberField):
    """Tonnes per week, above zero."""

    def clean(self, value: Any) -> Any:
        """The number; errors as for any number, and one that is not above zero."""
        return _checked(super().clean(value), above_zero=True)


class NewRouteForm(forms.Form):
    """A new route of a unit."""

    unit = UnitField(label=_("Belongs to"))
    code = forms.CharField(label=_("Code"), max_length=20, validators=[CODE])
    name_nb = forms.CharField(label=_("Name in Norwegian"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    demand = DemandField(label=_("Customer demand, t/week"))


class RouteForm(forms.Form):
    """Names and demand of a route, and a field per part of a capacity ("part-7")."""

    name_nb = forms.CharField(label=_("Name in Norwegian"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    demand = DemandField(label=_("Customer demand, t/week"))

    def __init__(self, data: Any = None, *, route: Route, parts: list[CapacityPart]) -> None:
        initial = {"name_nb": route.name_nb, "name_en": route.name_en, "demand": route.demand}
        initial.update({f"part-{part.pk}": part.capacity for part in parts})
        super().__init__(data, initial=initial)
        self.parts = parts
        for part in parts:
            label = part.step.name if part.name == part.step.name else f"{part.step.name}: {part.name}"
            self.fields[f"part-{part.pk}"] = CapacityField(label=label)

    @property
    def capacities(self) -> dict[int, Decimal]:
        """The capacities as typed, by the id of their part."""
        return {part.pk: self.cleaned_data[f"part-{part.pk}"] for part in self.parts}


class NewStepForm(forms.Form):
    """A process at the end of a route; a second part is for what comes from elsewhere, such as cold metal."""

    name_nb = forms.CharField(label=_("Process, in Norwegian"), max_length=120)
    name_en = forms.CharField(label=_("Process, in English"), max_length=120)
    unit = UnitField(label=_("Done by"), required=False)
    capacity = CapacityField(label=_("Capacity, t/week"))
    extra_nb = forms.CharField(label=_("Second part, in Norwegian"), max_length=80, required=False)
    extra_en = forms.CharField(label=_("Second part, in English"), max_length=80, required=False)
    extra = CapacityField(label=_("Its capacity, t/week"), required=False)

    def clean(self) -> dict[str, Any]:
        """A second part has a name and a capacity, or neither."""
        data = super().clean() or {}
        named = bool(data.get("extra_nb") or data.get("extra_en"))
        if named and data.get("extra") is None and "extra" not in self.errors:
            self.add_error("extra", _("Say how much the second part gives, or leave its name empty."))
        if data.get("extra") is not None and not named:
            self.add_error("extra_nb", _("Say what the second part is."))
        return data
