"""Forms of the shift calendar and the rota."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from principles.teams import rota as rotas
from principles.teams.forms.fields import DateField
from principles.teams.services.scheduling import StartGiven

OWN = ""
_SHIFTS_AT_MOST = 6


class CalendarForm(forms.Form):
    """From when a calendar applies, and in which time zone."""

    valid_from = DateField(label=_("From production date"))
    zone = forms.CharField(label=_("Time zone"), max_length=60, help_text=_("Such as Europe/Oslo."))

    def clean_zone(self) -> str:
        """A zone that the clocks know."""
        zone: str = self.cleaned_data["zone"]
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise forms.ValidationError(_("No time zone is called that. Write it like Europe/Oslo.")) from None
        return zone


class StartForm(forms.Form):
    """One shift of the day."""

    code = forms.RegexField(
        label=_("Letter in the rota"),
        regex=r"\A[A-ZÆØÅ]\Z",
        error_messages={"invalid": _("One capital letter.")},
        widget=forms.TextInput(attrs={"maxlength": 1}),
    )
    name_nb = forms.CharField(label=_("Name in Norwegian"), max_length=30)
    name_en = forms.CharField(label=_("Name in English"), max_length=30)
    at = forms.TimeField(label=_("Starts"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean_code(self) -> str:
        """D and - mean something else in a rota."""
        code: str = self.cleaned_data["code"]
        if code == rotas.DAY_WORK:
            raise forms.ValidationError(_("D stands for day work beside the shifts; choose another letter."))
        return code

    def given(self) -> StartGiven:
        """What was filled in."""
        data = self.cleaned_data
        return StartGiven(code=data["code"], name_en=data["name_en"], name_nb=data["name_nb"], at=data["at"])


class StartsFormSet(BaseFormSet):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """The shifts of a production day, in their order; the first one begins the day."""

    def clean(self) -> None:
        """Letters differ, and the starts follow each other within 24 hours."""
        if any(self.errors):
            return
        starts = starts_given(self)
        if not starts:
            raise forms.ValidationError(_("A calendar needs at least one shift."))
        if len({start.code for start in starts}) < len(starts):
            raise forms.ValidationError(_("Every shift needs a letter of its own."))
        minutes = [start.at.hour * 60 + start.at.minute for start in starts]
        since_first = [(minute - minutes[0]) % (24 * 60) for minute in minutes]
        if since_first != sorted(set(since_first)):
            raise forms.ValidationError(_("The shifts have to follow each other within 24 hours, in this order."))


def starts_given(formset: BaseFormSet[StartForm]) -> list[StartGiven]:
    """The shifts filled in, without rows left empty or taken away."""
    return [form.given() for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


StartsForm = formset_factory(
    StartForm,
    formset=StartsFormSet,
    extra=1,
    can_delete=True,
    max_num=_SHIFTS_AT_MOST,
    validate_max=True,
    absolute_max=_SHIFTS_AT_MOST,
)


class RotaForm(forms.Form):
    """A rota: who works when, from which day on."""

    valid_from = DateField(label=_("From production date"))
    pattern = forms.CharField(
        label=_("Pattern"),
        max_length=120,
        help_text=_("One letter per day: the shifts' letters, D for day work, - for off. Such as MMAANN----."),
    )
    anchor = DateField(
        label=_("The first crew starts the pattern on"),
        help_text=_("On this date the first crew works the first letter."),
    )
    offset = forms.IntegerField(label=_("Days between crews"), min_value=1, max_value=120)
    crews = forms.CharField(
        label=_("Crews in order"), max_length=80, help_text=_("Their letters with a space between: A B C D E.")
    )

    def clean_pattern(self) -> str:
        """Blanks mean nothing, and small letters are meant as capitals."""
        return "".join(self.cleaned_data["pattern"].split()).upper()

    def clean_crews(self) -> list[str]:
        """The crews' codes, each once."""
        codes: list[str] = self.cleaned_data["crews"].replace(",", " ").split()
        if len(set(codes)) < len(codes):
            raise forms.ValidationError(_("A crew is named twice."))
        return codes

    def rota_arguments(self) -> dict[str, Any]:
        """What was filled in, as `rota_change` wants it."""
        names = ("valid_from", "pattern", "anchor", "offset", "crews")
        return {name: self.cleaned_data[name] for name in names}


class MonthForm(forms.Form):
    """Which month to show, as 2026-11."""

    month = forms.RegexField(regex=r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z", required=False)

    def first_day(self, otherwise: dt.date) -> dt.date:
        """The first day of the month asked for, else of `otherwise`."""
        chosen = self.cleaned_data.get("month") if self.is_valid() else ""
        if chosen and 1900 <= int(chosen[:4]) <= 2200:
            return dt.date.fromisoformat(f"{chosen}-01")
        return otherwise.replace(day=1)
