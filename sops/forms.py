"""What people write about standards: header texts, steps, points, approval. Either language may stay empty."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from amps import periods
from amps.numbers import ASK_THOUSANDS, UnclearThousands, number_plain
from principles.teams.models import Unit
from sops.drafting import HEADER_FIELDS
from sops.lifecycle import earliest_date, first_shift
from sops.models import CriticalProcess, JobRole, ObservationPoint, PointKind, Sop, SopPoint, SopRevision, SopStep
from sops.register import POINT_FIELDS

LONGEST_TEXT = 4000
LONGEST_STEP_MINUTES = Decimal(99999)


class PlantNumberField(forms.DecimalField):
    """A number as people write it: decimal comma or point, thin or no-break spaces between thousands."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = number_plain(value)
            except UnclearThousands as error:
                raise ValidationError(ASK_THOUSANDS, code="thousands") from error
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """Shown without closing zeros, with the reader's own decimal sign."""
        if isinstance(value, Decimal):
            return f"{value.normalize():f}".replace(".", str(get_format("DECIMAL_SEPARATOR")))
        return value


class TwoLanguages(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose texts come in pairs: `needed` names those that must be given in one language at least."""

    needed: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name.endswith(("_en", "_nb")):
                field.required = False
                if isinstance(field.widget, forms.Textarea):
                    field.widget.attrs["rows"] = 2
                    field.widget.attrs["maxlength"] = LONGEST_TEXT
                field.widget.attrs["lang"] = name[-2:]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in self.needed:
            if not data.get(f"{name}_en") and not data.get(f"{name}_nb"):
                self.add_error(f"{name}_nb", _("Write this in one of the languages at least."))
        for name, value in list(data.items()):
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                self.add_error(name, _("This text is too long. Split it, or say it shorter."))
        return data

    def _post_clean(self) -> None:
        """The row itself is written, under a lock, by the service; here it stays as it was read."""

    def pair(self, name: str) -> tuple[forms.BoundField, forms.BoundField]:
        return self[f"{name}_nb"], self[f"{name}_en"]


class HeaderForm(TwoLanguages):
    needed = ("title",)

    class Meta:
        model = SopRevision
        fields = [*HEADER_FIELDS, "roles"]
        widgets = {"roles": forms.CheckboxSelectMultiple}

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Norwegian and English side by side, in the order of the page."""
        return [self.pair(name[:-3]) for name in HEADER_FIELDS if name.endswith("_en")]


class StepForm(TwoLanguages):
    needed = ("text",)
    minutes = PlantNumberField(
        label=_("Standard time, minutes"),
        required=False,
        min_value=Decimal(0),
        max_value=LONGEST_STEP_MINUTES,
        max_digits=6,
        decimal_places=1,
    )

    class Meta:
        model = SopStep
        fields = [
            "role",
            "assist",
            "minutes",
            "text_nb",
            "text_en",
            "result_nb",
            "result_en",
            "safety_nb",
            "safety_en",
            "change_nb",
            "change_en",
        ]
        widgets = {"assist": forms.CheckboxSelectMultiple}

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Norwegian and English side by side, in the order of the page."""
        return [self.pair(name) for name in ("text", "result", "safety", "change")]

    def values(self) -> dict[str, Any]:
        """What `sops.drafting.step_save` stores."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("role", "assist")}
        return {**data, "role_id": self.cleaned_data["role"].pk}


class NewSopForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        validators=[RegexValidator(r"^[A-Z]{2,5}-\d{1,4}$", _("Write it like SOP-11: letters, a dash, a number."))],
        help_text=_("Such as SOP-11. It never changes."),
    )
    process = forms.ModelChoiceField(CriticalProcess.objects.filter(active=True), label=_("Critical work process"))
    owner = forms.ModelChoiceField(Unit.objects.none(), label=_("Owned by"))
    title_nb = forms.CharField(label=_("Title in Norwegian"), max_length=160, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if Sop.objects.filter(code=code).exists():
            raise ValidationError(_("%(code)s is taken."), params={"code": code})
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("title_nb") and not data.get("title_en"):
            self.add_error("title_nb", _("Write this in one of the languages at least."))
        return data


class BindForm(forms.Form):
    """Choose a point to watch at a step; those that the revision has already are not offered."""

    point = forms.ModelChoiceField(ObservationPoint.objects.none(), label=_("Observation point"))

    def __init__(self, *args: Any, revision: SopRevision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point"].queryset = self.free(revision)  # type: ignore[attr-defined]

    @staticmethod
    def free(revision: SopRevision) -> QuerySet[ObservationPoint]:
        """The points that can be bound: what is counted by a control system is watched at no step."""
        bound = SopPoint.objects.filter(revision=revision).values("point")
        return ObservationPoint.objects.exclude(kind=PointKind.EVENT).exclude(pk__in=bound)


class ApproveForm(forms.Form):
    date = forms.DateField(
        label=_("In force from"),
        help_text=_("From the start of that day's first shift. Until then the present revision is in force."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        # A date field of the browser always sends this form, whatever the language.
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *args: Any, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        earliest = earliest_date(now)
        self.fields["date"].initial = earliest
        self.fields["date"].widget.attrs["min"] = earliest.isoformat()

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        try:
            self.effective_from = first_shift(date)
        except periods.PeriodError as error:
            raise ValidationError(_("The plant has no shift calendar for that day.")) from error
        if self.effective_from < self.now:
            raise ValidationError(_("That day's first shift has begun already. Choose a later day."))
        return date


class SendBackForm(forms.Form):
    note = forms.CharField(
        label=_("What has to be better"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PointForm(forms.ModelForm):  # type: ignore[type-arg]
    minimum = PlantNumberField(label=_("Lowest that is right"), required=False, max_digits=18, decimal_places=6)
    maximum = PlantNumberField(label=_("Highest that is right"), required=False, max_digits=18, decimal_places=6)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ObservationPoint
        fields = list(POINT_FIELDS)
        labels = {"sample_size": _("How many are watched")}
        help_texts = {
            "sample_size": _("Empty: each one."),
            "critical": _("One that is not right opens a deviation at once."),
            "active": _("Off: no round asks for it. What is stored stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decimals"].max_value = 6  # type: ignore[attr-defined]
        if self.instance.kind in (PointKind.YES_NO, PointKind.EVENT):
            for name in ("minimum", "maximum", "decimals"):
                del self.fields[name]
        for name in ("sample_size", "decimals"):
            if name in self.fields:
                self.fields[name].widget.attrs["max"] = 6 if name == "decimals" else 1000

    def clean_decimals(self) -> int:
        decimals: int = self.cleaned_data["decimals"]
        if decimals > 6:
            raise ValidationError(_("Six decimals at most."))
        return decimals

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        low, high = data.get("minimum"), data.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", _("The highest value that is right can't be below the lowest."))
        return data

    def values(self) -> dict[str, Any]:
        """What `sops.register.point_edit` stores; what the form doesn't ask stays."""
        return {name: self.cleaned_data.get(name, getattr(self.instance, name)) for name in POINT_FIELDS}

    def _post_clean(self) -> None:
        """The row itself is written, under a lock, by the service; here it stays as it was read."""


class ListFilter(forms.Form):
    """The choice on the list of standards; it stands in the address."""

    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    process = forms.ModelChoiceField(
        CriticalProcess.objects.filter(active=True),
        to_field_name="code",
        required=False,
        label=_("Process"),
        empty_label=_("All processes"),
    )
    role = forms.ModelChoiceField(
        JobRole.objects.all(), to_field_name="code", required=False, label=_("Role"), empty_label=_("All roles")
    )
