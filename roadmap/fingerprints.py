"""When two focus items are the same: code and texts, whatever their line breaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

# What a focus item says, each in both languages.
TEXTS = ("name", "red", "yellow", "green", "evidence_text")
LANGUAGES = ("en", "nb")
COLUMNS = tuple(f"{text}_{language}" for text in TEXTS for language in LANGUAGES)


def fingerprint(code: str, texts: Mapping[str, str]) -> str:
    """64 hex digits, the same for two items exactly when code and texts are. `texts` by column: "red_nb" …"""
    words = [code, *(" ".join(texts.get(column, "").split()) for column in COLUMNS)]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()
