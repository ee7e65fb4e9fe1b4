"""From a template to a PDF: A4, tagged, in our own font, and with no way out to files or the network."""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from PIL import ImageFile

from amps.display import DATE_FORMATS, STATUS_ALIASES, language_of
from amps.documents.registry import Content, Head
from amps.tokens import palette

logger = logging.getLogger(__name__)

STATIC = Path(settings.BASE_DIR) / "static"
# One word of small letters: the collector of static files takes it for an address, and leaves it alone.
SCHEME = "asset:"
# The only files a document can name, by names of our own. Nothing that a person writes becomes an address.
_FILES = {
    "font": ("vendor/atkinson/atkinson-hyperlegible-next-latin-wght-normal.woff2", "font/woff2"),
    "font-italic": ("vendor/atkinson/atkinson-hyperlegible-next-latin-wght-italic.woff2", "font/woff2"),
    "mark": ("img/mark.svg", "image/svg+xml"),
}
# Shapes of a status on a 16 × 16 square; the same as the screen's, so that a black-and-white print still reads.
SHAPES = {
    "green": '<circle cx="8" cy="8" r="6.4" fill="{}"/>',
    "amber": '<path d="M8 1.2L15.4 14.4H.6z" fill="{}"/>',
    "red": '<path d="M1.8 1.8h12.4v12.4H1.8z" fill="{}"/>',
    "grey": '<circle cx="8" cy="8" r="5.4" fill="none" stroke="{}" stroke-width="1.8"/>',
    "signal": '<path d="M8 1.6L14.4 8 8 14.4 1.6 8z" fill="none" stroke="{}" stroke-width="1.8"/>',
}
PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
# PDF/UA-1: headings, tables with their heads, lists, links and pictures with words, in reading order.
_TAGGED: dict[str, Any] = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
type Tell = Callable[[str, float], None]  # a step of the work, and how much of it is done (0 to 1)


class Unavailable(RuntimeError):
    """This machine lacks a library that drawing a PDF needs."""


class Refused(ValueError):
    """A document asked for something that is not in the table of our own assets."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came out: pages, and size in bytes."""

    pages: int
    size: int


@cache
def is_available() -> bool:
    """Whether PDFs can be drawn on this machine (Pango is there); looked up once per process."""
    # The import tells Pillow to take cut-off pictures for whole ones, everywhere in the process: a photo that somebody
    # uploads must not profit from that.
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import weasyprint  # noqa: F401
    except OSError as error:
        logger.warning("PDF export is off", extra={"error": str(error)})
        return False
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return True


def css_string(text: str) -> str:
    """Any text as a CSS string: every sign that is not a plain letter or digit is written by its number."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):06x}" for sign in text)
    return f'"{plain}"'


def day_text(day: dt.date) -> str:
    """A day with its year in the active language: "fre 21. nov 2026"."""
    return dateformat.format(day, DATE_FORMATS[language_of()]["day_year"])


def moment_text(value: dt.datetime) -> str:
    """A moment in the active zone, always with its year: "fre 21. nov 2026 14:05"."""
    local = timezone.localtime(value)
    return f"{day_text(local.date())} {local:%H:%M}"


def page_number_css() -> str:
    """ "page 3 of 12" in the active language, as the content of a page's margin."""
    words = _("page %(page)s of %(pages)s") % {"page": "\x00page\x00", "pages": "\x00pages\x00"}
    parts = [part for part in words.split("\x00") if part]
    counters = {"page": "counter(page)", "pages": "counter(pages)"}
    return " ".join(counters.get(part) or css_string(part) for part in parts)


def head_css(head: Head, date: str) -> str:
    """The rules that differ from document to document: running heads and page numbers."""
    right = " · ".join(part for part in (head.edition, date) if part)
    return (
        f"@page {{ @top-left {{ content: {css_string(head.unit)}; }}"
        f" @top-right {{ content: {css_string(right)}; }}"
        f" @bottom-left {{ content: {css_string(head.title)}; }}"
        f" @bottom-right {{ content: {page_number_css()}; }} }}"
    )


