"""Forms of people, roles and crews."""

from __future__ import annotations

from django import forms
from django.contrib.auth import password_validation
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from principles.teams.forms.fields import DateField, UnitField
from principles.teams.models import Crew, Role, User


class PersonForm(forms.ModelForm):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """A person's name, crew and language."""

    class Meta:
        model = User
        fields: tuple[str, ...] = ("name", "crew", "language")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["crew"] = forms.ModelChoiceField(
            label=_("crew"),
            queryset=Crew.objects.filter(Q(active=True) | Q(pk=self.instance.crew_id)),
            empty_label=str(_("No crew")),
            required=False,
        )


class NewPersonForm(PersonForm):
    """A new person: also the username, and a first role if wanted."""

    role = forms.ChoiceField(label=_("First role"), required=False)
    unit = UnitField(label=_("in unit"), required=False)

    class Meta(PersonForm.Meta):
        fields = ("username", "name", "crew", "language")
        help_texts = {"username": _("What they sign in with. It can't be changed later.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "–"), *Role.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """A role is held in a unit: one is not given without the other."""
        cleaned = super().clean() or {}
        if cleaned.get("role") and not cleaned.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("Choose the unit that the role is held in."))
        if cleaned.get("unit") and not cleaned.get("role"):
            self.add_error("role", _("Choose the role that is held in the unit."))
        return cleaned


class RoleForm(forms.Form):
    """A role in a unit, from when to when."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    unit = UnitField(label=_("In unit"), help_text=_("It reaches everything below that unit."))
    valid_from = DateField(label=_("From production date"))
    valid_to = DateField(
        label=_("Until production date"), required=False, help_text=_("The first day without it. Empty: no end.")
    )

    def clean(self) -> dict[str, object]:
        """An end comes after the beginning."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", _("A role ends after it begins."))
        return cleaned


class RoleEndForm(forms.Form):
    """The first day without a role."""

    on = DateField(label=_("First production date without the role"))


class CrewForm(forms.ModelForm):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """What a crew is called and whether it is in use."""

    class Meta:
        model = Crew
        fields = ("name_nb", "name_en", "position", "active")


class NewCrewForm(forms.ModelForm):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """A new crew."""

    class Meta:
        model = Crew
        fields = ("code", "name_nb", "name_en", "position")
        help_texts = {"code": _("One or a few letters. The rota names the crew by it, so it can't be changed.")}


class LooksForm(forms.ModelForm):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """How the pages speak and look for oneself."""

    class Meta:
        model = User
        fields = ("language", "theme")
        widgets = {"language": forms.RadioSelect, "theme": forms.RadioSelect}


class PasswordForm(forms.Form):
    """A new password of one's own."""

    old = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Three words that nobody expects together are a good one."),
    )
    again = forms.CharField(
        label=_("New password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, person: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.person = person

    def clean_new(self) -> str:
        """Strong enough by the plant's rules."""
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.person)
        return new

    def clean(self) -> dict[str, object]:
        """Twice the same."""
        cleaned = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", _("The two are not the same."))
        return cleaned
