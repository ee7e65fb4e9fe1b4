"""Forms that tie an indicator to something else: the effect of an action, a term, a matter of a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from kpis.models import Indicator
from kpis.rules import COMPUTED
from principles.teams.models import Unit

if TYPE_CHECKING:
    _UnitField = forms.ModelChoiceField[Unit]
else:
    _UnitField = forms.ModelChoiceField

MOST_WEEKS = 26


def computed_indicators() -> QuerySet[Indicator]:
    """Indicators in use that have figures here, in their order."""
    return Indicator.objects.filter(active=True, kind__in=COMPUTED).order_by("position", "code")


class IndicatorField(forms.CharField):
    """An indicator by its code or name, found as one types: the page offers them in a list."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Indicator"))
        options.setdefault("max_length", 140)
        options.setdefault("error_messages", {"required": _("Choose an indicator.")})
        options.setdefault("widget", forms.TextInput(attrs={"list": "indicators", "autocomplete": "off"}))
        super().__init__(**options)

    def clean(self, value: Any) -> Indicator | None:
        """The indicator meant; None when left empty."""
        text = super().clean(value)
        if not text:
            return None
        code = text.split()[0]
        wanted = Q(code__iexact=code) | Q(name_en__iexact=text) | Q(name_nb__iexact=text)
        found = list(Indicator.objects.filter(wanted, active=True)[:2])
        exact = [one for one in found if one.code.casefold() == code.casefold()]
        if not found:
            raise ValidationError(
                _("There is no indicator “%(text)s”. Choose one from the list."), params={"text": text}
            )
        return (exact or found)[0]

    def prepare_value(self, value: Any) -> Any:
        """Code and name stand in the field."""
        return f"{value.code} {value.name}" if isinstance(value, Indicator) else value


class EffectForm(forms.Form):
    """The indicator that an action should move, where, by how much, and over how many weeks it is compared."""

    indicator = IndicatorField(label=_("Indicator it should move"))
    unit = _UnitField(label=_("Where"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    change = NumberField(
        label=_("Expected change"),
        required=False,
        help_text=_("In the indicator's unit: 2 for two more, −2 for two less. Empty where only the way counts."),
    )
    weeks = forms.IntegerField(
        label=_("Weeks compared, before and after"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=4,
        error_messages={
            "invalid": _("Write whole weeks, such as 4."),
            "min_value": _("At least one week."),
            "max_value": _("At most 26 weeks."),
        },
    )

    def __init__(self, data: Any = None, *, units: QuerySet[Unit], **options: Any) -> None:
        super().__init__(data, **options)
        cast("_UnitField", self.fields["unit"]).queryset = units


class MeasureForm(forms.Form):
    """The indicator that measures a term, and where it is read."""

    indicator = IndicatorField(label=_("Measured by"))
    unit = _UnitField(label=_("Read in"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)

    def __init__(self, data: Any = None, *, units: QuerySet[Unit], **options: Any) -> None:
        super().__init__(data, **options)
        cast("_UnitField", self.fields["unit"]).queryset = units


class AboutForm(forms.Form):
    """The indicator that a matter is about; empty for none."""

    indicator = IndicatorField(label=_("Which indicator is it about?"), required=False)
