"""Compile the message files that Django reads; without gettext's own programs."""

from pathlib import Path

import polib


def compile_stale(folder: Path) -> list[Path]:
    """Compile every .po below `folder` whose .mo is missing or older; returns the compiled files."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        unfinished = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(unfinished))
        unfinished.replace(target)
        compiled.append(target)
    return compiled
