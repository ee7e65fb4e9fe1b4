"""A roadmap's YAML: what is wrong is told in a sentence with its line, and nothing else happens."""

import time

import pytest

from roadmap.loading import STANDARD
from roadmap.standard_file import BadStandard, standard_read
from roadmap.yaml_text import BadYaml, text_of

SMALL = """version: '2.0'
metrics:
- name: share
  label: {en: Share, nb: Andel}
  definition: {en: Part of all., nb: Del av alle.}
  unit: '%'
  direction: up
  needs: [sops]
principles:
- number: 1
  slug: work
  name: {en: Work, nb: Arbeid}
  description: {en: How we work., nb: Slik jobber vi.}
  rules:
  - code: '1.1'
    name: {en: Rule, nb: Regel}
    text: {en: What is asked., nb: Hva som kreves.}
    focus:
    - code: 1.1.1
      name: {en: Item, nb: Punkt}
      red: {en: none, nb: ingen}
      yellow: {en: some, nb: noen}
      green: {en: all, nb: alle}
      evidence_text: {en: The share., nb: Andelen.}
      evidence:
      - metric: share
        yellow_at: 60
        green_at: 100
        window: {cadence: day, length: 1}
        scope: unit
        binding: worst
"""


def told(text: str) -> list[str]:
    with pytest.raises(BadStandard) as refused:
        standard_read(text)
    return [str(problem) for problem in refused.value.problems]


def line_of(words: str, text: str = SMALL) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_small_roadmap_is_read_as_it_was_written():
    found = standard_read(SMALL)
    item = next(found.items())
    assert (found.version, item.code, item.texts["red_en"], item.texts["green_nb"]) == ("2.0", "1.1.1", "none", "alle")
    assert [(one.metric, one.yellow_at, one.green_at, one.cadence) for one in item.evidence] == [
        ("share", 60, 100, "day")
    ]


def test_the_shipped_roadmap_is_whole():
    found = standard_read(STANDARD.read_text(encoding="utf-8"))
    assert found.version == "1.0"
    assert len(found.principles) == 5
    assert [len(principle.rules) for principle in found.principles] == [4] * 5
    assert len(list(found.items())) == 61
    assert len(found.metrics) == 141


def test_words_that_yaml_takes_for_values_stay_words():
    found = standard_read(SMALL.replace("{en: none, nb: ingen}", "{en: no, nb: 1.10}"))
    assert next(found.items()).texts["red_en"] == "no"
    assert next(found.items()).texts["red_nb"] == "1.10"


@pytest.mark.parametrize(
    ("old", "new", "words", "at"),
    [
        ("direction: up", "direction: sideways", "up, down", "direction"),
        ("green: {en: all, nb: alle}", "green: {en: all}", "no text in the language nb", "green: {en"),
        ("green: {en: all, nb: alle}", "green: {en: all, nb: ''}", "“nb” is empty", "green: {en"),
        ("metric: share", "metric: unknown", "“unknown” is not described", "metric: share"),
        ("green_at: 100", "green_at: 50", "green begins at 50, below yellow, 60", "green_at"),
        ("green_at: 100", "green_at: ca 3", "number with a decimal point", "green_at"),
        ("green_at: 100", "green_at: 1e9", "number with a decimal point", "green_at"),
        ("length: 1}", "length: -1}", "whole number from 1 to 120", "window"),
        ("cadence: day", "cadence: year", "shift, day, week, month", "window"),
        ("scope: unit", "scope: world", "team, unit, plant", "scope"),
        ("code: 1.1.1", "code: 2.1.1", "begin with 1.1", "code: 1.1.1"),
        ("code: 1.1.1", "code: 1.1.L1", "begin with 1.1", "code: 1.1.1"),
        ("slug: work", "slug: wo rk", "letters a–z", "slug"),
        ("number: 1", "number: one", "whole number", "number: 1"),
        ("name: {en: Item, nb: Punkt}", "name: Item", "text by language", "name: {en: Item"),
        ("version: '2.0'", "version: ''", "“version” is empty", "version"),
        ("    focus:\n", "    focuses:\n", "“focus” is missing", "- code: '1.1'"),
        ("needs: [sops]", "needs: sops", "has to be a list", "needs"),
    ],
)
def test_wrong_shapes_are_told_with_their_line(old, new, words, at):
    assert old in SMALL
    problems = told(SMALL.replace(old, new, 1))
    assert any(words in problem and f"Line {line_of(at)}:" in problem for problem in problems), problems


