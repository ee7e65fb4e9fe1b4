"""The design's promises: contrast, one place for colours, nothing inline, weight, error pages without a database."""

import gzip
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.views import defaults

from amps import navigation
from amps.tokens import TOKENS_FILE, declarations, palette

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
OWN_CSS = sorted((STATIC / "css").glob("*.css"))
OWN_JS = sorted((STATIC / "js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
GROUNDS = ("--bg", "--surface", "--surface-2")
INKS = ("--ink", "--ink-2", "--ink-3", "--accent", "--accent-strong")
STATUSES = ("--green", "--amber", "--red", "--grey", "--signal")
ON_COLOUR = (
    ("--accent-ink", "--accent"),
    ("--accent-ink", "--accent-strong"),
    ("--danger-ink", "--danger"),
    ("--danger-ink", "--red"),
    ("--head-ink", "--head"),
    ("--head-ink-2", "--head"),
    ("--head-ink", "--head-line"),
    ("--head-current", "--head"),
    ("--accent-strong", "--accent-soft"),
    ("--accent", "--accent-soft"),
    ("--ink", "--accent-soft"),
    ("--ink", "--accent-line"),
    ("--ink", "--surface-3"),
    ("--ink-2", "--surface-3"),
)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs():
    yield from ((ink, ground) for ink in (*INKS, *STATUSES) for ground in GROUNDS)
    yield from ((status, f"{status}-soft") for status in STATUSES)
    yield from (("--ink", f"{status}-soft") for status in STATUSES)
    yield from ON_COLOUR


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(theme):
    tokens = palette(theme)
    weak = {
        pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2)
        for pair in pairs()
        if contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_controls_focus_and_series_have_a_contrast_of_at_least_three(theme):
    tokens = palette(theme)
    seen = ("--line-strong", "--focus", *(f"--series-{n}" for n in range(1, 7)))
    weak = {(c, g) for c in seen for g in GROUNDS if contrast(tokens[c], tokens[g]) < 3}
    assert weak == set()
    assert contrast(tokens["--head-current"], tokens["--head"]) >= 3


def test_both_dark_blocks_are_the_same_and_every_dark_colour_has_a_light_one():
    css = TOKENS_FILE.read_text()
    assert declarations(css, "dark") == declarations(css, "auto")
    assert declarations(css, "dark").keys() <= declarations(css, "light").keys()


def test_colours_stand_in_the_token_file_only():
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\(")
    offenders = {
        path.name: colour.findall(path.read_text())
        for path in (*OWN_CSS, *OWN_JS)
        if path.name != "tokens.css" and colour.search(path.read_text())
    }
    assert offenders == {}


def test_every_token_used_is_defined():
    known = palette("light").keys()
    used = {token for path in (*OWN_CSS, *OWN_JS) for token in re.findall(r"var\((--[\w-]+)\)", path.read_text())} - {
        "--name"
    }
    assert used - known == set()


def test_every_status_has_a_shape_of_its_own():
    sprite = (STATIC / "icons.svg").read_text()
    shapes = re.findall(r'<symbol id="st-\w+"[^>]*>(.*?)</symbol>', sprite)
    assert len(shapes) == 5
    assert len(set(shapes)) == 5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_inline_and_nothing_from_elsewhere(path):
    html = path.read_text()
    assert not re.search(r"<style\b", html)
    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", html)


def test_every_icon_asked_for_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    asked = {name for path in TEMPLATES for name in re.findall(r"{% icon [\"']([\w-]+)[\"']", path.read_text())}
    assert asked - sprite == set()


def test_share_button_of_charts_is_off():
    assert "showSendToCloud: false" in (STATIC / "js" / "charts.js").read_text()


def weight(*paths):
    """Bytes on the wire: woff2 is packed already, the rest goes gzipped."""
    return sum(p.stat().st_size if p.suffix == ".woff2" else len(gzip.compress(p.read_bytes(), 9)) for p in paths)


def test_frame_and_chart_library_leave_room_in_the_page_budget():
    frame = [
        STATIC / "css" / "tokens.css",
        STATIC / "css" / "app.css",
        STATIC / "js" / "app.js",
        STATIC / "vendor" / "htmx" / "htmx.min.js",
        STATIC / "icons.svg",
        STATIC / "img" / "mark.svg",
        *(STATIC / "vendor" / "atkinson").glob("*.woff2"),
    ]
    charts = [STATIC / "vendor" / "plotly" / "plotly-cartesian.min.js", STATIC / "js" / "charts.js"]
    assert weight(*frame) < 110_000
    assert weight(*frame, *charts) < 640_000


def test_every_vendored_part_has_its_licence_and_a_line_in_the_table():
    table = (STATIC / "vendor" / "README.md").read_text()
    for folder in (STATIC / "vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE").is_file()
            assert f"{folder.name}/" in table


@pytest.mark.parametrize("language", ["nb", "en"])
def test_error_pages_need_no_database(language):
    """No database is set up for this test: a query would raise."""
    request = RequestFactory().get("/x/")
    request.user = SimpleNamespace(is_authenticated=True)
    with translation.override(language):
        answers = {
            400: defaults.bad_request(request, Exception()),
            403: defaults.permission_denied(request, Exception()),
            404: defaults.page_not_found(request, Exception("inner detail")),
            500: defaults.server_error(request),
        }
        answers[4030] = SimpleNamespace(
            content=render_to_string("403_csrf.html").encode(), status_code=4030, charset="utf-8"
        )
    for code, answer in answers.items():
        html = answer.content.decode()
        assert answer.status_code == code
        assert f'<html lang="{language}"' in html
        assert html.count("<h1>") == 1
        assert "inner detail" not in html
        assert 'href="/"' in html


def test_refusal_gives_the_reason_when_there_is_one():
    request = RequestFactory().get("/x/")
    request.user = SimpleNamespace(is_authenticated=True)
    with translation.override("en"):
        html = defaults.permission_denied(request, Exception("Only the technical lead approves.")).content.decode()
    assert "Only the technical lead approves." in html


@pytest.fixture
def own_navigation(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", {})
    monkeypatch.setattr(navigation, "_unit_menus", [])


def page_of(path):
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(is_authenticated=True)
    return request


@pytest.mark.usefixtures("own_navigation")
def test_place_is_hidden_without_permission_and_its_link_is_the_first_allowed():
    navigation.register(place="figures", key="health", label="Health", url_name="healthz", order=2)
    navigation.register(
        place="figures", key="secret", label="Secret", url_name="account_logout", order=1, allowed=lambda r: False
    )
    navigation.register(place="shift", key="none", label="None", url_name="account_logout", allowed=lambda r: False)
    navigation.register(place="standards", key="gone", label="Gone", url_name="no-such-address")
    places = navigation.places(page_of("/healthz"))
    assert [place["key"] for place in places] == ["figures"]
    assert places[0]["url"] == "/healthz"
    assert places[0]["current"] is True
    assert [entry["label"] for entry in places[0]["entries"]] == ["Health"]


@pytest.mark.usefixtures("own_navigation")
def test_the_link_that_reaches_furthest_is_the_current_one():
    navigation.register(place="shift", key="a", label="A", url_name="healthz", prefixes=("/rounds/",))
    navigation.register(place="figures", key="b", label="B", url_name="account_login", prefixes=("/rounds/missed/",))
    current = [p["key"] for p in navigation.places(page_of("/rounds/missed/7/")) if p["current"]]
    assert current == ["figures"]
    assert not any(p["current"] for p in navigation.places(page_of("/elsewhere/")))


@pytest.mark.usefixtures("own_navigation")
def test_unknown_place_is_refused():
    with pytest.raises(KeyError):
        navigation.register(place="basement", key="a", label="A", url_name="healthz")
