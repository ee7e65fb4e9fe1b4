"""The documents tell the truth of today: links, commands, names and tables are held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver

from principles.teams.models import Role
from principles.teams.permissions import CAPABILITIES, Capability

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

CAPABILITY_WORDS = {
    Capability.OBSERVE: "log observations, walk rounds, correct and undo one's own",
    Capability.CORRECT: "correct anybody's observation, with a reason",
    Capability.SEE_NAMES: "see the names behind observations, and who works there",
    Capability.DRAFT_SOP: "draft a new revision of an SOP",
    Capability.APPROVE_SOP: "approve a revision written by somebody else",
    Capability.EDIT_PLANS: "edit observation plans",
    Capability.EDIT_TARGETS: "set targets, put events on charts",
    Capability.REVIEW_CLOSINGS: "review closed periods",
    Capability.IMPORT: "import observations",
    Capability.EDIT_UNITS: "edit units, equipment and their places",
    Capability.EDIT_PEOPLE: "edit people, roles and crews",
    Capability.EDIT_CALENDAR: "edit rota and shift calendar (whole plant)",
    Capability.READ_AUDIT: "read the audit trail",
    Capability.REPORT_DEVIATION: "open a deviation, say what was done at once",
    Capability.MANAGE_DEVIATION: "find the root cause, follow up and close a deviation",
    Capability.MANAGE_ACTIONS: "make actions, move dates, verify effects",
    Capability.RUN_MEETINGS: "open, lead and end meetings",
    Capability.EDIT_AGREEMENTS: "edit the register of customers and suppliers, draft agreements",
    Capability.SIGN_AGREEMENTS: "sign an agreement for one's party, confirm that a breach is closed",
    Capability.REPORT_BREACH: "report a breach of an agreement, answer for one",
    Capability.OPEN_EVALUATION: "open a self-evaluation, choose its group, reopen it",
    Capability.EDIT_ROADMAP: "roadmap targets and local items; in the whole plant: a newer standard",
    Capability.EDIT_BUSINESS_PLAN: "entries and challenges of the business plan; in the whole plant: the plan year",
    Capability.EDIT_FLOW: "routes, capacities, demand",
}
ROLE_WORDS = {
    Role.OPERATOR: "Operator",
    Role.SHIFT_LEAD: "Shift lead",
    Role.TECHNICAL_LEAD: "Technical lead",
    Role.AREA_LEADER: "Area leader",
    Role.MAINTENANCE: "Maintenance",
    Role.SUPPORT: "Support",
    Role.PLANT_MANAGER: "Plant manager",
    Role.ADMINISTRATOR: "Administrator",
    Role.CUSTOMER: "Customer",
}


def permission_table() -> str:
    """The table of docs/permissions.md as the code has it."""
    lines = [
        "| may … | " + " | ".join(ROLE_WORDS[role] for role in Role) + " |",
        "|---|" + ":-:|" * len(Role),
    ]
    lines += [
        f"| {CAPABILITY_WORDS[capability]} (`{capability}`) | "
        + " | ".join("●" if capability in CAPABILITIES[role] else "" for role in Role)
        + " |"
        for capability in Capability
    ]
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks_of(text: str) -> list[str]:
    """What stands between single backquotes on one line."""
    return re.findall(r"`([^`\n]+)`", text)


def anchors_of(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_the_permission_table_is_that_of_the_code():
    assert permission_table() in text_of("docs/permissions.md")


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_lead_somewhere(name):
    text = text_of(name)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    missing = []
    for target in targets:
        if re.match(r"https?://localhost[:/]", target):
            continue
        assert "://" not in target, target
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        if not page.exists() or (anchor and anchor not in anchors_of(page.read_text(encoding="utf-8"))):
            missing.append(target)
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_named_exist(name):
    roots = "amps|principles|sops|observations|kpis|templates|static|tests|script|docs|locale"
    named = {
        block.split()[0].rstrip("/,")
        for block in blocks_of(text_of(name))
        if re.match(rf"(?:{roots})/[\w./*-]+", block) and "<" not in block
    }
    missing = sorted(path for path in named if not any(ROOT.glob(path)))
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_that_are_named_exist(name):
    text = text_of(name)
    ours = get_commands()
    unknown = {command for command in re.findall(r"manage\.py (\w+)", text) if command not in ours}
    assert unknown == set()
    # Addresses such as /script/… are none; a command stands at the start of a line or of a quotation.
    scripts = set(re.findall(r"(?:^|[ `])script/([\w.-]+)", text, re.MULTILINE))
    assert {script for script in scripts if not (ROOT / "script" / script.rstrip(".")).exists()} == set()


def test_functions_of_the_architecture_exist():
    """`module.function` and `Model` in docs/architecture.md are names of the code."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("amps", "principles", "sops", "observations", "kpis", "static/js")
        for path in (ROOT / folder).rglob("*.[pj][ys]")
        if "migrations" not in path.parts
    )
    defined = set(re.findall(r"^\s*(?:def|class|async def) (\w+)", code, re.MULTILINE))
    text = text_of("docs/architecture.md")
    called = set(re.findall(r"\b(?:taps|recording|planning|nudging|rollup|recount|figures|closing|audit)\.(\w+)", text))
    called |= {name for block in blocks_of(text) for name in re.findall(r"^([a-z]+_[a-z_]+)$", block)}
    called |= {name for block in blocks_of(text) for name in re.findall(r"^([A-Z][a-z]+(?:[A-Z][a-z]+)*)$", block)}
    called -= {"py", "json_script"}
    assert called - defined == set()