def test_limits_the_wrong_way_round_for_what_is_better_the_lower_it_is():
    problems = told(SMALL.replace("direction: up", "direction: down"))
    assert any("green begins at 100, above yellow, 60" in problem for problem in problems)


def test_codes_and_metrics_that_stand_twice():
    start = SMALL.index("    - code: 1.1.1")
    assert any("1.1.1 is given to two focus items" in problem for problem in told(SMALL + SMALL[start:]))
    rule = SMALL.index("  - code: '1.1'")
    assert any("1.1 is given to two practice rules" in problem for problem in told(SMALL + SMALL[rule:]))
    principle = SMALL.index("- number: 1")
    assert any("Principle 1 stands in the file twice" in problem for problem in told(SMALL + SMALL[principle:]))
    metric = SMALL[SMALL.index("- name: share") : SMALL.index("principles:")]
    assert any("“share” is described twice" in p for p in told(SMALL.replace("principles:", metric + "principles:")))
    evidence = SMALL[SMALL.index("      - metric: share") :]
    assert any("judges the same focus item twice" in problem for problem in told(SMALL + evidence))


def test_a_name_given_twice_in_one_place():
    problems = told(SMALL.replace("scope: unit", "scope: unit\n        scope: plant"))
    assert problems == [f"Line {line_of('scope: unit') + 1}: “scope” stands here for the second time."]


@pytest.mark.parametrize("text", ["", "   \n\n", "# only a remark\n", "---\n...\n"])
def test_nothing_in_the_file(text):
    assert told(text)[0].endswith(("The file is empty.", "begins with version, metrics and principles by name."))


@pytest.mark.parametrize(
    "text",
    ["just words", "- a\n- list\n", "version: '3.0'\n", "version: '3.0'\nmetrics: []\nprinciples: []\n", "42"],
)
def test_yaml_that_is_no_roadmap(text):
    assert all(problem.startswith("Line ") for problem in told(text))


def test_text_that_is_no_yaml_names_the_line():
    assert told(SMALL + "   : : [\n")[0].startswith(f"Line {len(SMALL.splitlines()) + 1}: This is no YAML")
    assert "This is no YAML" in told("a: 'never ended\n")[0]
    assert "no text file" in told("version: '1.0'\x00\x01")[0]


def test_cycles_anchors_and_laughing_billions_are_refused_at_once():
    started = time.monotonic()
    assert told("a: &a [*a]\n") == [
        "Line 1: Anchors and aliases (& and *) are not allowed: write the text out where it is used."
    ]
    assert "Anchors and aliases" in told("version: &v '2.0'\nmetrics: *v\n")[0]
    laugh = "a: &a [ha, ha]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(9))
    assert "Anchors and aliases" in told(laugh)[0]
    assert "nested too deep" in told("[" * 300_000)[0]
    assert "nested too deep" in told("\n".join(" " * n + "a:" for n in range(400)))[0]
    assert "Tags" in told("version: !!python/object/apply:os.system ['true']\n")[0]
    assert "second document" in told("a: 1\n---\nb: 2\n")[0]
    assert time.monotonic() - started < 5


def test_files_that_are_no_text_or_too_large():
    for data, words in (
        (b"\xff\xfe\x00binary\x80", "no text in UTF-8"),
        (b"a" * (1024 * 1024 + 1), "larger than 1 MB"),
    ):
        with pytest.raises(BadYaml, match=words):
            text_of(data)
    assert "larger than 1 MB" in told("æ" * 600_000)[0]
    assert text_of("\ufeffversjon: æøå".encode()) == "versjon: æøå"


def test_no_more_than_twenty_problems_are_told():
    rule = SMALL[SMALL.index("    - code: 1.1.1") :].replace("green_at: 100", "green_at: x")
    assert len(told(SMALL + rule * 30)) == 20
