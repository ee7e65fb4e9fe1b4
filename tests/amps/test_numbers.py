"""Numbers as people type them: what is shown reads back as the same number, and what is unclear is asked about."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from amps import display
from amps.fields import NumberField
from amps.numbers import ASK_THOUSANDS, THOUSANDS, UnclearThousands, number_plain
from observations.forms import NumberField as TapNumberField
from observations.forms import _exact
from observations.taps import read_number
from roadmap.forms_plan import AmountField
from sops.forms import PlantNumberField

LANGUAGES = st.sampled_from(["nb", "en"])
VALUES = st.decimals(
    min_value=-(10**12) + 1, max_value=10**12 - 1, allow_nan=False, allow_infinity=False, places=6
) | st.integers(-(10**12) + 1, 10**12 - 1).map(Decimal)


def plant_number() -> PlantNumberField:
    return PlantNumberField(max_digits=18, decimal_places=6)


@given(VALUES, LANGUAGES)
def test_what_a_field_shows_reads_back_as_the_same_number(value, language):
    with translation.override(language):
        for field in (NumberField(), plant_number()):
            assert field.clean(field.prepare_value(value)) == value
        assert read_number(_exact(value)) == value
        assert TapNumberField().clean(_exact(value)) == value


@given(VALUES, st.integers(0, 6), LANGUAGES)
def test_what_a_page_shows_reads_back_as_the_same_number_or_is_asked_about(value, decimals, language):
    shown = display.format_number(value, decimals, language=language)
    meant = value.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")
    with translation.override(language):
        try:
            assert Decimal(number_plain(shown)) == meant
        except UnclearThousands:
            assert language == "en"
            assert abs(meant) >= 1000


@given(VALUES, st.integers(0, 6))
def test_a_decimal_comma_is_taken_in_both_languages_except_where_it_looks_like_thousands(value, decimals):
    typed = display.format_number(value, decimals, language="nb")
    with translation.override("nb"):
        read = Decimal(number_plain(typed))
    plain = typed.replace("\N{NO-BREAK SPACE}", "")
    with translation.override("en"):
        if re.fullmatch(r"[−]?[1-9]\d{0,2},\d{3}", plain):
            with pytest.raises(UnclearThousands):
                number_plain(typed)
        else:
            assert Decimal(number_plain(typed)) == read


ASKED = ["1,000", "12,345", "999,999", "1,000,000", "-1,000", "−1,000", "+1,000", " 1,000 ", "1,000.5", "4,152"]


@pytest.mark.parametrize("typed", ASKED)
def test_what_may_be_thousands_is_asked_about_in_english(typed):
    with translation.override("en"):
        for field in (NumberField(), plant_number(), TapNumberField()):
            with pytest.raises(ValidationError) as told:
                field.clean(typed)
            assert told.value.messages == [str(ASK_THOUSANDS)]
        with pytest.raises(ValidationError) as told:
            AmountField().clean(typed)
        assert "whole kroner in digits only" in told.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0,120", "0.12"), ("4,15", "4.15"), ("4,1525", "4.1525"), ("0,001", "0.001"), ("1000", "1000"), ("1 000", "1000"),
     ("1.000", "1"), ("1234,567", "1234.567"), ("−0,4", "-0.4")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "nb"])
def test_what_is_clear_is_taken(typed, number, language):
    with translation.override(language):
        for field in (NumberField(), plant_number(), TapNumberField()):
            assert field.clean(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["1,000", "4,152", "−1,000"])
def test_in_norwegian_a_comma_is_the_decimal_sign(typed):
    with translation.override("nb"):
        assert NumberField().clean(typed) == Decimal(typed.replace(",", ".").replace("−", "-"))


def test_the_browser_asks_by_the_same_rule():
    script = (Path(settings.BASE_DIR) / "static/js/rounds.js").read_text(encoding="utf-8")
    assert f"/^{THOUSANDS.pattern}$/.test(" in script
