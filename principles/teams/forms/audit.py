"""What one looks for in the audit trail."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from principles.teams.audit_pages import SUBJECTS
from principles.teams.forms.fields import DateField


class AuditFilterForm(forms.Form):
    """Who, what, which thing, and between which dates (both included)."""

    who = forms.CharField(label=_("Who"), required=False, max_length=100)
    what = forms.ChoiceField(label=_("What"), required=False)
    thing = forms.CharField(label=_("Which thing"), required=False, max_length=100)
    start = DateField(label=_("From"), required=False)
    end = DateField(label=_("To"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", _("Everything")), *((key, words) for key, (words, _prefixes) in SUBJECTS.items())]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """The end does not come before the beginning."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end < start:
            self.add_error("end", _("The end lies before the beginning."))
        return cleaned
