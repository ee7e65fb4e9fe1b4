"""The settings in processes of their own: what production refuses, what an environment may say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from amps import environment as env
from amps.home import data_folder, kept_secret_key

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "AMPS_ENV": "production",
    "SECRET_KEY": "k3Jd9-long-enough-and-not-guessable-at-all-9sKd02mQpLx7Zr4Tn",
    "DATABASE_URL": "postgresql://amps:x@db.example.com/amps",
    "REDIS_URL": "redis://redis.example.com/0",
    "ALLOWED_HOSTS": "amps.example.com",
}


def run(*command, **variables):
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "amps.settings", **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def settings_of(**variables):
    return run("-c", "import amps.settings", **variables)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY (or SECRET_KEY_FILE) is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"DATABASE_URL": ""}, "DATABASE_URL (or DATABASE_URL_FILE) is missing"),
        ({"REDIS_URL": ""}, "REDIS_URL (or REDIS_URL_FILE) is missing"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is missing"),
        ({"AMPS_DEBUG": "1"}, "AMPS_DEBUG is on"),
        ({"AMPS_DEBUG": "perhaps"}, "AMPS_DEBUG is “perhaps”"),
        ({"AMPS_ENV": "live"}, "AMPS_ENV is “live”, but must be one of: demo, production"),
        ({"DATABASE_URL": "mysql://x/y"}, "AMPS runs on PostgreSQL only"),
    ],
)
def test_production_refuses(change, sentence):
    result = settings_of(**PRODUCTION | change)
    assert result.returncode == 1
    assert sentence in result.stderr


def test_production_names_everything_at_once():
    result = settings_of(AMPS_ENV="production")
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"):
        assert f"- {name}" in result.stderr


def test_production_is_clean():
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_production_reads_secrets_from_files(tmp_path):
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        (tmp_path / name).write_text(PRODUCTION[name] + "\n")
    variables = {key: value for key, value in PRODUCTION.items() if not (tmp_path / key).exists()}
    files = {f"{path.name}_FILE": str(path) for path in tmp_path.iterdir()}
    assert settings_of(**variables, **files).returncode == 0


def test_a_demo_keeps_its_secret_key_and_finds_the_running_database(tmp_path):
    (tmp_path / "database_url").write_text("postgresql://postgres@/plant?host=/run/somewhere\n")
    code = (
        "import amps.settings as s; d = s.DATABASES['default']; "
        "print(s.SECRET_KEY, d['NAME'], d['HOST'], s.CELERY_BROKER_URL, s.DEBUG)"
    )
    first, second = (run("-c", code, AMPS_HOME=str(tmp_path)).stdout for _ in range(2))
    assert first == second
    assert first.split()[1:] == ["plant", "/run/somewhere", "filesystem://localhost", "False"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_database_addresses():
    entry = env.database_from_url("postgres://an%40a:p%2Fw@db:6432/pl%C3%A5nt?sslmode=require")
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "an@a", "p/w", "db", "6432", "plånt",
    )  # fmt: skip
    assert entry["OPTIONS"] == {"sslmode": "require"}
    assert env.database_from_url("postgresql://postgres@/amps?host=/var/x")["HOST"] == "/var/x"


@pytest.mark.parametrize("url", ["", "sqlite:///x", "postgresql://host", "postgresql://host:port/name"])
def test_bad_database_addresses(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database_from_url(url)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("", True)])
def test_truth(monkeypatch, text, value):
    monkeypatch.setenv("X", text)
    assert env.env_bool("X", default=True) is value


@pytest.mark.parametrize("text", ["x", "1.5", "0", "11"])
def test_bad_numbers(monkeypatch, text):
    monkeypatch.setenv("X", text)
    with pytest.raises(ImproperlyConfigured, match="X is"):
        env.env_int("X", 3, least=1, most=10)


def test_good_numbers(monkeypatch):
    monkeypatch.setenv("X", " 10 ")
    assert env.env_int("X", 3, least=1, most=10) == 10
    monkeypatch.delenv("X")
    assert env.env_int("X", 3) == 3


def test_secrets_from_files(monkeypatch, tmp_path):
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    with pytest.raises(ImproperlyConfigured, match="unreadable"):
        env.env_secret("X")
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="empty"):
        env.env_secret("X")
    (tmp_path / "secret").write_text("top\n")
    assert env.env_secret("X") == "top"
    monkeypatch.setenv("X", "other")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        env.env_secret("X")


def test_a_damaged_secret_key_is_not_used(tmp_path):
    (tmp_path / "secret_key").write_text("abc")
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        kept_secret_key(tmp_path)


def test_a_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured, match="Set AMPS_HOME"):
        kept_secret_key(tmp_path / "file" / "home")


def test_where_the_data_folder_is(monkeypatch, tmp_path):
    monkeypatch.setenv("AMPS_HOME", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("AMPS_HOME")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert data_folder() == Path("/somewhere/amps")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert data_folder() == Path("/var/lib/amps")
