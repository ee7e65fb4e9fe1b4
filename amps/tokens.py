"""The colours of `static/css/tokens.css`, for what is not drawn by a browser: PDF, server-drawn charts, tests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

TOKENS_FILE = Path(__file__).resolve().parent.parent / "static" / "css" / "tokens.css"
_BLOCK = {
    "light": re.compile(r"^:root \{(.*?)^\}", re.M | re.S),
    "dark": re.compile(r'^:root\[data-theme="dark"\] \{(.*?)^\}', re.M | re.S),
    "auto": re.compile(r'^  :root\[data-theme="auto"\] \{(.*?)^  \}', re.M | re.S),
}
_DECLARATION = re.compile(r"(--[\w-]+):\s*([^;]+);")


def declarations(css: str, block: Literal["light", "dark", "auto"]) -> dict[str, str]:
    """The custom properties of one block of the token file, by name ("--ink"), as written."""
    found = _BLOCK[block].search(css)
    if found is None:
        raise ValueError(f"The token file has no block for {block}.")
    return dict(_DECLARATION.findall(found.group(1)))


@cache
def palette(theme: Literal["light", "dark"] = "light") -> dict[str, str]:
    """Every token of a theme by name; the dark theme stands on the light one. Paper is always light."""
    css = TOKENS_FILE.read_text(encoding="utf-8")
    light = declarations(css, "light")
    return light if theme == "light" else light | declarations(css, "dark")