def tokens_css() -> str:
    """The product's tokens as the document's own: paper is always light."""
    return ":root {" + "".join(f"{name}: {value};" for name, value in palette().items()) + "}"


def html_of(content: Content, *, now: dt.datetime) -> str:
    """The document as HTML, in the active language and zone."""
    context = {
        "language": language_of(),
        "head": content.head,
        "printed_at": now,
        "date": timezone.localdate(now),
        "colours": palette(),
        **content.context,
    }
    return render_to_string(content.template, context)


def pdf_write(
    content: Content, target: IO[bytes], *, now: dt.datetime, tell: Tell = lambda step, share: None
) -> Rendered:
    """Draw the document into `target`, in the active language and zone. Raises Unavailable."""
    if not is_available():
        raise Unavailable(PANGO)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    tell("drawing", 0)
    fetcher = _fetcher()
    fonts = FontConfiguration()
    style = (STATIC / "css" / "pdf.css").read_text(encoding="utf-8")
    sheets = [
        CSS(string=sheet, font_config=fonts, url_fetcher=fetcher)
        for sheet in (tokens_css(), style, head_css(content.head, day_text(timezone.localdate(now))))
    ]
    html = HTML(string=html_of(content, now=now), url_fetcher=fetcher)
    tell("laying", 0)
    with _pages_told(tell):
        laid_out = html.render(font_config=fonts, stylesheets=sheets, **_TAGGED)
    tell("writing", 0)
    laid_out.write_pdf(target, **_TAGGED)
    return Rendered(pages=len(laid_out.pages), size=target.tell())


def _fetcher() -> Any:
    """What WeasyPrint asks for every address in a document: our own table, and nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnAssets(URLFetcher):  # type: ignore[misc]
        """Knows no scheme but our own; opens no file by a name from the document, and no connection."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False)

        def fetch(self, url: str, headers: object = None) -> Any:
            body, content_type = asset(url)
            return URLFetcherResponse(url, body, {"Content-Type": content_type})

    return OwnAssets()


def asset(url: str) -> tuple[bytes, str]:
    """The bytes and type behind one of our own names. Raises Refused for every other address."""
    name = url.removeprefix(SCHEME)
    if name == url:
        logger.warning("a document asked for an address outside", extra={"scheme": url.split(":")[0][:20]})
        raise Refused("Only the product's own assets can be in a document.")
    if name in _FILES:
        path, content_type = _FILES[name]
        return (STATIC / path).read_bytes(), content_type
    if name.startswith("status-") and (status := name.removeprefix("status-")) in SHAPES:
        return status_svg(status).encode(), "image/svg+xml"
    raise Refused(name)


def status_svg(status: str, label: str = "", size: int = 16) -> str:
    """The mark of a status as a drawing of its own; `label` is what is read aloud. Unknown ones are grey."""
    name = STATUS_ALIASES.get(status or "none", "grey")
    shape = SHAPES[name].format(palette()[f"--{name}"])
    title = f"<title>{quoteattr(label)[1:-1]}</title>" if label else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="{size}" height="{size}">'
        f"{title}{shape}</svg>"
    )


_PAGE = re.compile(r"Page (\d+)")
# How many pages are a middling document: nobody knows beforehand how many it will be.
_MANY_PAGES = 25


@contextmanager
def _pages_told(tell: Tell) -> Iterator[None]:
    """Tell from WeasyPrint's own progress log how far the layout is: ever closer to the end, page by page."""
    thread = threading.get_ident()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found = _PAGE.search(record.getMessage())
            if found and record.thread == thread:
                tell("laying", 1 - math.exp(-int(found[1]) / _MANY_PAGES))

    log = logging.getLogger("weasyprint.progress")
    listener, before, spread = Listener(), log.level, log.propagate
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(listener)
        log.setLevel(before)
        log.propagate = spread
