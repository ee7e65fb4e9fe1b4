"""Form fields that every app uses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from amps import display
from amps.numbers import ASK_THOUSANDS, UnclearThousands, number_plain

# What the widest columns for typed numbers hold.
_WIDEST = Decimal(10) ** 12
_PLACES = 6


class NumberField(forms.CharField):
    """A number as people type it, with decimal comma or point; a text field, so that both can be typed."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
    default_error_messages = {
        "number": _("Write a number, such as 95 or 0,12."),
        "wide": _("The number is too large."),
        "places": _("At most 6 decimals."),
        "thousands": ASK_THOUSANDS,
    }

    def to_python(self, value: Any) -> Any:
        """The number as Decimal; None when left empty."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            number = display.as_decimal(number_plain(text))
        except UnclearThousands as error:
            raise ValidationError(self.error_messages["thousands"], code="thousands") from error
        if number is None:
            raise ValidationError(self.error_messages["number"], code="number")
        if abs(number) >= _WIDEST:
            raise ValidationError(self.error_messages["wide"], code="wide")
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > _PLACES:
            raise ValidationError(self.error_messages["places"], code="places")
        return number

    def prepare_value(self, value: Any) -> Any:
        """What stands in the field: the reader's decimal sign, and no sign between thousands."""
        # A comma between thousands would be asked about.
        if isinstance(value, Decimal):
            _decimal, thousands = display.NUMBER_SIGNS[display.language_of()]
            return display.format_number(value.normalize(), _needed(value)).replace(thousands, "")
        return value


def _needed(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
