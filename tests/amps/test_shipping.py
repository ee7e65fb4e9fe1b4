"""The files that ship the product: compose file, image, locks, examples, scripts."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from script.lint_templates import findings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "schedule", "migrate")


def test_compose_has_every_part():
    assert set(SERVICES) == {"web", "worker", "schedule", "migrate", "postgres", "redis"}
    assert SERVICES["postgres"]["image"].startswith("postgres:18")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_part_is_watched_and_started_again(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_our_parts_run_in_production_without_privileges(name):
    service = SERVICES[name]
    assert service["environment"]["AMPS_ENV"] == "production"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service, "the image's own user"


def test_the_image_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["amps"]


def test_the_rest_waits_for_the_migration():
    for name in ("web", "worker", "schedule"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["restart"] == "no"
    assert set(SERVICES["migrate"]["depends_on"]) == {"postgres", "redis"}


def test_volumes_and_secrets_are_declared():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]


def test_nothing_has_a_default_password():
    text = (ROOT / "docker-compose.yml").read_text()
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        if re.search(r"SECRET|PASSWORD|KEY", name):
            assert default == "", name
    assert not re.search(r"(?i)password:[ \t]+[^$\s{\[]", text)
    for line in (ROOT / ".env.example").read_text().splitlines():
        if re.match(r"\w*(SECRET|PASSWORD)\w*=", line):
            assert line.endswith("="), line


def test_the_example_explains_every_variable():
    example = (ROOT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    for source in ("amps/settings.py", "amps/home.py", "amps/gunicorn_conf.py", "amps/supervisor.py"):
        asked |= set(re.findall(r'env_\w+\(\s*"(\w+)"', (ROOT / source).read_text()))
    asked -= {"XDG_DATA_HOME"}
    missing = {name for name in asked if not re.search(rf"^#? ?{name}=", example, re.MULTILINE)}
    assert missing == set()


@pytest.mark.parametrize(
    ("name", "least"), [("requirements.lock", 40), ("requirements-dev.lock", 60), ("requirements-installer.lock", 1)]
)
def test_locks_are_hashed_and_name_no_host(name, least):
    text = (ROOT / name).read_text()
    pins = re.findall(r"^([a-z0-9._-]+)==\S+.*?\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]\S*==", text, re.MULTILINE)) >= least
    assert "://" not in text
    assert "index" not in text


def test_the_test_lock_holds_what_the_product_runs_on():
    def pins(name):
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") < pins("requirements-dev.lock")


def test_every_dependency_is_locked():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = set(
        re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    for wanted in project["dependencies"] + project["optional-dependencies"]["embedded"]:
        name = re.match(r"[\w.-]+", wanted)
        assert name
        assert re.sub(r"[-_.]+", "-", name.group()).lower() in locked


@pytest.mark.parametrize("name", ["server", "test", "lock", "entrypoint", "bootstrap.sh"])
def test_scripts_parse(name):
    path = ROOT / "script" / name
    shell = "sh" if path.read_text().startswith("#!/bin/sh") else "bash"
    subprocess.run([shell, "-n", str(path)], check=True)
    assert name == "bootstrap.sh" or path.stat().st_mode & 0o111


def test_ci_runs_the_test_script():
    assert "script/test" in (ROOT / ".ci" / "run").read_text()


BAD_TEMPLATES = {
    "<script>alert(1)</script>": "inline script",
    "<script\n  defer>x()</script>": "inline script",
    "<style>p {}</style>": "inline style sheet",
    '<p class="a"\n style="color: red">': "style attribute",
    "<button onclick='x()'>": "on… attribute",
    '<a href="javascript:x()">': "javascript: address",
    '<p hx-on:click="x()">': "hx-on needs eval",
    "<p hx-vals='js:{a: b()}'>": "hx-vals js: needs eval",
    '<script src="https://cdn.example.com/x.js"></script>': "asset from another host",
}
GOOD_TEMPLATES = (
    '<script src="{% static "js/app.js" %}" defer></script>',
    '<script type="application/json" id="x">{}</script>',
    '{# <p style="x"> #}<p data-style="a" class="on">only = words</p>',
    "{% comment %}<script>x</script>{% endcomment %}",
    '<svg width="3"><rect fill="none" stroke-width="2"/></svg>',
)


@pytest.mark.parametrize("text", BAD_TEMPLATES)
def test_template_lint_finds(text):
    assert (1, BAD_TEMPLATES[text]) in findings(text)


@pytest.mark.parametrize("text", GOOD_TEMPLATES)
def test_template_lint_is_content(text):
    assert findings(text) == []


def test_template_lint_counts_lines():
    assert findings("{# one\ntwo #}\n<style>") == [(3, "inline style sheet")]
