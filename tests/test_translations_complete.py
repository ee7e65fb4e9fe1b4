"""The product is whole in both languages: every text is extracted, translated and keeps its placeholders."""

import re
import shutil
from pathlib import Path

import polib
import pytest
import yaml
from django.template import Context, Template
from django.utils import translation

from amps.measures import measure_text
from kpis.formulas import FORMULAS
from script.lint_texts import committed, extracted, findings

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdr%]|\{\w*\}|(?<!\w)#(?!\w)")
# The same word in both languages, and it is meant.
SAME_IN_BOTH = {
    "AMPS", "Administrator", "anode", "CSV", "Id", "Import", "import", "KPI", "Mine", "NOK", "NOK per USD", "OK",
    "P01 × P02", "Person", "person", "Plan", "Radar", "Register", "Rev", "SOP", "Standard", "standard", "Status",
    "status", "Sum", "sum", "USD/t", "under", "min", "side",
}  # fmt: skip
# Words that Norwegian does not have: one of them in a Norwegian text was left behind.
ENGLISH = re.compile(
    r"\b(the|of|and|with|this|that|which|was|were|has|have|your|you|not|each|every|choose|store|shift'?s|crew|round|"
    r"rounds|target|targets|figure|figures|point|points|unit|units|deviation|step|steps)\b",
    re.IGNORECASE,
)
# Codes of the roadmap (1.1, 1.1.1) and of dates (4.25) have points.
CODE = re.compile(r"\b(4\.25|1\.1(\.1)?)\b")
# What is written alike everywhere; any other unit of measure needs words in amps/measures.py.
SYMBOL = re.compile(
    r"|%|ppm|°C|°C/h|cm|mm|s|min|kg|V|mV|kA|kΩ|kPa|mg/Nm³|A/cm²|NOK/t|kWh/t Al|kg/t Al|kg (C|F|CO2|CO2e)/t Al"
)


@pytest.fixture(scope="module")
def norwegian() -> polib.POFile:
    """The committed Norwegian message file."""
    return committed("nb")


