"""Forms of the figures' pages: targets, events on charts, reviews."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from kpis.models import Direction, Indicator
from kpis.services import (
    COMMENT_LENGTH,
    LimitsMissing,
    LimitsOutOfOrder,
    limits_check,
    limits_plain,
)
from kpis.status import Limits
from principles.teams.models import Unit


class TargetForm(forms.Form):
    """A new target of one indicator; the limits asked for follow from which way is good."""

    scope = forms.ChoiceField(label=_("For"))
    valid_from = forms.DateField(
        label=_("Valid from production date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    target = NumberField(label=_("Target"))

    def __init__(
        self, data: Any = None, *, indicator: Indicator, scopes: list[tuple[str, Any]], today: dt.date, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.indicator = indicator
        self.today = today
        scope = self.fields["scope"]
        assert isinstance(scope, forms.ChoiceField)  # noqa: S101 - declared above
        scope.choices = scopes
        if len(scopes) == 1:
            scope.widget = forms.HiddenInput()
            scope.initial = scopes[0][0]
        self.fields["valid_from"].widget.attrs["min"] = today.isoformat()
        for name, label in _limit_fields(indicator):
            self.fields[name] = NumberField(label=label)

    def clean_valid_from(self) -> dt.date:
        """A production date from today on."""
        date: dt.date = self.cleaned_data["valid_from"]
        if date < self.today:
            raise ValidationError(_("Choose today or a later date: figures of the past keep their target."))
        return date

    def clean(self) -> dict[str, Any]:
        """Limits that fit the direction."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            limits_check(self.indicator, self.limits)
        except LimitsMissing as missing:
            for name in missing.fields:
                self.add_error(name, _("This limit is needed."))
        except LimitsOutOfOrder:
            self.add_error(None, _order_text(self.indicator))
        return cleaned

    @property
    def limits(self) -> Limits:
        """The limits as typed."""
        return limits_plain(self.cleaned_data)


def _limit_fields(indicator: Indicator) -> list[tuple[str, Any]]:
    if indicator.direction == Direction.UP:
        return [("yellow", _("Green from")), ("red", _("Yellow from, red below"))]
    if indicator.direction == Direction.DOWN:
        return [("yellow", _("Green up to")), ("red", _("Yellow up to, red above"))]
    return [
        ("target_min", _("Green from")),
        ("target_max", _("Green up to")),
        ("red_min", _("Yellow from, red below")),
        ("red_max", _("Yellow up to, red above")),
    ]


def _order_text(indicator: Indicator) -> Any:
    if indicator.direction == Direction.UP:
        return _(
            "Higher is better here: the red limit must not be above the green one, nor the green above the target."
        )
    if indicator.direction == Direction.DOWN:
        return _("Lower is better here: the target must not be above the green limit, nor the green above the red one.")
    return _("The limits must widen outwards: red below, green from, target, green up to, red above.")


class EventForm(forms.Form):
    """An event for the charts of a unit."""

    at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    title_nb = forms.CharField(label=_("What happened, in Norwegian"), max_length=120)
    title_en = forms.CharField(label=_("What happened, in English"), max_length=120, required=False)
    only_this = forms.BooleanField(label=_("Only on the charts of this indicator"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        """One language is enough; the other one shows the same words."""
        cleaned = super().clean() or {}
        if not cleaned.get("title_en"):
            cleaned["title_en"] = cleaned.get("title_nb", "")
        at = cleaned.get("at")
        if at is not None and at > timezone.now() + dt.timedelta(days=366):
            self.add_error("at", _("Choose a time within a year from now."))
        return cleaned


class ReviewForm(forms.Form):
    """What a leader says when a closed period has been looked through."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def scopes_of(unit: Unit, *, in_unit: bool, plant_wide: bool) -> list[tuple[str, Any]]:
    """For whom a person may set a target: the unit, the whole plant, or both."""
    scopes: list[tuple[str, Any]] = []
    if in_unit:
        scopes.append(("unit", unit.name))
    if plant_wide:
        scopes.append(("plant", _("the whole plant")))
    return scopes