def configuration() -> set[str]:
    """Every variable that settings, compose file or example know."""
    example = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)", text_of("docker-compose.yml")))
    for source in ("amps/settings.py", "amps/home.py", "amps/gunicorn_conf.py", "amps/supervisor.py"):
        asked |= set(re.findall(r'env_\w+\(\s*"(\w+)"', text_of(source)))
    return (example | asked) - {"XDG_DATA_HOME"}


def test_the_configuration_table_names_every_variable_and_no_other():
    section = text_of("README.md").partition("## Configuration")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in blocks_of(row)}
    assert named == configuration()


def test_the_demo_logins_are_those_of_the_demo():
    from amps.demo.people import DEMO_LOGINS, DEMO_PASSWORD

    section = text_of("README.md").partition("## Try it")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in blocks_of(row)} == {login.username for login in DEMO_LOGINS}
    assert f"password `{DEMO_PASSWORD}`" in section


@pytest.mark.parametrize("name", NAMES)
def test_addresses_that_are_named_exist(name):
    """`/figures/…` and the like: the beginning of one of our addresses."""
    patterns = {"/" + str(entry.pattern) for entry in get_resolver().url_patterns}
    patterns |= {
        "/" + str(outer.pattern) + str(inner.pattern)
        for outer in get_resolver().url_patterns
        for inner in getattr(outer, "url_patterns", [])
    }
    plain = {re.sub(r"<[^>]*>", "<>", pattern) for pattern in patterns}
    named = {block for block in blocks_of(text_of(name)) if re.match(r"/[a-z][a-z-]*(/|$)", block)}
    named = {block for block in named if not re.match(r"/(var|run|opt|etc|tmp|data)/", block)}
    assert {block for block in named if re.sub(r"<[^>]*>", "<>", block) not in plain} == set()


@pytest.mark.parametrize("name", NAMES)
def test_words_that_promise_or_advertise_are_absent(name):
    text = text_of(name).lower()
    words = ("todo", "fixme", "coming soon", "seamless", "world-class", "cutting-edge", "state of the art", "powerful",
             "leverage", "robust", "blazing", "best-in-class", "revolution")  # fmt: skip
    assert [word for word in words if re.search(rf"\b{word}", text)] == []


def test_pictures_are_small_and_none_is_forgotten():
    pictures = {path.name: path for path in (ROOT / "docs" / "images").glob("*.png")}
    shown = {name for page in NAMES for name in re.findall(r"images/([\w-]+\.png)", text_of(page))}
    assert shown == set(pictures)
    assert {name for name, path in pictures.items() if path.stat().st_size >= 300_000} == set()
    assert {name for name, path in pictures.items() if not path.read_bytes().startswith(b"\x89PNG")} == set()
