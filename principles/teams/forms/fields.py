"""Fields that several forms share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from principles.teams.models import Unit


class DateField(forms.DateField):
    """A date chosen in the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """One of the units given, in the order of the tree and set in by its level."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Unit.objects.none(), to_field_name="code", **kwargs)
        self.error_messages["invalid_choice"] = _("Choose one of the units in the list.")

    def offer(self, units: Sequence[tuple[Unit, int]]) -> None:
        """Offer these units, each with its level below the first (0…)."""
        self.queryset = Unit.objects.filter(pk__in=[unit.pk for unit, _level in units])
        blank = [] if self.required and self.initial else [("", "–")]
        self.choices = [*blank, *((unit.code, f"{'    ' * level}{unit}") for unit, level in units)]
