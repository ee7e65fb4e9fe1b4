"""Forms of the register: relationships, needs, external parties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from principles.agreements.models import Criticality, ExternalParty, RelationshipKind
from principles.teams.forms.fields import DateField
from principles.teams.forms.units import CODE
from principles.teams.models import Unit

type Party = Unit | ExternalParty


class PartyField(forms.ChoiceField):
    """One unit of the plant or one external party; `offer` says which."""

    default_error_messages = {"invalid_choice": _("Choose one of the parties in the list.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parties: dict[str, Party] = {}

    def offer(self, units: Sequence[tuple[Unit, int]], external: Sequence[ExternalParty]) -> None:
        """Offer these units, each with its level in the tree, and these external parties."""
        self.parties = {f"u-{unit.code}": unit for unit, _level in units}
        self.parties |= {f"x-{one.code}": one for one in external}
        groups: list[Any] = [("", "–"), (_("In the plant"), [(f"u-{u.code}", f"{'    ' * n}{u}") for u, n in units])]
        if external:
            groups.append((_("Outside the plant"), [(f"x-{one.code}", one.name) for one in external]))
        self.choices = groups

    def to_python(self, value: Any) -> Any:
        """The party; None when nothing is chosen."""
        return self.parties.get(value) if value else None

    def validate(self, value: Any) -> None:
        """Something has to be chosen."""
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")

    def clean(self, value: Any) -> Any:
        """What is not in the list is refused."""
        if value and value not in self.parties:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class TwoLanguages(forms.Form):
    """Words asked for in both languages, of which one is enough."""

    words = "what"
    missing = _("Say what is supplied, in one of the two languages.")

    def clean(self) -> dict[str, Any]:
        """At least one language."""
        cleaned = super().clean() or {}
        names = (f"{self.words}_nb", f"{self.words}_en")
        if not any(cleaned.get(name) for name in names) and not any(name in self.errors for name in names):
            self.add_error(names[0], self.missing)
        return cleaned


class RelationshipForm(TwoLanguages):
    """What goes between two parties, how it matters."""

    what_nb = forms.CharField(label=_("What is supplied, in Norwegian"), max_length=120, required=False)
    what_en = forms.CharField(
        label=_("What is supplied, in English"),
        max_length=120,
        required=False,
        help_text=_("One language is enough; it is then shown in both."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=RelationshipKind.choices)
    criticality = forms.ChoiceField(
        label=_("How critical for the customer"),
        choices=[("", _("Not judged yet")), *Criticality.choices],
        required=False,
    )


class NewRelationshipForm(RelationshipForm):
    """A new line of the register: also between whom."""

    supplier = PartyField(label=_("Supplier"))
    customer = PartyField(label=_("Customer"))
    field_order = ("supplier", "customer", "what_nb", "what_en", "kind", "criticality")

    def offer(self, units: Sequence[tuple[Unit, int]], external: Sequence[ExternalParty]) -> None:
        """Offer these parties on both sides."""
        for name in ("supplier", "customer"):
            field = self.fields[name]
            assert isinstance(field, PartyField)  # noqa: S101 - declared above
            field.offer(units, external)

    def clean(self) -> dict[str, Any]:
        """Two different parties, one of them at least in the plant."""
        cleaned = super().clean()
        supplier, customer = cleaned.get("supplier"), cleaned.get("customer")
        if supplier is None or customer is None:
            return cleaned
        if supplier == customer:
            self.add_error("customer", _("Choose somebody else: nobody supplies themselves."))
        elif isinstance(supplier, ExternalParty) and isinstance(customer, ExternalParty):
            self.add_error("customer", _("One of the two has to be a unit of the plant."))
        return cleaned


class EndForm(forms.Form):
    """When something is over."""

    valid_to = DateField(label=_("Ends on"), help_text=_("A production date: the first one without it."))

    def __init__(self, data: Any = None, *, today: dt.date, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["valid_to"].widget.attrs["min"] = today.isoformat()


class NeedForm(TwoLanguages):
    """What the customer needs."""

    words = "text"
    missing = _("Say what the customer needs, in one of the two languages.")
    text_nb = forms.CharField(label=_("Need, in Norwegian"), max_length=200, required=False)
    text_en = forms.CharField(label=_("Need, in English"), max_length=200, required=False)


class PartyForm(TwoLanguages):
    """A customer or supplier outside the plant."""

    words = "name"
    missing = _("Write its name, in one of the two languages.")
    code = forms.CharField(
        label=_("Short name"), max_length=20, validators=[CODE], help_text=_("Short and lasting, such as HARBOUR.")
    )
    name_nb = forms.CharField(label=_("Name in Norwegian"), max_length=120, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, party: ExternalParty | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.party = party
        if party is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        """A code that no other party has."""
        code: str = self.cleaned_data["code"]
        if ExternalParty.objects.filter(code__iexact=code).exists():
            raise ValidationError(_("Another party has this short name."))
        return code
