"""Pictures of the product, made from the demo plant with a real browser. `script/screenshots` starts it.

The demo ends at the moment it is loaded, so the numbers differ from run to run; pages, sizes and colours do not.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DEMO_PASSWORD = "demo"  # noqa: S105 - printed on the demo's login page
LARGEST_BYTES = 300_000
START_SECONDS = 300
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

type Language = Literal["en", "nb"]
type Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at what, on which screen, and what has to be there before it is taken."""

    name: str
    person: str
    path: str
    wait_for: str
    language: Language = "en"
    scheme: Scheme = "light"
    phone: bool = False
    prepare: Callable[[Page], None] | None = None
    # What is taken in place of the page as it is seen: PNG.
    instead: Callable[[Page], bytes] | None = None


def open_first_round(page: Page) -> None:
    """From my shift to the first card of the first round."""
    page.locator("a.round").first.click()
    page.wait_for_selector("#walk .answers, #walk .measure, #walk .counter")


def open_running_evaluation(page: Page) -> None:
    """From the list to an item of the evaluation that is under way whose facts are measured."""
    resume = page.locator("main a[href*='/resume/']").first.get_attribute("href") or ""
    page.goto(resume.replace("resume/", ""))
    page.get_by_role("link", name="1.3.2").first.click()
    page.wait_for_load_state("networkidle")


def plan_pdf_summary(page: Page) -> bytes:
    """Have the plan's PDF made as a person does, and draw its summary page."""
    page.locator("form[action*='/plan/pdf/'] button").click()
    link = page.locator("main a[href$='/file/']").first
    link.wait_for(timeout=120_000)
    answer = page.request.get(link.get_attribute("href") or "")
    with pypdfium2.PdfDocument(answer.body()) as document:
        picture = document[1].render(scale=1.2).to_pil()
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


SHOTS = (
    Shot("dashboard", "arealeader", "/figures/?unit=EL1", "table.figure-table"),
    Shot("dashboard-dark", "arealeader", "/figures/?unit=EL1", "table.figure-table", scheme="dark"),
    Shot("dashboard-nb", "arealeader", "/figures/?unit=EL1", "table.figure-table", language="nb"),
    Shot("indicator", "arealeader", "/figures/O05/?unit=EL1&cadence=week", ".chart .main-svg"),
    Shot("shift", "operator", "/shift/", "a.round", phone=True),
    Shot("card", "operator", "/shift/", "a.round", phone=True, prepare=open_first_round),
    Shot("card-dark", "operator", "/shift/", "a.round", phone=True, scheme="dark", prepare=open_first_round),
    Shot(
        "evaluation",
        "arealeader",
        "/direction/evaluations/?unit=EL1",
        "main a[href*='/resume/']",
        prepare=open_running_evaluation,
    ),
    Shot("plan-pdf", "manager", "/direction/plan/?unit=VERK", "form[action*='/plan/pdf/']", instead=plan_pdf_summary),
)


def sign_in(page: Page, person: str) -> None:
    """Sign in as a demo person."""
    page.goto("/accounts/login/")
    page.fill(".login-form input[name=login]", person)
    page.fill(".login-form input[name=password]", DEMO_PASSWORD)
    page.locator(".login-form button").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def speak(page: Page, language: Language) -> Language:
    """Choose the person's language as the language switch does; returns the one they had."""
    had: Language = "nb" if page.evaluate("document.documentElement.lang").startswith("nb") else "en"
    if had != language:
        token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
        answer = page.request.post("/language/", form={"language": language, "next": "/", "csrfmiddlewaretoken": token})
        if not answer.ok:
            sys.exit(f"The language could not be chosen: {answer.status}")
    return had


def take(browser: Browser, address: str, shot: Shot) -> bytes:
    """The picture as PNG, of the visible part of the page."""
    context = browser.new_context(
        base_url=address,
        locale="nb-NO" if shot.language == "nb" else "en-GB",
        timezone_id="Europe/Oslo",
        color_scheme=shot.scheme,
        reduced_motion="reduce",
        viewport={"width": 390, "height": 844} if shot.phone else {"width": 1440, "height": 1120},
        device_scale_factor=2 if shot.phone else 1,
        has_touch=shot.phone,
        is_mobile=shot.phone,
    )
    context.set_default_timeout(30_000)
    try:
        page = context.new_page()
        sign_in(page, shot.person)
        had = speak(page, shot.language)
        page.goto(shot.path)
        page.wait_for_selector(shot.wait_for)
        if shot.prepare:
            shot.prepare(page)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        picture = shot.instead(page) if shot.instead else page.screenshot(animations="disabled", caret="hide")
        speak(page, had)
        return picture
    finally:
        context.close()


def small(picture: bytes) -> bytes:
    """The same picture, below the size that a page of text may carry: with a palette only where it has to be.

    A palette has no place for colours that few pixels have, such as those of a green dot.
    """
    with Image.open(io.BytesIO(picture)) as image:
        plain = image.convert("RGB")
    for colours in (0, 256, 128):
        target = io.BytesIO()
        shown = (
            plain.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE) if colours else plain
        )
        shown.save(target, "PNG", optimize=True)
        if target.tell() <= LARGEST_BYTES:
            break
    return target.getvalue()


@contextmanager
def own_demo() -> Iterator[str]:
    """The address of a demo that lives as long as the block, in a scratch folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    scratch = Path(tempfile.mkdtemp(prefix="amps-screenshots-"))
    # The database has a user of its own when root starts it.
    scratch.chmod(0o711)
    environment = {**os.environ, "AMPS_ENV": "demo", "AMPS_HOME": str(scratch / "home"), "PORT": str(port)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    server = subprocess.Popen([str(ROOT / "script" / "server")], env=environment)  # noqa: S603 - our own script
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(scratch, ignore_errors=True)


def wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return when every part of the demo is alive."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 - our own demo
                return
        except (HTTPError, URLError, OSError):
            time.sleep(1)
    sys.exit("The demo does not start.")


def make(address: str, folder: Path, names: list[str]) -> None:
    """Take the pictures and tell each one's size."""
    program = os.environ.get("AMPS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        sys.exit("The pictures need Chromium: run “apt-get install chromium” as root, then start again.")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for shot in SHOTS:
            if names and shot.name not in names:
                continue
            picture = small(take(browser, address, shot))
            (folder / f"{shot.name}.png").write_bytes(picture)
            print(f"{shot.name}.png: {len(picture) // 1000} kB", flush=True)
        browser.close()


def main() -> None:
    """Read the arguments and make the pictures."""
    parser = argparse.ArgumentParser(prog="script/screenshots", description="Make the pictures of README.md and docs/.")
    parser.add_argument("address", nargs="?", help="a running demo, such as http://localhost:8000; default: an own one")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder for the pictures; default: docs/images")
    parser.add_argument("--only", action="append", default=[], choices=[shot.name for shot in SHOTS])
    arguments = parser.parse_args()
    if arguments.address:
        make(arguments.address.rstrip("/"), arguments.to, arguments.only)
        return
    with own_demo() as address:
        make(address, arguments.to, arguments.only)


if __name__ == "__main__":
    main()
