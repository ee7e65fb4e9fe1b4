"""Forms of meetings: opening one, who is there, what is said on a matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from principles.improvement.fields import DateField
from principles.improvement.meeting_refusals import MeetingInTheFuture
from principles.improvement.models import Arena, Attendance, MeetingItem
from principles.improvement.refusals import WordsMissing
from principles.improvement.services.meetings import FIELDS, PEOPLE, seen
from principles.improvement.services.owners import owners_for
from principles.teams.models import Role, RoleAssignment, Unit, User
from principles.teams.tree import UnitTree

if TYPE_CHECKING:
    _PersonField = forms.ModelChoiceField[User]
    _UnitField = forms.ModelChoiceField[Unit]
else:
    _PersonField = _UnitField = forms.ModelChoiceField

# As what people usually come; anything else can be written.
CAPACITIES = (
    _("Operator"),
    _("Process support"),
    _("Electrical maintenance"),
    _("Mechanical maintenance"),
    _("Masonry maintenance"),
    _("Customer"),
    _("Leads the meeting"),
)
# They come to meetings of units that their own role does not reach.
_GUESTS = (Role.CUSTOMER, Role.MAINTENANCE, Role.SUPPORT)


class MeetingForm(forms.Form):
    """Which meeting is held, where, and on which day."""

    arena = forms.ChoiceField(label=_("Meeting"), choices=Arena.choices, widget=forms.RadioSelect)
    unit = _UnitField(label=_("Unit"), queryset=Unit.objects.none(), to_field_name="code", empty_label=None)
    held_on = DateField(label=_("Date"), error_messages={"required": _("Choose the day of the meeting.")})

    def __init__(self, data: Any = None, *, units: QuerySet[Unit], today: dt.date, **options: Any) -> None:
        super().__init__(data, **options)
        self.today = today
        cast("_UnitField", self.fields["unit"]).queryset = units
        self.fields["held_on"].widget.attrs["max"] = today.isoformat()

    def clean_held_on(self) -> dt.date:
        """Today or earlier."""
        date: dt.date = self.cleaned_data["held_on"]
        if date > self.today:
            raise ValidationError(str(MeetingInTheFuture.default))
        return date


class AttendForm(forms.Form):
    """Somebody who is there, and as what."""

    person = _PersonField(
        label=_("Person"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose a person.")},
    )
    capacity = forms.CharField(
        label=_("As"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "capacities", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, unit: Unit, tree: UnitTree, **options: Any) -> None:
        super().__init__(data, **options)
        cast("_PersonField", self.fields["person"]).queryset = people_for(unit, tree)


def people_for(unit: Unit, tree: UnitTree) -> QuerySet[User]:
    """Who may be at a meeting: people of the unit, above and below it; customers, maintenance and support from all."""
    guests = RoleAssignment.objects.held_on(tree.date).filter(role__in=[role.value for role in _GUESTS])
    near = owners_for(unit, tree=tree)
    return User.objects.filter(
        Q(pk__in=near.values("pk")) | Q(is_active=True, pk__in=guests.values("person"))
    ).order_by("name", "username")


class MatterForm(forms.Form):
    """Something new to be taken up."""

    title = forms.CharField(
        label=_("What is it about?"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": WordsMissing.default},
    )


class ItemForm(forms.Form):
    """What is said on a matter. Beside each field stands what it held when it was read (`was-…`)."""

    title = forms.CharField(label=_("Matter"), max_length=200, required=False)
    question = forms.CharField(
        label=_("Question"), max_length=300, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    answer = forms.CharField(
        label=_("Answer: what was done"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    answered_by = _PersonField(label=_("Answered by"), queryset=User.objects.none(), required=False, empty_label="–")
    confirmation = forms.CharField(
        label=_("Confirmed from the data"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    confirmed_by = _PersonField(
        label=_("Confirmed by somebody else"), queryset=User.objects.none(), required=False, empty_label="–"
    )
    decision = forms.CharField(
        label=_("Decision"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, data: Any = None, *, item: MeetingItem, attendances: Iterable[Attendance], own: User | None = None
    ) -> None:
        """With `own`, only that person's own answer and confirmation can be written."""
        initial = {name: getattr(item, name) for name in FIELDS}
        super().__init__(data, prefix=f"item{item.pk}", initial=initial)
        self.item = item
        self.people = [attendance.person for attendance in attendances]
        known = {person.pk for person in self.people}
        for name in PEOPLE:
            chosen = getattr(item, name)
            offered = {own.pk} if own is not None else known
            pks = offered | ({chosen.pk} if chosen is not None else set())
            field = cast("_PersonField", self.fields[name])
            field.queryset = User.objects.filter(pk__in=pks)
            field.choices = [("", "–"), *self._choices(pks, chosen)]
            if own is None:
                field.widget.attrs["class"] = "those-there"  # follows the list of those who are there
        if item.deviation_id is not None or item.action_id is not None:
            del self.fields["title"]
        if own is not None:
            for name in ("title", "question", "decision"):
                self.fields.pop(name, None)

    def _choices(self, pks: set[int], chosen: User | None) -> list[tuple[int, str]]:
        people = {person.pk: person for person in [*self.people, *([chosen] if chosen else [])]}
        return [(pk, str(person)) for pk, person in people.items() if pk in pks]

    def marks(self) -> list[tuple[str, str]]:
        """Name and value of the hidden inputs that say what was read: as sent, else as stored."""
        return [
            (key, self.data.get(key, seen(getattr(self.item, name))))
            for name in FIELDS
            if name in self.fields and (key := f"{self.prefix}-was-{name}")
        ]

    def rebased(self) -> dict[str, str]:
        """What was sent, on what is stored now (`item` read afresh): typed fields stay, all others are as stored."""
        data: dict[str, str] = {}
        for name in FIELDS:
            if name not in self.fields:
                continue
            typed, key = self.data.get(self.add_prefix(name), ""), f"{self.prefix}-was-{name}"
            stored = getattr(self.item, name)
            is_typed = seen(typed) != self.data.get(key, seen(stored))
            data[self.add_prefix(name)] = typed if is_typed else _as_sent(stored)
            data[key] = seen(stored)
        return data

    def read(self) -> dict[str, str]:
        """What the person had read, by field."""
        return {
            name: self.data[key]
            for name in FIELDS
            if name in self.fields and (key := f"{self.prefix}-was-{name}") in self.data
        }

    def said(self) -> dict[str, Any]:
        """The values as `item_save` takes them; a field that was not sent is left out."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in FIELDS and self.add_prefix(name) in self.data
        }

    def stored(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Label and stored text of some fields, to show beside what was typed."""
        return [
            (str(self.fields[name].label), str(getattr(self.item, name) or "–"))
            for name in names
            if name in self.fields
        ]


def _as_sent(value: Any) -> str:
    if isinstance(value, User):
        return str(value.pk)
    return value or ""


class EndForm(forms.Form):
    """The end of a meeting, with a word for those who were not there."""

    note = forms.CharField(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
