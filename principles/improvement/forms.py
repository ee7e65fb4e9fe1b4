"""Forms of deviations and actions. `ActionForm` is used wherever an action is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from principles.dimensions import Dimension
from principles.improvement.fields import DateField, EquipmentField, MomentField, OwnerField
from principles.improvement.models import (
    Action,
    CauseCategory,
    CauseKind,
    Deviation,
    DeviationSource,
    Severity,
    Verdict,
    Why,
)
from principles.improvement.refusals import (
    DueInThePast,
    DueMissing,
    EditedMeanwhile,
    NoOwner,
    NotYetHappened,
    ReasonMissing,
    Refused,
    WordsMissing,
)
from principles.teams.models import Unit, User
from principles.teams.tree import UnitTree

if TYPE_CHECKING:
    _UnitField = forms.ModelChoiceField[Unit]
else:
    _UnitField = forms.ModelChoiceField

MOST_WHYS = 5
PRINCIPLES = (
    (1, _("1 Standardised work processes")),
    (2, _("2 Customer and supplier")),
    (3, _("3 Optimised flow")),
    (4, _("4 Dedicated teams")),
    (5, _("5 Visible leadership")),
)
# What somebody can say themselves; the others are said by where the deviation is opened from.
SAID_SOURCES = (
    DeviationSource.OTHER,
    DeviationSource.NEAR_MISS,
    DeviationSource.CLAIM,
    DeviationSource.MEETING,
)


def refusal_to_form(form: forms.BaseForm, refusal: Refused) -> None:
    """Put a refusal at the field that it is about, else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))


def refuse(form: forms.Form, refusal: Refused, *, version: int) -> None:
    """Tell a refusal; after somebody else's change the form carries the newest version, so it can be stored again."""
    refusal_to_form(form, refusal)
    if isinstance(refusal, EditedMeanwhile):
        data = cast(QueryDict, form.data).copy()
        data["version"] = str(version)
        form.data = data


