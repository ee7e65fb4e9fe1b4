"""Form fields of deviations and actions: dates, times of the plant, owners, equipment."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from principles.improvement.refusals import OwnerHasLeft, OwnerNotHere
from principles.improvement.services.owners import owners_for
from principles.teams.models import RoleAssignment, Unit, UnitKind, User
from principles.teams.tree import UnitTree

if TYPE_CHECKING:
    _PersonField = forms.ModelChoiceField[User]
else:
    _PersonField = forms.ModelChoiceField


class DateField(forms.DateField):
    """A date with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)


class MomentField(forms.DateTimeField):
    """A wall time of the plant."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        options.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])
        super().__init__(**options)


class OwnerField(_PersonField):
    """Who owns it: a list of people with the role they hold there."""

    def offer(self, unit: Unit, tree: UnitTree, *, also: User | None = None) -> None:
        """Offer the people who may own something in the unit; `also` stays on the list though they have left."""
        self.tree_date = tree.date
        found = owners_for(unit, tree=tree)
        if also is not None:
            found = found | User.objects.filter(pk=also.pk)
        self.queryset = found.order_by("name", "username").prefetch_related("roles")

    def label_from_instance(self, obj: User) -> str:
        roles = [role for role in obj.roles.all() if _is_held(role, self.tree_date)]
        words = ", ".join(dict.fromkeys(str(role.get_role_display()) for role in roles))
        return f"{obj} ({words})" if words else str(obj)

    def to_python(self, value: Any) -> User | None:
        """The person; one who is not offered is told apart: has left, or has no role there."""
        try:
            return super().to_python(value)
        except ValidationError:
            person = User.objects.filter(pk=value).first() if str(value).isdecimal() else None
            if person is not None and not person.is_active:
                raise ValidationError(str(OwnerHasLeft.default)) from None
            if person is not None:
                raise ValidationError(str(OwnerNotHere.default)) from None
            raise


def _is_held(role: RoleAssignment, date: dt.date) -> bool:
    return role.valid_from <= date and (role.valid_to is None or role.valid_to > date)


class EquipmentField(forms.CharField):
    """A cell or other equipment by its code, such as 1042; empty for the whole unit."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("max_length", 20)
        options.setdefault("label", _("Cell or equipment"))
        options.setdefault(
            "widget",
            forms.TextInput(attrs={"autocomplete": "off", "list": "equipment-codes", "autocapitalize": "none"}),
        )
        super().__init__(**options)

    def clean(self, value: Any) -> Unit | None:
        """The equipment or section of that code; None when left empty."""
        code = super().clean(value)
        if not code:
            return None
        kinds = (UnitKind.EQUIPMENT, UnitKind.SECTION)
        found = Unit.objects.filter(code__iexact=code, kind__in=kinds).first()
        if found is None:
            raise ValidationError(_("There is no equipment “%(code)s” in the plant."), params={"code": code})
        return found

    def prepare_value(self, value: Any) -> Any:
        """The code stands in the field."""
        return value.code if isinstance(value, Unit) else value
