"""Forms of the business plan: actions from gaps and challenges, their place in the plan, its year, challenges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from amps.fields import NumberField
from amps.measures import measure_text
from kpis.models import Indicator
from kpis.rules import COMPUTED
from principles.dimensions import Dimension
from principles.improvement.forms import ActionForm
from principles.teams.models import Unit
from principles.teams.tree import UnitTree
from roadmap.models import Challenge, FocusItem, StandardVersion
from roadmap.plan_rows import code_key
from roadmap.planning import FIRST_YEAR, LAST_YEAR
from roadmap.services.plan_refusals import AmountBelowZero, NobodyChosen, NotAboveZero, YearOutOfRange

if TYPE_CHECKING:
    _IndicatorField = forms.ModelChoiceField[Indicator]
    _ChallengeField = forms.ModelChoiceField[Challenge]
    _UnitsField = forms.ModelMultipleChoiceField[Unit]
else:
    _IndicatorField = forms.ModelChoiceField
    _ChallengeField = forms.ModelChoiceField
    _UnitsField = forms.ModelMultipleChoiceField

_AMOUNT = _("Write whole kroner in digits only, such as 3000000 for three million.")


# "185.000" is not taken for 185: who writes three decimals of a tonne means thousands.
_TOO_FINE = {
    1: _("Write the tonnes without a sign between thousands, such as 60000; at most one decimal."),
    4: _("At most four decimals."),
}


class AmountField(NumberField):
    """NOK per year, whole kroner, as digits; words and shortened amounts are not guessed at."""

    default_error_messages = {
        "number": _AMOUNT,
        "wide": _("The amount is too large."),
        "places": _AMOUNT,
        "thousands": _AMOUNT,
    }

    def to_python(self, value: Any) -> Any:
        """Whole kroner, zero or more. Any sign in them is asked about: "3.000" may mean three, or three thousand."""
        amount = super().to_python(value)
        if amount is None:
            return None
        if "." in value or "," in value:
            raise ValidationError(_AMOUNT, code="number")
        if amount < 0:
            raise ValidationError(AmountBelowZero.default, code="below")
        return cast(Decimal, amount).quantize(Decimal(1))


class YearField(forms.CharField):
    """A year as typed."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num", "maxlength": 4})

    def to_python(self, value: Any) -> Any:
        """The year; None when left empty."""
        text = super().to_python(value)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            raise ValidationError(YearOutOfRange.default)
        return int(text)


class IndicatorChoice(_IndicatorField):
    """An indicator with what it is measured in."""

    def label_from_instance(self, obj: Indicator) -> str:
        return f"{obj.code} {obj.name}" + (f" ({measure_text(obj.unit)})" if obj.unit else "")


class ChallengeChoice(_ChallengeField):
    """A challenge with its dimension and the unit that has it."""

    def label_from_instance(self, obj: Challenge) -> str:
        return f"{obj.get_dimension_display()}: {obj.text} ({obj.unit.name})"


def indicators_offered() -> QuerySet[Indicator]:
    """Indicators that are computed, so that their effect can be measured."""
    return Indicator.objects.filter(active=True, kind__in=COMPUTED)


def challenges_offered(
    unit: Unit, tree: UnitTree, *, year: int | None = None, also: int | None = None
) -> QuerySet[Challenge]:
    """Open challenges of the unit and of what is above it, of one year or of any."""
    line = [unit.pk, *tree.ancestors(unit.pk)]
    wanted = Q(unit__in=line, ended_at=None)
    if year is not None:
        wanted &= Q(year=year)
    found = Challenge.objects.filter(wanted | Q(pk=also)) if also is not None else Challenge.objects.filter(wanted)
    return found.select_related("unit").order_by("-year", "dimension", "pk")


def year_choices(today: dt.date, *also: int | None) -> list[tuple[int, str]]:
    """Years that an action can be planned in: this and the next two, and what it stands in already."""
    years = {today.year, today.year + 1, today.year + 2, *(year for year in also if year)}
    return [(year, str(year)) for year in sorted(years)]


