"""Templates: Django's style by djade, and nothing that the content security policy would block.

Ends with 1 and a line per finding (file:line: what) when there is any.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}|<!--.*?-->", re.DOTALL)
FORBIDDEN = (
    # A script without src is inline, unless it only carries data.
    (re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/json[\"'])", re.I), "inline script"),
    (re.compile(r"<style\b", re.I), "inline style sheet"),
    (re.compile(r"<[a-z][^<>]*?\sstyle\s*=", re.I | re.DOTALL), "style attribute"),
    (re.compile(r"<[a-z][^<>]*?\son[a-z]+\s*=", re.I | re.DOTALL), "on… attribute"),
    (re.compile(r"\bhx-on\b|\bhx-on[:-]", re.I), "hx-on needs eval"),
    (re.compile(r"\bhx-(?:vals|headers)\s*=\s*[\"']\s*js(?:avascript)?:", re.I), "hx-vals js: needs eval"),
    (re.compile(r"(?:href|src|action)\s*=\s*[\"']\s*javascript:", re.I), "javascript: address"),
    (
        re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']+\.(?:js|css|woff2?)\b", re.I),
        "asset from another host",
    ),
)


def findings(text: str) -> list[tuple[int, str]]:
    """(line number, what) of everything in a template that the policy would block."""
    # Comments become blanks of the same shape, so that line numbers stay true.
    bare = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    return sorted(
        (bare.count("\n", 0, match.start()) + 1, what)
        for pattern, what in FORBIDDEN
        for match in pattern.finditer(bare)
    )


def main() -> int:
    """Look at every template of the product."""
    templates = sorted(ROOT.glob("templates/**/*.html"))
    found = 0
    for path in templates:
        for line, what in findings(path.read_text(encoding="utf-8")):
            print(f"{path.relative_to(ROOT)}:{line}: {what}")
            found += 1
    if not templates:
        return 0
    djade = subprocess.run(  # noqa: S603 - our own files
        [str(Path(sys.executable).parent / "djade"), "--target-version", "6.1", "--check", *map(str, templates)],
        check=False,
    )
    return 1 if found or djade.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
