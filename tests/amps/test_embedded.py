"""The embedded database: real servers in folders of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from amps import embedded
from amps.embedded import EmbeddedError, EmbeddedServer

QUICK = ("fsync=off", "max_connections=10", "shared_buffers=4MB")


@pytest.fixture
def home():
    """A data folder that the database's own user can reach, in a parent with an unusual mode."""
    parent = Path(tempfile.mkdtemp(prefix="amps-embedded-"))
    parent.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield parent / "home"
    EmbeddedServer(parent / "home").stop()
    shutil.rmtree(parent)


def modes_above(path):
    return {str(parent): parent.stat().st_mode for parent in path.parents}


def ask(url, question="SELECT datcollate || ' ' || datlocprovider::text FROM pg_database WHERE datname = 'amps'"):
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_it_starts_twice_and_keeps_its_data_and_changes_no_mode_outside(home):
    before = modes_above(home)
    server = EmbeddedServer(home, options=QUICK)
    url = server.start()
    assert server.is_running()
    assert server.url_file.read_text().strip() == url
    assert ask(url) == "C b"
    assert ask(url, "SELECT datlocale FROM pg_database WHERE datname = 'amps'") == "C.UTF-8"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert server.start() == url, "a server that runs is taken over"
    server.stop()
    assert not server.is_running()
    assert not server.url_file.exists()
    server.start()
    assert ask(url, "SELECT n FROM kept") == 7
    assert modes_above(home) == before
    assert server.data.stat().st_mode & 0o777 == 0o700


def test_it_starts_after_a_hard_kill(home):
    server = EmbeddedServer(home, options=QUICK)
    url = server.start()
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    server.start()
    assert ask(url, "SELECT 1") == 1


def test_two_run_beside_each_other(home):
    one, other = EmbeddedServer(home, options=QUICK), EmbeddedServer(home.parent / "other", options=QUICK)
    try:
        assert one.start() != other.start()
        assert one.is_running()
        assert other.is_running()
    finally:
        other.stop()
    assert one.is_running()


def test_a_long_path_gets_a_short_socket(home):
    long = EmbeddedServer(home / ("x" * 60) / ("y" * 60), options=QUICK)
    url = long.start()
    try:
        assert ask(url, "SELECT 1") == 1
        folder = Path(url.partition("host=")[2])
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        long.stop()
    assert not folder.exists()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(home):
    (home / "postgresql.unfinished" / "base").mkdir(parents=True)
    (home / "postgresql.unfinished" / "PG_VERSION").write_text("18\n")
    assert ask(EmbeddedServer(home, options=QUICK).start(), "SELECT 1") == 1


def test_another_version_is_refused(home):
    server = EmbeddedServer(home)
    server._prepare_home()
    (server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 16"):
        server.start()


def test_a_folder_that_cannot_be_used_is_named(home):
    home.write_text("a file")
    with pytest.raises(EmbeddedError, match="cannot be used"):
        EmbeddedServer(home).start()
    home.unlink()


if os.geteuid() == 0:  # only root hands the server to another user

    def test_a_closed_parent_is_refused_by_name_and_stays_closed(home):
        home.parent.chmod(0o700)
        with pytest.raises(EmbeddedError, match="Set AMPS_HOME to a place"):
            EmbeddedServer(home).start()
        assert home.parent.stat().st_mode & 0o777 == 0o700

    def test_programs_out_of_reach_are_copied(home, monkeypatch):
        monkeypatch.setattr(embedded, "_may_run", lambda user, program: False)
        server = EmbeddedServer(home, options=QUICK)
        assert ask(server.start(), "SELECT 1") == 1
        assert str(server._programs()).startswith(str(home))


def test_not_installed(monkeypatch):
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match="Set DATABASE_URL"):
        embedded.installed_programs()


def test_as_a_command_it_stops_when_asked(home):
    process = subprocess.Popen(
        [sys.executable, "-m", "amps.embedded", "run", str(home), *QUICK], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert ask(url, "SELECT 1") == 1
    process.terminate()
    assert process.wait(30) == 0
    assert not EmbeddedServer(home).is_running()
    process.stdout.close()
