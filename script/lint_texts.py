"""Texts: every visible string of the code is in the message files, translated, and none is fuzzy or gone.

The message files are extracted anew into a scratch folder and compared with the committed ones; ends with 1 and a line
per finding when they differ. To bring new texts into the file, and then translate what is empty or fuzzy there:

    manage.py makemessages --locale nb --add-location file --no-obsolete --ignore tests --ignore script --ignore .venv
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nb",)
FOLDERS = ("amps", "principles", "sops", "observations", "kpis", "roadmap", "templates")
Key = tuple[str | None, str]


def committed(language: str) -> polib.POFile:
    """The message file of a language, empty when there is none yet."""
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def extracted() -> set[Key]:
    """(context, msgid) of every text in the code right now; needs gettext's own programs (xgettext, msgmerge)."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        (work / "locale" / "xx" / "LC_MESSAGES").mkdir(parents=True)
        for name in FOLDERS:
            if (ROOT / name).is_dir():
                # Copied, since makemessages writes beside the templates that it reads.
                shutil.copytree(ROOT / name, work / name, ignore=shutil.ignore_patterns("__pycache__", "*.html.py"))
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "xx", "--no-location", "-v", "0"]
        subprocess.run(command, cwd=work, check=True, env=_environment())  # noqa: S603 - fixed words
        messages = polib.pofile(str(work / "locale" / "xx" / "LC_MESSAGES" / "django.po"))
        return {(entry.msgctxt, entry.msgid) for entry in messages if not entry.obsolete}


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}


def findings(wanted: set[Key], messages: polib.POFile) -> list[str]:
    """What is missing, untranslated, fuzzy or left over in one message file."""
    entries = {(entry.msgctxt, entry.msgid): entry for entry in messages if not entry.obsolete}
    lines = [f"missing: {msgid!r}" for _context, msgid in sorted(wanted - set(entries), key=str)]
    lines += [f"no longer used: {msgid!r}" for _context, msgid in sorted(set(entries) - wanted, key=str)]
    lines += [f"fuzzy: {entry.msgid!r}" for entry in entries.values() if entry.fuzzy]
    lines += [
        f"not translated: {entry.msgid!r}"
        for entry in entries.values()
        if not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
    ]
    return lines


def main() -> int:
    """Compare every language."""
    wanted = extracted()
    found = 0
    for language in LANGUAGES:
        for line in findings(wanted, committed(language)):
            print(f"{language}: {line}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
