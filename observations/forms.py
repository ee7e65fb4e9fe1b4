"""Forms of the shift's desk work: corrections, event reports and observation plans."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amps import display
from observations.models import Observation, ObservationPlan, PlanCadence, Reason, Result
from observations.refusals import Refused
from observations.taps import read_number
from principles.teams.models import Unit
from sops.models import ObservationPoint, PointKind, Sop

if TYPE_CHECKING:
    _ModelField = forms.ModelChoiceField[Any]
    _PlanModelForm = forms.ModelForm[ObservationPlan]
else:
    _ModelField = forms.ModelChoiceField
    _PlanModelForm = forms.ModelForm


class NumberField(forms.CharField):
    """A number with comma or point, typed on a phone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        try:
            return read_number(text)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.message)) from refusal


class CorrectionForm(forms.Form):
    """What a fact ought to say, and why."""

    result = forms.ChoiceField(label=_("What was seen"), widget=forms.RadioSelect)
    value = NumberField(label=_("Number"), required=False, max_length=40)
    cell = forms.CharField(label=_("Cell"), required=False, max_length=20)
    reason = forms.ModelChoiceField(
        label=_("Reason for the deviation"), queryset=Reason.objects.none(), required=False, to_field_name="code"
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
    correction_reason = forms.CharField(
        label=_("Why is it corrected?"),
        max_length=300,
        error_messages={"required": _("Say why it is corrected.")},
    )

    def __init__(self, *args: Any, fact: Observation, **kwargs: Any) -> None:
        self.fact = fact
        point = fact.point
        kwargs.setdefault("initial", _as_initial(fact))
        super().__init__(*args, **kwargs)
        reasons = Reason.objects.filter(Q(point=None) | Q(point=point), active=True)
        cast("_ModelField", self.fields["reason"]).queryset = reasons
        result = cast(forms.ChoiceField, self.fields["result"])
        if point.kind == PointKind.YES_NO:
            result.choices = [
                (Result.OK.value, _("Yes")),
                (Result.NOT_OK.value, _("No")),
                (Result.NOT_APPLICABLE.value, _("Not applicable")),
            ]
            del self.fields["value"]
        elif point.kind == PointKind.EVENT:
            del self.fields["result"]
        else:
            result.choices = [("value", _("A number")), (Result.NOT_APPLICABLE.value, _("Not applicable"))]
        if fact.equipment_id is None:
            del self.fields["cell"]

    def clean_cell(self) -> Unit | None:
        """The cell that it really was; the same one when nothing is changed."""
        code = self.cleaned_data["cell"].strip()
        if not code or (self.fact.equipment and code == self.fact.equipment.code):
            return None
        unit = Unit.objects.filter(code=code).first()
        if unit is None:
            raise forms.ValidationError(_("There is no cell with this number."))
        return unit

    def said(self) -> dict[str, Any]:
        """The arguments of `observation_correct` that the form is about."""
        data = self.cleaned_data
        result = data.get("result")
        takes_value = "value" in self.fields and result != Result.NOT_APPLICABLE
        return {
            "result": result if result != "value" else None,
            "value": data.get("value") if takes_value else None,
            "reason": data.get("reason"),
            "note": data.get("note", ""),
            "equipment": data.get("cell"),
            "correction_reason": data["correction_reason"],
        }


def _exact(value: Decimal | None) -> str:
    """The number with every digit that is stored, so that a correction changes only what the person changes."""
    if value is None:
        return ""
    return f"{value.normalize():f}".replace(".", display.NUMBER_SIGNS[display.language_of()][0])


def _as_initial(fact: Observation) -> dict[str, Any]:
    numeric = fact.value is not None
    return {
        "result": "value" if numeric else fact.result,
        "value": _exact(fact.value),
        "cell": fact.equipment.code if fact.equipment else "",
        "reason": fact.reason.code if fact.reason else None,
        "note": fact.note,
    }


class EventForm(forms.Form):
    """Events of a series on one cell, now or earlier in the shift."""

    point = forms.ModelChoiceField(
        label=_("What happened"), queryset=ObservationPoint.objects.none(), to_field_name="code", empty_label=None
    )
    cell = forms.CharField(
        label=_("Cell"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    number = NumberField(label=_("How many"), max_length=12, initial="1")
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(self, *args: Any, points: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("_ModelField", self.fields["point"]).queryset = points

    def clean_cell(self) -> Unit | None:
        """The cell; None where none was typed."""
        code = self.cleaned_data["cell"].strip()
        unit = Unit.objects.filter(code=code).first() if code else None
        if code and unit is None:
            raise forms.ValidationError(_("There is no cell with this number."))
        return unit


class SopField(_ModelField):
    """SOPs with the title of their newest revision."""

    def label_from_instance(self, obj: Any) -> str:
        """Code and title."""
        newest = max(obj.revisions.all(), key=lambda revision: revision.number, default=None)
        return f"{obj.code} {newest.title}" if newest is not None else str(obj.code)


class PlanForm(_PlanModelForm):
    """What an area is to observe, how often and from when."""

    class Meta:
        model = ObservationPlan
        fields = [
            "sop", "cadence", "shift_number", "weekday", "month_day", "rounds", "equipment_type",
            "targets_per_round", "valid_from",
        ]  # fmt: skip
        widgets = {"valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        labels = {"shift_number": _("which shift")}

    sop = SopField(label=_("SOP"), queryset=Sop.objects.filter(active=True).prefetch_related("revisions"))
    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        coerce=int,
        choices=[
            (0, _("Monday")),
            (1, _("Tuesday")),
            (2, _("Wednesday")),
            (3, _("Thursday")),
            (4, _("Friday")),
            (5, _("Saturday")),
            (6, _("Sunday")),
        ],
        initial=0,
        help_text=_("Counts for a plan of every week."),
    )
    month_day = forms.IntegerField(
        label=_("Day of the month"),
        min_value=1,
        max_value=31,
        initial=1,
        help_text=_("Counts for a plan of every month. A shorter month takes its last day."),
    )
    rounds = forms.IntegerField(label=_("Rounds each time"), min_value=1, max_value=10, initial=1)
    targets_per_round = forms.IntegerField(label=_("Cells per round"), min_value=1, max_value=200, initial=8)

    def __init__(self, *args: Any, area: Unit, today: dt.date, shifts: list[tuple[int, str]], **kwargs: Any) -> None:
        self.area, self.today = area, today
        super().__init__(*args, **kwargs)
        self.fields["shift_number"] = forms.TypedChoiceField(
            label=_("Which shift"),
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("Every shift; the first one of the day for longer plans")), *shifts],
        )
        types = Unit.objects.exclude(equipment_type="").values_list("equipment_type", flat=True)
        known = sorted(set(types.order_by("equipment_type").distinct()))
        self.fields["equipment_type"] = forms.ChoiceField(
            label=_("Watched on"),
            required=False,
            choices=[("", _("The area as a whole")), *((one, _EQUIPMENT.get(one, one)) for one in known)],
        )
        self.fields["sop"].disabled = bool(self.instance.pk)

    def clean_valid_from(self) -> dt.date:
        """A plan begins on a date to come: rounds already made stay as they were owed."""
        date: dt.date = self.cleaned_data["valid_from"]
        if date <= self.today:
            raise forms.ValidationError(_("Choose a date after today: what is owed today is already made."))
        return date

    def clean_cadence(self) -> str:
        return PlanCadence(self.cleaned_data["cadence"]).value


_EQUIPMENT = {"cell": _("Cells"), "crane": _("Cranes"), "scrubber": _("Scrubbers")}


class PlanEndForm(forms.Form):
    """The first production date on which a plan no longer counts."""

    valid_to = forms.DateField(
        label=_("Ends before"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, plan: ObservationPlan, today: dt.date, **kwargs: Any) -> None:
        self.plan, self.today = plan, today
        super().__init__(*args, **kwargs)

    def clean_valid_to(self) -> dt.date:
        """After today, and after the plan began."""
        date: dt.date = self.cleaned_data["valid_to"]
        if date <= self.today:
            raise forms.ValidationError(_("Choose a date after today: what is owed today is already made."))
        if date <= self.plan.valid_from:
            raise forms.ValidationError(_("A plan ends after it begins."))
        return date
