"""What people write in evaluations and in the plant's own items of the standard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from principles.teams.forms.fields import DateField, UnitField
from principles.teams.models import User
from roadmap.fingerprints import LANGUAGES, TEXTS
from roadmap.models import FocusItem, ItemStatus
from roadmap.people import Candidate
from roadmap.yaml_text import MAX_BYTES, BadYaml, text_of

LONGEST = 2000
EARLIEST = dt.timedelta(days=366)
LATEST = dt.timedelta(days=60)


def _area(rows: int, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class EvaluationForm(forms.Form):
    """Date, scope, leader and members of a new evaluation; unit and team are chosen before."""

    held_on = DateField(label=_("Date"))
    scope_note = forms.CharField(
        label=_("What it covers"),
        max_length=200,
        required=False,
        help_text=_("Only where it is less than the whole unit or team."),
    )
    leader = forms.ModelChoiceField(
        label=_("Leader of the group"),
        queryset=User.objects.none(),
        error_messages={
            "required": _("Choose who leads the group."),
            "invalid_choice": _("Choose somebody who holds a role here."),
        },
    )
    participants = forms.ModelMultipleChoiceField(
        label=_("Who takes part"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose people who hold a role here.")},
    )

    def __init__(self, *args: Any, people: Sequence[Candidate], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offered = User.objects.filter(pk__in=[one.person.pk for one in people])
        for name in ("leader", "participants"):
            self.fields[name].queryset = offered  # type: ignore[attr-defined]

    def clean_held_on(self) -> dt.date:
        """A date that a group can meet on."""
        date: dt.date = self.cleaned_data["held_on"]
        if not self.today - EARLIEST <= date <= self.today + LATEST:
            raise ValidationError(_("Choose a date within the last year or the next 60 days."))
        return date

    def clean(self) -> dict[str, Any]:
        """A group is more than its leader."""
        data = super().clean() or self.cleaned_data
        leader, members = data.get("leader"), data.get("participants")
        if "participants" not in self.errors and not [one for one in members or () if one != leader]:
            self.add_error("participants", _("A group is at least two: choose who takes part beside the leader."))
        return data


class MembersForm(forms.Form):
    """Further members of a group."""

    participants = forms.ModelMultipleChoiceField(
        label=_("Who comes in"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _("Choose people who hold a role here."),
        },
    )

    def __init__(self, *args: Any, people: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = User.objects.filter(pk__in=[one.person.pk for one in people])
        self.fields["participants"].queryset = offered  # type: ignore[attr-defined]


class MarkForm(forms.Form):
    """A member's own status."""

    status = forms.ChoiceField(choices=ItemStatus.choices)
    comment = forms.CharField(
        label=_("A word to it"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AnswerForm(forms.Form):
    """What the group agreed on. `version` is the answer's version that the writer saw."""

    status = forms.ChoiceField(
        label=_("The group agrees on"),
        choices=[
            (ItemStatus.RED, _("Red")),
            (ItemStatus.YELLOW, _("Yellow")),
            (ItemStatus.GREEN, _("Green")),
            (ItemStatus.NONE, _("Not assessed")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the group agreed on.")},
    )
    reason = forms.CharField(label=_("Why"), max_length=LONGEST, required=False, widget=_area(3))
    against_facts = forms.CharField(
        label=_("Why it stands against the facts"), max_length=LONGEST, required=False, widget=_area(2)
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """A reason that has to be given."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST,
        widget=_area(3),
        error_messages={"required": _("Write why. It is kept, and everybody can read it.")},
    )


class ImportForm(forms.Form):
    """A newer version of the standard, as a file."""

    file = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Choose the roadmap's YAML file."),
            "empty": _("The file is empty."),
        },
    )

    def clean_file(self) -> str:
        """The file's text."""
        upload = self.cleaned_data["file"]
        try:
            return text_of(upload.read(MAX_BYTES + 1))
        except BadYaml as error:
            raise ValidationError(str(error.problem)) from error


class LocalItemForm(forms.Form):
    """An item of a unit's own: texts by language, one of the two at least."""

    unit = UnitField(label=_("Holds for"), help_text=_("The unit and everything below it."))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    needed = ("name", "red", "yellow", "green")

    def __init__(self, *args: Any, item: FocusItem | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            for language in ("nb", "en"):
                self.fields[f"{name}_{language}"] = self._text(name, language)
        if item is not None:
            del self.fields["unit"]
            self.initial.setdefault("seen", item.fingerprint)
            for name in self.columns:
                self.initial.setdefault(name, getattr(item, name))

    @staticmethod
    def _text(name: str, language: str) -> forms.CharField:
        labels = {
            "name": {"nb": _("Name in Norwegian"), "en": _("Name in English")},
            "red": {"nb": _("Red, in Norwegian"), "en": _("Red, in English")},
            "yellow": {"nb": _("Yellow, in Norwegian"), "en": _("Yellow, in English")},
            "green": {"nb": _("Green, in Norwegian"), "en": _("Green, in English")},
            "evidence_text": {"nb": _("Evidence, in Norwegian"), "en": _("Evidence, in English")},
        }
        widget = forms.TextInput(attrs={"lang": language}) if name == "name" else _area(3, lang=language)
        longest = 160 if name == "name" else LONGEST
        return forms.CharField(label=labels[name][language], max_length=longest, required=False, widget=widget)

    @property
    def columns(self) -> list[str]:
        return [f"{name}_{language}" for name in TEXTS for language in LANGUAGES]

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each text's two fields, side by side."""
        return [(self[f"{name}_nb"], self[f"{name}_en"]) for name in TEXTS]

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.columns}

    def clean(self) -> dict[str, Any]:
        """What every item needs, in one language at least."""
        data = super().clean() or self.cleaned_data
        for name in self.needed:
            if not data.get(f"{name}_en") and not data.get(f"{name}_nb"):
                self.add_error(f"{name}_nb", _("Write this in one of the languages at least."))
        return data
