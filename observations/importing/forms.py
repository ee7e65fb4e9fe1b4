"""How the file is read, as a form: its columns, formats and words."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from observations.importing.columns import FIELDS, TIME_FORMATS, Mapping
from observations.importing.table import DELIMITERS, ENCODINGS, Table
from principles.teams.models import Unit
from sops.models import ObservationPoint

_ENCODING_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows (cp1252)"}


class FileForm(forms.Form):
    """The file itself."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (.xlsx), at most 10 MB. Nothing is stored before you have seen what it holds."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.data,.xlsx"}),
    )


class MappingForm(forms.Form):
    """Which column holds what, and in which formats. Column fields are named `column_<field>`."""

    def __init__(self, *args: Any, table: Table, areas: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [("", "–"), *((str(at), heading or str(at + 1)) for at, heading in enumerate(table.headings))]
        for name, label in FIELDS.items():
            self.fields[f"column_{name}"] = forms.ChoiceField(label=label, choices=columns, required=False)
        points = sorted(
            ((point.code, f"{point.text} ({point.code})") for point in ObservationPoint.objects.filter(active=True)),
            key=lambda choice: choice[1],
        )
        self.fields["point"] = forms.ChoiceField(
            label=_("Observation point for every row"), choices=[("", "–"), *points], required=False
        )
        self.fields["area"] = forms.ChoiceField(
            label=_("Area for every row"),
            choices=[("", "–"), *((area.code, str(area)) for area in areas)],
            required=False,
        )
        self.fields["zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[(zone, zone) for zone in sorted(available_timezones())]
        )
        formats = dict(TIME_FORMATS)
        chosen = self.initial.get("time_format", "iso")
        formats.setdefault(chosen, chosen)
        self.fields["time_format"] = forms.ChoiceField(label=_("Times look like"), choices=list(formats.items()))
        self.fields["ambiguous"] = forms.ChoiceField(
            label=_("The hour that comes twice in autumn"),
            choices=[("", _("Stop at such rows")), ("first", _("The first one")), ("second", _("The second one"))],
            required=False,
        )
        self.fields["decimal_mark"] = forms.ChoiceField(
            label=_("Decimal mark"), choices=[(".", _("Point: 4.25")), (",", _("Comma: 4,25"))]
        )
        for name, label in (
            ("ok_words", _("Words for conforming")),
            ("not_ok_words", _("Words for not conforming")),
            ("na_words", _("Words for not applicable")),
        ):
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=200, help_text=_("Parted by commas.")
            )
        self.fields["source"] = forms.CharField(
            label=_("Source"),
            required=False,
            max_length=120,
            help_text=_("Keeps equal rows from two places apart, such as “laboratory”. Usually empty."),
        )
        self.fields["delimiter"] = forms.ChoiceField(
            label=_("Columns are parted by"), choices=[("", _("Find out")), *DELIMITERS.items()], required=False
        )
        self.fields["encoding"] = forms.ChoiceField(
            label=_("Character set"),
            choices=[("", _("Find out")), *((name, _ENCODING_NAMES[name]) for name in ENCODINGS)],
            required=False,
        )
        self.fields["headings"] = forms.ChoiceField(
            label=_("First line"),
            choices=[("", _("Find out")), ("yes", _("Headings")), ("no", _("A row already"))],
            required=False,
        )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{name}"] for name in FIELDS]

    @property
    def fixed_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("point", "area")]

    @property
    def format_fields(self) -> list[forms.BoundField]:
        names = ("time_format", "zone", "ambiguous", "decimal_mark", "ok_words", "not_ok_words", "na_words")
        return [self[name] for name in names]

    @property
    def file_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("headings", "delimiter", "encoding", "source")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [cleaned[f"column_{name}"] for name in FIELDS if cleaned.get(f"column_{name}")]
        if len(chosen) != len(set(chosen)):
            raise ValidationError(_("One column can't hold two things."))
        return cleaned

    @property
    def mapping(self) -> Mapping:
        """What was chosen; only for a valid form."""
        data = self.cleaned_data
        return Mapping(
            columns={name: int(data[f"column_{name}"]) for name in FIELDS if data[f"column_{name}"]},
            ok_words=_words(data["ok_words"]),
            not_ok_words=_words(data["not_ok_words"]),
            na_words=_words(data["na_words"]),
            **{
                name: data[name]
                for name in ("point", "area", "zone", "time_format", "decimal_mark", "ambiguous", "source")
            },
        )

    @property
    def reading(self) -> dict[str, str]:
        """How the file itself is read; only for a valid form."""
        return {name: self.cleaned_data[name] for name in ("delimiter", "encoding", "headings")}

    @staticmethod
    def initial_of(mapping: Mapping, reading: dict[str, str]) -> dict[str, Any]:
        """The form's initial values from what was chosen so far."""
        words = {name: ", ".join(getattr(mapping, name)) for name in ("ok_words", "not_ok_words", "na_words")}
        columns = {f"column_{name}": str(at) for name, at in mapping.columns.items()}
        return {**mapping.as_json(), **words, **columns, **reading}


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