class PlannedActionForm(ActionForm):
    """A new action with its place in the plan and the effect that is expected of it."""

    year = forms.TypedChoiceField(
        label=_("Plan of the year"),
        coerce=int,
        error_messages={"invalid_choice": _("Choose one of the years offered.")},
    )
    challenge = ChallengeChoice(
        label=_("Answers the challenge"), queryset=Challenge.objects.none(), required=False, empty_label=_("None")
    )
    indicator = IndicatorChoice(
        label=_("Indicator it should move"), queryset=Indicator.objects.none(), required=False, empty_label=_("None")
    )
    change = NumberField(
        label=_("Expected change of the indicator"),
        required=False,
        help_text=_("In the indicator's own unit: −0,04 when it should go down by 0,04."),
    )
    nok_per_year = AmountField(label=_("Expected effect, NOK per year"), required=False)

    field_order = (
        "title",
        "owner",
        "due",
        "goal",
        "description",
        "dimension",
        "indicator",
        "change",
        "nok_per_year",
        "year",
        "challenge",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        unit: Unit,
        tree: UnitTree,
        keep_principle: bool = False,
        fixed_challenge: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(data, unit=unit, tree=tree, **options)
        if not keep_principle:
            del self.fields["principle"]
        # The next colour's text is long: it is to be read whole.
        self.fields["goal"].widget = forms.Textarea(attrs={"rows": 3, "maxlength": 300})
        cast(IndicatorChoice, self.fields["indicator"]).queryset = indicators_offered()
        if fixed_challenge:
            del self.fields["challenge"], self.fields["year"]
        else:
            cast(ChallengeChoice, self.fields["challenge"]).queryset = challenges_offered(unit, tree)
            year = cast("forms.TypedChoiceField", self.fields["year"])
            year.choices = year_choices(self.today)
            year.initial = self.today.year

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("change") is not None and cleaned.get("indicator") is None and "indicator" not in self.errors:
            self.add_error("indicator", _("Choose the indicator that should change."))
        return cleaned


class EntryForm(forms.Form):
    """An action's place in the plan."""

    year = forms.TypedChoiceField(
        label=_("Plan of the year"),
        coerce=int,
        error_messages={"invalid_choice": _("Choose one of the years offered.")},
    )
    item_code = forms.ChoiceField(label=_("Focus item whose gap it closes"), required=False)
    challenge = ChallengeChoice(
        label=_("Answers the challenge"), queryset=Challenge.objects.none(), required=False, empty_label=_("None")
    )
    nok_per_year = AmountField(label=_("Expected effect, NOK per year"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        unit: Unit,
        tree: UnitTree,
        year: int | None = None,
        challenge: int | None = None,
        code: str = "",
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        offered = cast("forms.TypedChoiceField", self.fields["year"])
        offered.choices = year_choices(tree.date, year)
        item = cast("forms.ChoiceField", self.fields["item_code"])
        item.choices = item_choices(unit, tree, code)
        found = cast(ChallengeChoice, self.fields["challenge"])
        found.queryset = challenges_offered(unit, tree, also=challenge)


def item_choices(unit: Unit, tree: UnitTree, code: str = "") -> list[tuple[str, Any]]:
    """Focus items of the version in use, with the unit's own, by code; `code` stays on the list (two queries)."""
    version = StandardVersion.objects.first()
    line = [unit.pk, *tree.ancestors(unit.pk)]
    found = FocusItem.objects.filter(rule__principle__version=version, active=True).filter(
        Q(local_to=None) | Q(local_to__in=line)
    )
    names = {item.code: item.name for item in found}
    if code and code not in names:
        names[code] = ""
    items: list[tuple[str, Any]] = [(key, f"{key} {names[key]}".strip()) for key in sorted(names, key=code_key)]
    return [("", _("None")), *items]


def seen_again(form: forms.Form, seen: str) -> None:
    """Keep what was typed in a form that is shown again, but let the next try count as having seen what is stored."""
    form.data = {**{name: form.data.get(name) for name in form.data}, "seen": seen}


class LinkForm(forms.Form):
    """An action that exists, to be linked to a gap."""

    action = forms.IntegerField(error_messages={"required": _("Choose an action."), "invalid": _("Choose an action.")})


class PlanYearForm(forms.Form):
    """What the plan of a year is reckoned with."""

    year = YearField(label=_("Year"), error_messages={"required": YearOutOfRange.default})
    tonnes = NumberField(label=_("Tonnes of metal per year"), help_text=_("Such as 60000."))
    nok_per_usd = NumberField(label=_("NOK per USD"), help_text=_("Such as 10,50."))
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_tonnes(self) -> Decimal:
        """Above zero, at most one decimal."""
        return self._number("tonnes", places=1, widest=Decimal(10) ** 10)

    def clean_nok_per_usd(self) -> Decimal:
        """Above zero, at most four decimals."""
        return self._number("nok_per_usd", places=4, widest=Decimal(1000))

    def _number(self, name: str, *, places: int, widest: Decimal) -> Decimal:
        number: Decimal = self.cleaned_data[name]
        if number <= 0:
            raise ValidationError(NotAboveZero.default)
        if number >= widest:
            raise ValidationError(_("The number is too large."))
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            raise ValidationError(_TOO_FINE[places])
        return number


class ChallengeForm(forms.Form):
    """A challenge in words, and what it is on."""

    dimension = forms.ChoiceField(label=_("On what"), choices=Dimension.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("The challenge"),
        max_length=240,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a few words what the challenge is.")},
    )
    goal = forms.CharField(
        label=_("Goal"), max_length=160, required=False, help_text=_("How one sees that it is met, with a figure.")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class UnitsChoice(_UnitsField):
    """Units by their names."""

    def label_from_instance(self, obj: Unit) -> str:
        return obj.name


class PassDownForm(forms.Form):
    """A challenge to be passed down: to whom, and in which words."""

    units = UnitsChoice(
        label=_("Pass it down to"),
        queryset=Unit.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NobodyChosen.default},
    )
    text = forms.CharField(
        label=_("The challenge, in their words"),
        max_length=240,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say in a few words what the challenge is.")},
    )
    goal = forms.CharField(label=_("Goal"), max_length=160, required=False)

    def __init__(self, data: Any = None, *, units: Sequence[int], **options: Any) -> None:
        super().__init__(data, **options)
        cast(UnitsChoice, self.fields["units"]).queryset = Unit.objects.filter(pk__in=units)