def whole_errors(forms_sent: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with the forms as a whole, or with fields that nobody sees; told at the top of the page."""
    found: list[str] = []
    for form in (forms_sent or {}).values():
        if isinstance(form, forms.BaseForm):
            found += [str(error) for error in form.non_field_errors()]
            found += [str(error) for field in form.hidden_fields() for error in field.errors]
    return found


class ActionForm(forms.Form):
    """An action of a unit: what, by whom, by when. With `action` it changes that one, and a moved date needs a reason.

    `said()` gives what `action_add` (or `action_edit`) takes of it. `tree` is the tree of today's production date.
    """

    title = forms.CharField(
        label=_("What is to be done"), max_length=200, error_messages={"required": WordsMissing.default}
    )
    owner = OwnerField(
        label=_("Owner"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={"required": NoOwner.default},
    )
    due = DateField(label=_("Due"), error_messages={"required": DueMissing.default})
    reason = forms.CharField(label=_("Why is the date moved?"), max_length=300, required=False)
    goal = forms.CharField(label=_("What it should lead to"), max_length=300, required=False)
    description = forms.CharField(
        label=_("How"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    dimension = forms.ChoiceField(label=_("Dimension"), choices=Dimension.choices, initial=Dimension.QUALITY)
    principle = forms.TypedChoiceField(label=_("Principle"), choices=PRINCIPLES, coerce=int, initial=1)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, unit: Unit, tree: UnitTree, action: Action | None = None, **options: Any
    ) -> None:
        self.today = tree.date
        self.action = action
        if action is not None:
            kept = ("title", "owner", "due", "goal", "description", "dimension", "principle", "version")
            options["initial"] = {name: getattr(action, name) for name in kept} | options.get("initial", {})
        super().__init__(data, **options)
        cast(OwnerField, self.fields["owner"]).offer(unit, tree, also=action.owner if action else None)
        if action is None:
            del self.fields["reason"], self.fields["version"]
            self.fields["due"].widget.attrs["min"] = self.today.isoformat()

    def clean_due(self) -> dt.date:
        """Today or later; a date that is not moved stays, even when it has passed."""
        due: dt.date = self.cleaned_data["due"]
        if due < self.today and not (self.action is not None and self.action.due == due):
            raise ValidationError(str(DueInThePast.default))
        return due

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        due = cleaned.get("due")
        if self.action is not None and due is not None and due != self.action.due and not cleaned.get("reason"):
            self.add_error("reason", str(ReasonMissing.default))
        return cleaned

    def said(self) -> dict[str, Any]:
        """The values as keyword arguments of `action_add`, or of `action_edit` when it changes one."""
        return dict(self.cleaned_data)


class DeviationForm(forms.Form):
    """A new deviation, made for a phone: what is wrong, where, when, how bad, and what was done at once."""

    title = forms.CharField(
        label=_("What is wrong?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
        error_messages={"required": _("Say in a few words what is wrong.")},
    )
    unit = _UnitField(label=_("Where"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    equipment = EquipmentField()
    occurred_at = MomentField(label=_("When it was seen"), help_text=_("The shift follows from the time."))
    severity = forms.ChoiceField(
        label=_("How bad is it?"), choices=Severity.choices, initial=Severity.MEDIUM, widget=forms.RadioSelect
    )
    dimension = forms.ChoiceField(
        label=_("What does it touch?"), choices=Dimension.choices, initial=Dimension.QUALITY, widget=forms.RadioSelect
    )
    immediate_action = forms.CharField(
        label=_("What was done at once?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = forms.CharField(
        label=_("More about what was seen"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    source = forms.ChoiceField(
        label=_("Found by"),
        choices=[(source.value, source.label) for source in SAID_SOURCES],
        initial=DeviationSource.OTHER,
        required=False,
    )

    def __init__(
        self,
        data: Any = None,
        *,
        units: QuerySet[Unit],
        fixed: Sequence[str] = (),
        **options: Any,
    ) -> None:
        """`units` are those that one may choose from; `fixed` fields are left out: the caller knows them."""
        super().__init__(data, **options)
        cast("_UnitField", self.fields["unit"]).queryset = units
        for name in fixed:
            del self.fields[name]

    def clean_occurred_at(self) -> dt.datetime:
        """Now or earlier, by the plant's clock."""
        at: dt.datetime = self.cleaned_data["occurred_at"]
        if at > timezone.now() + dt.timedelta(minutes=10):
            raise ValidationError(str(NotYetHappened.default))
        return at

    def said(self) -> dict[str, Any]:
        """The values as keyword arguments of `deviation_open`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "source" or value}


class DeviationEditForm(forms.Form):
    """What can be changed of a deviation; owner and due date only for those who manage it."""

    title = forms.CharField(label=_("What is wrong?"), max_length=200)
    equipment = EquipmentField()
    occurred_at = MomentField(label=_("When it was seen"), help_text=_("The shift follows from the time."))
    severity = forms.ChoiceField(label=_("How bad is it?"), choices=Severity.choices, widget=forms.RadioSelect)
    dimension = forms.ChoiceField(label=_("What does it touch?"), choices=Dimension.choices, widget=forms.RadioSelect)
    description = forms.CharField(
        label=_("More about what was seen"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = OwnerField(
        label=_("Followed up by"), queryset=User.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    due = DateField(label=_("Due"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, deviation: Deviation, tree: UnitTree, manages: bool, **options: Any
    ) -> None:
        self.deviation, self.today = deviation, tree.date
        names = [name for name in self.base_fields if name != "version"]
        # The minute is what the field holds: the seconds of a time that is not moved are not to count as a move.
        initial = {name: getattr(deviation, name) for name in names} | {"version": deviation.version}
        super().__init__(data, initial=initial, **options)
        if manages:
            cast(OwnerField, self.fields["owner"]).offer(deviation.unit, tree, also=deviation.owner)
        else:
            del self.fields["owner"], self.fields["due"]

    def clean_due(self) -> dt.date | None:
        """Today or later; a date that is not moved stays, even when it has passed."""
        due: dt.date | None = self.cleaned_data["due"]
        if due is not None and due < self.today and due != self.deviation.due:
            raise ValidationError(str(DueInThePast.default))
        return due

    def said(self) -> dict[str, Any]:
        """The values as keyword arguments of `deviation_edit`."""
        values = dict(self.cleaned_data)
        at: dt.datetime = values["occurred_at"]
        if at == self.deviation.occurred_at.replace(second=0, microsecond=0):
            values["occurred_at"] = self.deviation.occurred_at
        return values


class PartForm(forms.Form):
    """One of several forms on a page: its fields have ids of their own."""

    part = "part"

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", f"{self.part}_%s")
        super().__init__(*args, **options)


class ContainForm(PartForm):
    """What was done at once."""

    part = "contain"

    words = forms.CharField(
        label=_("What was done at once?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WordsMissing.default},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class WhyForm(forms.Form):
    """One answer of the 5 whys."""

    answer = forms.CharField(label=_("Because"), required=False, max_length=300)
    evidence = forms.ChoiceField(
        label=_("Known from"), choices=Why.Evidence.choices, initial=Why.Evidence.ASSUMED, required=False
    )


class WhysForm(forms.Form):
    """The chain of whys: always five rows, of which the empty ones are left out."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, whys: Sequence[Why] = (), **options: Any) -> None:
        super().__init__(data, **options)
        known = {why.number: {"answer": why.answer, "evidence": why.evidence} for why in whys}
        self.rows = [
            WhyForm(data, prefix=f"why{number}", initial=known.get(number)) for number in range(1, MOST_WHYS + 1)
        ]

    def is_valid(self) -> bool:
        rows = [row.is_valid() for row in self.rows]
        return super().is_valid() and all(rows)

    @property
    def shown(self) -> int:
        """How many rows stand open: those written and one more; the rest is one tap away."""
        written = [number for number, row in enumerate(self.rows, start=1) if row["answer"].value() or row.errors]
        return min(max(written, default=0) + 1, MOST_WHYS)

    @property
    def chain(self) -> list[tuple[str, str]]:
        """The answers as typed with what they are known from, in their order."""
        return [(row.cleaned_data["answer"], row.cleaned_data["evidence"] or Why.Evidence.ASSUMED) for row in self.rows]


class CauseForm(PartForm):
    """The root cause, and what it says of the standard."""

    part = "cause"

    root_cause = forms.CharField(
        label=_("The root cause"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WordsMissing.default},
    )
    kind = forms.ChoiceField(
        label=_("And the standard?"),
        choices=CauseKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it means for the standard.")},
    )
    category = forms.ChoiceField(label=_("Kind of cause"), choices=[("", "–"), *CauseCategory.choices], required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class CloseForm(PartForm):
    """Why it can be closed."""

    part = "closing"

    words = forms.CharField(
        label=_("Why can it be closed?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WordsMissing.default},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(PartForm):
    """Why it is opened again, or called off."""

    part = "reason"

    reason = forms.CharField(
        label=_("Why?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": ReasonMissing.default},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveForm(PartForm):
    """One move of an action through its loop."""

    part = "move"

    to = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=1000)
    version = forms.IntegerField(widget=forms.HiddenInput)


class VerifyForm(PartForm):
    """What the effect is, in words."""

    part = "verify"

    verdict = forms.ChoiceField(
        label=_("What is the effect?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the effect is.")},
    )
    words = forms.CharField(
        label=_("What is seen?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WordsMissing.default},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
