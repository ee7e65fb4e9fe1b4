"""The renderer's own rules: nothing from files or the network, words that cannot leave their string, missing Pango."""

from __future__ import annotations

import builtins
import http.server
import io
import threading

import pypdf
import pytest
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from amps.documents import Content, Head, charts, rendering
from amps.documents.charts import Series, Spoke
from tests.documents.conftest import NOW

HEAD = Head("Electrolysis", "2026", "A test")


@pytest.fixture
def draw(monkeypatch):
    """Draw raw HTML, as if the templates had let it through: the fetcher is what stands behind them."""

    def one(html: str, head: Head = HEAD) -> bytes:
        page = f'<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>{html}</body></html>'
        monkeypatch.setattr(rendering, "html_of", lambda content, *, now: page)
        target = io.BytesIO()
        with translation.override("en"):
            rendering.pdf_write(Content("unused", head=head), target, now=NOW)
        return target.getvalue()

    return one


@pytest.fixture
def counting_server():
    """A server on this machine that counts who asks."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_no_address_outside_is_asked_for_and_no_file_read(draw, counting_server, tmp_path):
    address, asked = counting_server
    secret = tmp_path / "secret.txt"
    secret.write_text("THESECRET")
    picture = tmp_path / "secret.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>THESECRET</text></svg>')
    data = draw(
        f"""<link rel="stylesheet" href="{address}/a.css"><link rel="attachment" href="file://{secret}">
        <style>@import url({address}/b.css); p {{ background: url({address}/c.png); }}
        @font-face {{ font-family: x; src: url({address}/d.woff2); }}</style>
        <img src="{address}/e.png"><img src="file://{picture}"><img src="ftp://127.0.0.1/f.png">
        <object data="{address}/g.svg"></object><embed src="file://{secret}">
        <svg width="9" height="9"><image href="{address}/h.png"/><use href="file://{picture}#x"/></svg>
        <p>what is left</p>"""
    )
    paper = pypdf.PdfReader(io.BytesIO(data))
    assert asked == []
    assert "what is left" in paper.pages[0].extract_text()
    assert "THESECRET" not in paper.pages[0].extract_text()
    assert b"THESECRET" not in data
    assert paper.attachments == {}


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "FILE:///etc/passwd", "http://127.0.0.1/", "https://127.0.0.1/", "ftp://127.0.0.1/x",
        "data:text/plain,hello", "asset:../settings.py", "asset:font/../../x", "asset:status-../x",
        "asset:", "//127.0.0.1/x", "gopher://x", "asset://font",
    ],
)  # fmt: skip
def test_only_the_table_of_our_own_assets_is_known(address):
    with pytest.raises(rendering.Refused):
        rendering.asset(address)
    with pytest.raises(rendering.Refused):
        rendering._fetcher().fetch(address)


def test_our_own_assets_are_there():
    assert rendering.asset("asset:font")[0][:4] == b"wOF2"
    assert rendering.asset("asset:mark")[1] == "image/svg+xml"
    assert rendering.asset("asset:status-red")[0].startswith(b"<svg")


def test_names_that_people_wrote_stay_text_in_heads_and_templates(draw):
    head = Head('"; } @page { size: A5 } * { color: url(file:///etc/passwd) } /*', "</style><b>2026", "<i>title</i> \\")
    data = draw("<p>page</p>", head)
    paper = pypdf.PdfReader(io.BytesIO(data))
    assert round(float(paper.pages[0].mediabox[2])) == 595
    text = paper.pages[0].extract_text()
    assert "</style><b>2026" in text
    assert "<i>title</i> \\" in text
    shown = engines["django"].from_string('{% extends "pdf/base.html" %}').render({"head": head, "language": "nb"})
    assert "<i>" not in shown
    assert "&lt;i&gt;title" in shown


@given(st.text(max_size=40))
def test_a_css_string_holds_any_text(text):
    import tinycss2  # type: ignore[import-untyped]

    [token] = tinycss2.parse_component_value_list(rendering.css_string(text))
    # A NUL is no character in CSS.
    assert (token.type, token.value) == ("string", text.replace("\0", "\ufffd"))


@given(
    st.lists(st.tuples(st.text(max_size=60), st.lists(st.integers(0, 500), min_size=2, max_size=2)), max_size=6),
)
def test_bars_of_anything_are_drawn_within_their_width(rows):
    from xml.etree import ElementTree

    series = (Series("<b>", "--green"), Series("&", "--red", hatched=True))
    drawn = charts.stacked_bars([(words, values) for words, values in rows], series, title="<&>")
    clean = "".join(sign for sign in drawn if sign.isprintable() or sign == " ")
    for box in ElementTree.fromstring(clean).iter(  # noqa: S314 - our own drawing
        "{http://www.w3.org/2000/svg}rect"
    ):
        assert float(box.get("width")) >= 0
        assert float(box.get("x")) + float(box.get("width")) <= charts.WIDE


def test_charts_say_in_words_what_they_show():
    series = (Series("Now", "--accent"), Series("Before", "--amber", hatched=True))
    for drawing in (
        charts.columns(["Jan"], [[1, 2]], series, title="Per month"),
        charts.pairs([("One", 1.5, 0.0)], series, title="Per month"),
        charts.radar([Spoke("One", (50.0, None)), Spoke("Two", (None, 20.0))], series, title="Per month"),
        charts.radar([], series, title="Per month"),
        charts.status_grid([("1.1 Rule", [("1.1.1", "green"), ("1.1.2", "none")])], title="Per month"),
    ):
        assert "<title>Per month</title>" in drawing


def test_a_status_is_another_shape_not_only_another_colour():
    shapes = [rendering.SHAPES[name].split("fill")[0] for name in ("green", "amber", "red", "signal")]
    assert len(set(shapes)) == 4


def test_without_pango_it_is_unavailable_and_nothing_else_breaks(monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    rendering.is_available.cache_clear()
    try:
        assert not rendering.is_available()
        with pytest.raises(rendering.Unavailable):
            rendering.pdf_write(Content("pdf/base.html", head=HEAD), io.BytesIO(), now=NOW)
    finally:
        rendering.is_available.cache_clear()


def test_page_numbers_are_in_the_documents_language():
    with translation.override("en"):
        assert rendering.page_number_css() == r'"page\000020" counter(page) "\000020of\000020" counter(pages)'
