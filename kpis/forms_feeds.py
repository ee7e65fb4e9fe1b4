"""Which indicator shall count a point, and with which weight."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from amps.measures import measure_text
from kpis.feeding import SHARES, weight_is_good
from kpis.models import Indicator, IndicatorKind

COUNTED_ALREADY = _("The point counts there already.")
NOT_THIS_ONE = _("This indicator can't count this point. Choose one from the list.")
BAD_WEIGHT = _("Write a weight above 0, at most 10,000, with four decimals at most.")


class FeedForm(forms.Form):
    """One more indicator; `offered` are those that can count the point, `fed` those that do."""

    indicator = forms.ChoiceField(label=_("Indicator"), error_messages={"required": _("Choose an indicator.")})
    weight = NumberField(
        label=_("Weight"),
        initial=Decimal(1),
        help_text=_("In conformity, 2 counts twice as much as 1. For means, sums and rates, leave it at 1."),
    )

    def __init__(self, *args: Any, offered: Iterable[Indicator], fed: Iterable[Indicator], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = {indicator.code: indicator for indicator in offered}
        if not any(indicator.kind in SHARES for indicator in self.offered.values()):
            self.fields["weight"].widget = forms.HiddenInput()  # it would say nothing
        field = self.fields["indicator"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Choose an indicator")), *_grouped(self.offered.values())]
        is_fed = self.data.get("indicator") in {indicator.code for indicator in fed}
        field.error_messages["invalid_choice"] = COUNTED_ALREADY if is_fed else NOT_THIS_ONE

    def clean_indicator(self) -> Indicator:
        """The indicator itself."""
        return self.offered[self.cleaned_data["indicator"]]

    def clean_weight(self) -> Decimal:
        """A weight that can be stored."""
        weight: Decimal = self.cleaned_data["weight"]
        if not weight_is_good(weight):
            raise ValidationError(BAD_WEIGHT)
        return weight


def _grouped(indicators: Iterable[Indicator]) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Choices under the name of their kind, each with its unit: who chooses a mean has to see what it is a mean of."""
    ordered = sorted(indicators, key=lambda indicator: (indicator.kind, indicator.position, indicator.code))
    return [
        (IndicatorKind(kind).label, [(indicator.code, _named(indicator)) for indicator in found])
        for kind, found in groupby(ordered, key=lambda indicator: indicator.kind)
    ]


def _named(indicator: Indicator) -> str:
    unit = f" ({measure_text(indicator.unit)})" if indicator.unit else ""
    return f"{indicator.code} {indicator.name}{unit}"