def texts(entry: polib.POEntry) -> list[tuple[str, str]]:
    """(English, Norwegian) pairs of one entry; a plural has two."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]


def named(entry: polib.POEntry) -> str:
    """What a failing test calls the entry."""
    return f"{entry.msgctxt or ''}: {entry.msgid!r}"


def test_every_text_of_the_code_is_in_the_file_translated_and_none_is_left_over(norwegian):
    assert shutil.which("xgettext"), "xgettext is missing: script/test installs gettext, or “apt-get install gettext”."
    wanted = extracted()
    assert len(wanted) > 1000, "The extraction found hardly anything; is a folder missing from it?"
    assert findings(wanted, norwegian) == []


def test_there_is_nothing_fuzzy_nothing_obsolete_and_a_right_header(norwegian):
    assert [named(entry) for entry in norwegian if entry.fuzzy or entry.obsolete] == []
    assert norwegian.metadata["Language"] == "nb"
    assert norwegian.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert "UTF-8" in norwegian.metadata["Content-Type"]
    assert not norwegian.metadata_is_fuzzy


def test_placeholders_are_the_same_in_both_languages(norwegian):
    wrong = []
    for entry in norwegian:
        for number, (english, nb) in enumerate(texts(entry)):
            ours, theirs = sorted(PLACEHOLDER.findall(nb)), sorted(PLACEHOLDER.findall(english))
            # "1 round" may be written without its number, or with it.
            only_one = bool(entry.msgid_plural) and number == 0
            allowed = set(PLACEHOLDER.findall(entry.msgid_plural or ""))
            if ours != theirs and not (only_one and set(ours) <= allowed):
                wrong.append(f"{named(entry)} → {nb!r}")
    assert wrong == []


def test_punctuation_and_spaces_at_the_ends_agree(norwegian):
    wrong = []
    for entry in norwegian:
        for english, nb in texts(entry):
            if nb != nb.strip() or english.endswith((".", ":", "?")) != nb.endswith((".", ":", "?")):
                wrong.append(f"{named(entry)} → {nb!r}")
    assert wrong == []


def test_nothing_is_left_in_english(norwegian):
    left = []
    for entry in norwegian:
        for english, nb in texts(entry):
            words = PLACEHOLDER.sub("", nb).strip(" .:")
            same = nb == english and re.search(r"[^\W\d_]", words) and words not in SAME_IN_BOTH
            if same or ENGLISH.search(words):
                left.append(f"{named(entry)} → {nb!r}")
    assert left == []


def test_norwegian_is_written_with_norwegian_signs(norwegian):
    wrong = [
        f"{named(entry)} → {nb!r}"
        for entry in norwegian
        for _english, nb in texts(entry)
        if re.search(r"[“”„\"]", nb) or re.search(r"\d\.\d", CODE.sub("", nb)) or re.search(r"\d,\d{3}\b", nb)
    ]
    assert wrong == []


# What a template may say without a translation: names and marks that are the same everywhere.
UNTRANSLATED = {"AMPS", "NOK", "USD/t", "Norsk", "· AMPS", "CSV", "NB", "EN", "norsk", "English", "n"}
TRANSLATED = re.compile(
    r"\{%\s*(blocktranslate|comment)\b.*?\{%\s*end\1\s*%\}|\{#.*?#\}|<!--.*?-->|<(script|style|svg)\b.*?</\2>",
    re.DOTALL,
)
SHOWN_ATTRIBUTE = re.compile(r"""\s(?:aria-label|title|placeholder|alt|data-label)=(["'])(.*?)\1""", re.DOTALL)


CLASS_NAMES = re.compile(r"[a-z]+(-[a-z]+)+( [a-z]+(-[a-z]+)+)*")


def shown_words(template: str) -> set[str]:
    """Every word of a template that a person would see and no translation passes through."""
    bare = re.sub(r"\{[%{].*?[%}]\}", "\0", TRANSLATED.sub("\0", template), flags=re.DOTALL)
    pieces = [match.group(2) for match in SHOWN_ATTRIBUTE.finditer(bare)]
    # A block that only carries a class name is no text; its name is spelled with hyphens.
    pieces += re.sub(r"<[^>]*>", "\n", bare).split("\n")
    words = {" ".join(word.split()) for piece in pieces for word in piece.replace("\0", "\n").split("\n")}
    return {
        word for word in words if re.search(r"[^\W\d_]", re.sub(r"&\w+;", "", word)) and not CLASS_NAMES.fullmatch(word)
    }


def test_no_template_says_anything_past_the_translation():
    said = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for word in shown_words(path.read_text(encoding="utf-8")) - UNTRANSLATED
    }
    assert said == set()


def test_the_search_for_words_past_the_translation_finds_them():
    assert shown_words('<p title="Late round">{% translate "Done" %} left <b>3</b> {{ n }}&nbsp;h</p>') == {
        "Late round", "left", "&nbsp;h",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_key_of_a_row_is_written_without_a_thousands_sign(language):
    with translation.override(language):
        assert Template('<p id="row-{{ key }}" data-key="{{ key }}">').render(Context({"key": 1234567})) == (
            '<p id="row-1234567" data-key="1234567">'
        )


def test_every_formula_of_the_shipped_indicators_can_be_translated():
    shipped = yaml.safe_load((ROOT / "kpis/standard/indicators.yaml").read_text(encoding="utf-8"))
    assert set(_values(shipped, "formula")) == set(FORMULAS)


@pytest.mark.parametrize("source", ["kpis/standard/indicators.yaml", "sops/standard/sops.yaml"])
def test_every_unit_of_measure_that_is_shipped_is_a_symbol_or_has_words_in_both_languages(source):
    shipped = yaml.safe_load((ROOT / source).read_text(encoding="utf-8"))
    units = {unit for unit in _values(shipped, "unit") if not SYMBOL.fullmatch(unit)}
    assert units
    with translation.override("nb"):
        untold = {unit for unit in units if measure_text(unit) == unit}
    assert untold == set()
    with translation.override("en"):
        assert {measure_text(unit) for unit in units} == units


def _values(tree, key):
    """Every string under `key`, anywhere in a tree of mappings and lists."""
    if isinstance(tree, dict):
        if isinstance(tree.get(key), str):
            yield tree[key]
        for value in tree.values():
            yield from _values(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _values(value, key)
