"""Forms of the unit tree."""

from __future__ import annotations

import re

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from principles.teams.forms.fields import DateField, UnitField
from principles.teams.models import Unit, UnitKind

CODE = RegexValidator(
    re.compile(r"\A[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå._-]*\Z"),
    _("Use letters, digits, point, hyphen and underscore only."),
)


class UnitForm(forms.ModelForm):  # type: ignore[type-arg] # Django can\'t be subscripted when it runs
    """What a unit is called and where it stands among its neighbours."""

    class Meta:
        model = Unit
        fields: tuple[str, ...] = ("name_nb", "name_en", "equipment_type", "position")
        help_texts = {
            "equipment_type": _("Such as cell, crane or scrubber. Rounds choose their places by it."),
            "position": _("Smaller numbers come first; the same number sorts by code."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["position"].required = False
        if self.instance.kind and self.instance.kind != UnitKind.EQUIPMENT:
            del self.fields["equipment_type"]

    def clean_position(self) -> int:
        """An order left empty is 0."""
        return self.cleaned_data.get("position") or 0


class NewUnitForm(UnitForm):
    """A new unit: also its code, its kind, where it stands and from when."""

    parent = UnitField(label=_("Stands under"), required=False)
    opened = DateField(label=_("In use from"), help_text=_("A production date, from the current one on."))

    class Meta(UnitForm.Meta):
        fields = ("code", "kind", "name_nb", "name_en", "equipment_type", "position")
        help_texts = {
            **UnitForm.Meta.help_texts,
            "code": _("Short and lasting, such as EL1-S3 or 1042. It can't be changed later."),
        }

    field_order = ("parent", "kind", "code", "name_nb", "name_en", "equipment_type", "position", "opened")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].validators.append(CODE)


class MoveForm(forms.Form):
    """A new place in the tree."""

    parent = UnitField(label=_("New place: under"))
    valid_from = DateField(label=_("From production date"))


class CloseForm(forms.Form):
    """When a unit goes out of use."""

    closed = DateField(label=_("Out of use from production date"))
