"""The plant is spoken of in one way: a potline is an (elektrolyse)serie in Norwegian, and never only a "linje"."""

from __future__ import annotations

from pathlib import Path

import pytest

from amps.demo.plant import PLACES

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = sorted(
    path
    for folder in ("amps", "kpis", "sops", "observations", "principles", "roadmap", "templates", "locale")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".yaml", ".html", ".po"}
)


def test_the_potlines_are_called_as_the_glossary_says():
    names = {unit[0]: unit[-1] for unit in PLACES if unit[0] in ("EL1", "EL2")}
    assert names == {"EL1": "Serie 1", "EL2": "Serie 2"}


@pytest.mark.parametrize("word", ["ovnslinje", "ovnsrekke"])
def test_no_other_word_for_a_potline_is_left(word):
    assert len(WRITTEN) > 300
    found = [str(path.relative_to(ROOT)) for path in WRITTEN if word in path.read_text(encoding="utf-8").lower()]
    assert found == []


def test_a_series_of_measurements_is_never_just_a_series():
    """Where units are called "Serie 1", what is measured is called måleserie or hendelsesserie."""
    from script.lint_texts import committed

    plain = {entry.msgid: entry.msgstr for entry in committed("nb") if "series" in entry.msgid.lower()}
    assert plain
    for english, norwegian in plain.items():
        assert "måle" in norwegian.lower() or "hendelse" in norwegian.lower(), (english, norwegian)
