"""Forms of agreements, their terms, signatures and breaches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from principles.agreements.forms.register import TwoLanguages
from principles.agreements.models import Agreement, Aspect, Need, Relationship, Term, TermCadence
from principles.agreements.wording import limit_text
from principles.improvement.models import Severity
from principles.teams.forms.fields import DateField


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AgreementForm(TwoLanguages):
    """Everything of an agreement but its terms; `edit` is the counter that it was read at."""

    words = "title"
    missing = _("Give the agreement a title, in one of the two languages.")
    edit = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title_nb = forms.CharField(label=_("Title in Norwegian"), max_length=160, required=False)
    title_en = forms.CharField(label=_("Title in English"), max_length=160, required=False)
    scope = forms.CharField(label=_("What it covers"), required=False, widget=_area())
    valid_from = DateField(label=_("Valid from"))
    valid_to = DateField(label=_("Until"), required=False, help_text=_("The first day after it. Empty: no end."))
    review_on = DateField(label=_("To be reviewed by"), required=False)
    supplier_duties = forms.CharField(label=_("The supplier shall"), required=False, widget=_area())
    customer_duties = forms.CharField(label=_("The customer shall"), required=False, widget=_area())
    information = forms.CharField(label=_("Information and notice"), required=False, widget=_area())
    reaction = forms.CharField(label=_("What happens when it is broken"), required=False, widget=_area())
    arena = forms.CharField(
        label=_("Followed up in"), max_length=120, required=False, help_text=_("Such as the morning meeting.")
    )
    supplier_contact = forms.CharField(
        label=_("Contact at the supplier"), max_length=120, required=False, help_text=_("A role rather than a name.")
    )
    customer_contact = forms.CharField(label=_("Contact at the customer"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        """Dates in order."""
        cleaned = super().clean()
        start, end, review = (cleaned.get(name) for name in ("valid_from", "valid_to", "review_on"))
        if start and end and end <= start:
            self.add_error("valid_to", _("Choose a date after the first day."))
        if start and review and review < start:
            self.add_error("review_on", _("The review comes after the agreement has begun."))
        return cleaned


class TermForm(TwoLanguages):
    """One expectation with its limit; `edit` is the counter that its agreement was read at."""

    words = "text"
    missing = _("Say what is expected, in one of the two languages.")
    edit = forms.IntegerField(widget=forms.HiddenInput, required=False)
    text_nb = forms.CharField(label=_("Expectation, in Norwegian"), max_length=240, required=False)
    text_en = forms.CharField(label=_("Expectation, in English"), max_length=240, required=False)
    aspect = forms.ChoiceField(label=_("About"), choices=Aspect.choices)
    owed_by_customer = forms.TypedChoiceField(
        label=_("Owed by"), widget=forms.RadioSelect, coerce=lambda value: value == "1", initial="0"
    )
    lower = NumberField(label=_("At least"), required=False)
    upper = NumberField(label=_("At most"), required=False)
    unit = forms.CharField(label=_("Measured in"), max_length=30, required=False, help_text=_("Such as kg, % or min."))
    decimals = forms.IntegerField(label=_("Decimals"), min_value=0, max_value=6, initial=0)
    cadence = forms.ChoiceField(label=_("Followed up"), choices=TermCadence.choices)
    need = forms.ModelChoiceField(
        label=_("Need of the customer"), queryset=Need.objects.none(), required=False, empty_label="–"
    )

    def __init__(self, data: Any = None, *, relationship: Relationship, **options: Any) -> None:
        super().__init__(data, **options)
        owed = self.fields["owed_by_customer"]
        assert isinstance(owed, forms.TypedChoiceField)  # noqa: S101 - declared above
        owed.choices = [("0", str(relationship.supplier)), ("1", str(relationship.customer))]
        need = self.fields["need"]
        assert isinstance(need, forms.ModelChoiceField)  # noqa: S101 - declared above
        need.queryset = relationship.needs.filter(active=True)

    def clean(self) -> dict[str, Any]:
        """Limits in order."""
        cleaned = super().clean()
        low, high = cleaned.get("lower"), cleaned.get("upper")
        if low is not None and high is not None and low > high:
            self.add_error("upper", _("The highest value can't be below the lowest."))
        return cleaned


class SignForm(forms.Form):
    """A signature for one side, on what was read at `edit`."""

    edit = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Signed by (name)"), max_length=120, required=False)


class EndAgreementForm(forms.Form):
    """From when an agreement no longer holds."""

    ended_on = DateField(label=_("Ends on"), help_text=_("A production date: the first one without it."))

    def __init__(self, data: Any = None, *, today: dt.date, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["ended_on"].widget.attrs["min"] = today.isoformat()


class BreachForm(forms.Form):
    """One time that a term was not kept."""

    term = forms.ChoiceField(label=_("What was not kept"), widget=forms.RadioSelect)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    value = NumberField(label=_("Value, if it was measured"), required=False)
    what = forms.CharField(label=_("What happened"), required=False, widget=_area())
    open_deviation = forms.BooleanField(label=_("Open a deviation on it at once"), required=False)

    def __init__(self, data: Any = None, *, agreement: Agreement, **options: Any) -> None:
        super().__init__(data, **options)
        self.terms: dict[str, Term] = {str(term.pk): term for term in agreement.terms.all()}
        field = self.fields["term"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(pk, _option(term)) for pk, term in self.terms.items()]

    def clean(self) -> dict[str, Any]:
        """A value that keeps the term is no breach; without a value some words are needed."""
        cleaned = super().clean() or {}
        term, value = self.terms.get(cleaned.get("term", "")), cleaned.get("value")
        if value is None and not cleaned.get("what", "").strip() and "value" not in self.errors:
            self.add_error("what", _("Say what happened, or write the value that was measured."))
        if term is not None and value is not None and term.has_limits and term.is_kept_by(value):
            text = _("This value is inside the limit (%(limit)s), so the term was kept.")
            self.add_error("value", text % {"limit": limit_text(term)})
        return cleaned

    @property
    def chosen(self) -> Term:
        """The term chosen; only after the form is valid."""
        return self.terms[self.cleaned_data["term"]]


class AnswerForm(forms.Form):
    """What the party that owes the term says."""

    answer = forms.CharField(label=_("What was done about it"), widget=_area(4))


class ConfirmForm(forms.Form):
    """The other side's words when it confirms, or does not accept."""

    words = forms.CharField(label=_("How you know that it is in order"), widget=_area())
    name = forms.CharField(label=_("Confirmed by (name)"), max_length=120, required=False)


class SendBackForm(forms.Form):
    """Why an answer is not accepted."""

    words = forms.CharField(label=_("What is still missing"), widget=_area())


class DeviationForm(forms.Form):
    """A deviation on a breach."""

    title = forms.CharField(label=_("What is wrong"), max_length=200)
    severity = forms.ChoiceField(label=_("How serious"), choices=Severity.choices, initial=Severity.MEDIUM)


def _option(term: Term) -> str:
    limit = limit_text(term)
    return f"{term.text} ({limit})" if limit else term.text
