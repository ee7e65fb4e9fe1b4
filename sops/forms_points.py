"""A new observation point, as whoever writes an SOP describes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amps.measures import measure_text
from sops.forms import PlantNumberField, TwoLanguages
from sops.models import ObservationPoint, PointKind, Sampling
from sops.register import NEW_FIELDS, TEXT_FIELDS, is_counted_on
from sops.wording import THINGS

MOST_DECIMALS = 6
MOST_SAMPLES = 1000
SOMETHING_ELSE = "other"  # stored as nothing: the page then says "each one", or a number alone
# What only a number has; an answer of yes or no leaves all of it out.
NUMBER_FIELDS = ("unit", "decimals", "minimum", "maximum")


class NewPointForm(TwoLanguages):
    """One new row of the register. What does not belong to the chosen kind is not looked at, and not stored.

    Events are counted by a control system and stand at no step, so they are not offered.
    """

    needed = ("text",)
    texts_only = False
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in (PointKind.YES_NO, PointKind.COUNT, PointKind.MEASUREMENT)],
        initial=PointKind.YES_NO.value,
        widget=forms.RadioSelect,
        help_text=_("Yes or no: it is as it should be, or not. Count: how many. Measurement: a number with a unit."),
    )
    unit = forms.CharField(
        label=_("Unit"),
        max_length=30,
        help_text=_("What it is measured in, such as cm or °C; or what is counted, such as holes."),
        error_messages={"required": _("Say what it is measured in, or what is counted.")},
        widget=forms.TextInput(attrs={"list": "known-units", "autocomplete": "off"}),
    )
    decimals = forms.IntegerField(
        label=_("Decimals"),
        initial=1,
        min_value=0,
        max_value=MOST_DECIMALS,
        error_messages={
            "required": _("Say how many decimals are shown."),
            "max_value": _("Six decimals at most."),
        },
    )
    minimum = PlantNumberField(label=_("Lowest that is right"), required=False, max_digits=18, decimal_places=6)
    maximum = PlantNumberField(label=_("Highest that is right"), required=False, max_digits=18, decimal_places=6)
    sample_of = forms.ChoiceField(
        label=_("Of what"),
        initial="cell",
        choices=[*((code, words[0]) for code, words in THINGS.items()), (SOMETHING_ELSE, _("something else"))],
    )
    sample_size = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=1,
        max_value=MOST_SAMPLES,
        help_text=_("Empty: each one."),
    )
    sample_per = forms.ChoiceField(
        label=_("How often"),
        choices=Sampling.choices,
        initial=Sampling.SHIFT.value,
        help_text=_("Per event: no round asks for it beforehand."),
    )

    def __init__(self, *args: Any, instance: ObservationPoint | None = None, **options: Any) -> None:
        """`instance`: the point that is written anew; of one that is counted on, the texts alone."""
        super().__init__(*args, instance=instance, **options)
        if instance is None:
            return
        self.initial["sample_of"] = instance.sample_of or SOMETHING_ELSE
        self.texts_only = is_counted_on(instance)
        for name, field in self.fields.items():
            field.disabled = self.texts_only and name not in TEXT_FIELDS

    class Meta:
        model = ObservationPoint
        fields = list(NEW_FIELDS)
        help_texts = {"critical": _("One that is not right opens a deviation at once.")}

    def clean_sample_of(self) -> str:
        """The code of what is sampled; empty where it has none."""
        chosen: str = self.cleaned_data["sample_of"]
        return "" if chosen == SOMETHING_ELSE else chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("kind")
        if kind == PointKind.YES_NO:
            self._leave_out(NUMBER_FIELDS)
            data.update(unit="", decimals=0, minimum=None, maximum=None)
        elif kind == PointKind.COUNT:
            self._leave_out(["decimals"])
            data["decimals"] = 0
            self._check_counts(data)
        low, high = data.get("minimum"), data.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", _("The highest value that is right can't be below the lowest."))
        return data

    def _leave_out(self, names: Any) -> None:
        """What is not asked for cannot be wrong either: its field is not even shown."""
        for name in names:
            self.errors.pop(name, None)

    def _check_counts(self, data: dict[str, Any]) -> None:
        for name in ("minimum", "maximum"):
            limit: Decimal | None = data.get(name)
            if limit is None:
                continue
            if limit < 0:
                self.add_error(name, _("A count can't be below zero."))
            elif limit != limit.to_integral_value():
                self.add_error(name, _("A count is a whole number."))

    def values(self) -> dict[str, Any]:
        """What `sops.drafting.point_add` stores."""
        return {name: self.cleaned_data[name] for name in NEW_FIELDS}

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Norwegian and English side by side, in the order of the page."""
        return [self.pair(name) for name in ("text", "how")]

    @staticmethod
    def known_units() -> list[tuple[str, str]]:
        """Units that points have already, as stored and as the reader's language writes them (one query)."""
        stored = ObservationPoint.objects.exclude(unit="").order_by("unit").values_list("unit", flat=True).distinct()
        return [(unit, measure_text(unit)) for unit in stored]
