"""Texts are compiled when their compiled form is missing or older."""

import gettext
import os

from amps.translations import compile_stale

SOURCE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Shift"\nmsgstr "{}"\n'


def test_missing_then_fresh_then_stale(tmp_path):
    folder = tmp_path / "nb" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(SOURCE.format("Vakt"), encoding="utf-8")
    [target] = compile_stale(tmp_path)
    assert text(target) == "Vakt"
    assert compile_stale(tmp_path) == []
    source.write_text(SOURCE.format("Skift"), encoding="utf-8")
    os.utime(source, ns=(0, target.stat().st_mtime_ns + 1))
    assert compile_stale(tmp_path) == [target]
    assert text(target) == "Skift"
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


def text(target):
    with target.open("rb") as file:
        return gettext.GNUTranslations(file).gettext("Shift")
