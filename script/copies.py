"""Backup and restore of one installation. `script/backup` and `script/restore` start it.

A copy is a folder with two files: `database.dump` (everything that is entered and counted) and `media.tar` (uploads).
The database is copied first: photos are only ever added, so every photo that the dump knows is in the archive.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amps.settings")

import psycopg  # noqa: E402 - after the path is known
from django.conf import settings  # noqa: E402

from amps.embedded import MAJOR, EmbeddedError, EmbeddedServer, installed_programs  # noqa: E402
from amps.environment import database_from_url  # noqa: E402
from amps.supervisor import HomeLock  # noqa: E402

DATABASE_FILE = "database.dump"
MEDIA_FILE = "media.tar"


class CopyError(Exception):
    """A copy cannot be made or brought back; the text says why."""


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """libpq's environment for this installation's database; the embedded server is started when it does not run."""
    if settings.DATABASE_URL or settings.EMBEDDED_DATABASE_URL_FILE.is_file():
        yield libpq_environment(settings.DATABASES["default"])
        return
    server = EmbeddedServer(settings.AMPS_HOME)
    with HomeLock(settings.AMPS_HOME):
        try:
            yield libpq_environment(database_from_url(server.start()))
        finally:
            server.stop()


def libpq_environment(entry: dict[str, object]) -> dict[str, str]:
    """The environment that makes PostgreSQL's programs connect there; a password never stands in a command line."""
    names = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    found = {variable: str(entry[name]) for name, variable in names.items() if entry.get(name)}
    options = entry.get("OPTIONS")
    if isinstance(options, dict):
        found |= {f"PG{name.upper()}": value for name, value in options.items() if isinstance(value, str)}
    return {**os.environ, **found}


def program(name: str) -> str:
    """One of PostgreSQL's programs: of the embedded server when it is installed, else of this machine."""
    try:
        return str(installed_programs() / name)
    except EmbeddedError:
        found = shutil.which(name)
        if not found:
            raise CopyError(f"{name} is missing: install the client programs of PostgreSQL {MAJOR}.") from None
        return found


def backup(into: Path) -> Path:
    """Make a folder named by the time (UTC) below `into` and fill it; returns it. Raises CopyError."""
    name = f"amps-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    unfinished, folder = into / f"{name}.unfinished", into / name
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        with database() as environment:
            run([program("pg_dump"), "--format=custom", f"--file={unfinished / DATABASE_FILE}"], environment)
        with tarfile.open(unfinished / MEDIA_FILE, "w") as archive:
            if settings.MEDIA_ROOT.is_dir():
                archive.add(settings.MEDIA_ROOT, arcname=".")
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    # Only a complete copy gets its name.
    return unfinished.rename(folder)


def restore(folder: Path) -> None:
    """Bring a copy back into an empty database and an empty media folder. Raises CopyError, with nothing changed."""
    for name in (DATABASE_FILE, MEDIA_FILE):
        if not (folder / name).is_file():
            raise CopyError(f"{folder} holds no {name}: it is not a copy made by script/backup.")
    media: Path = settings.MEDIA_ROOT
    if media.is_dir() and any(media.iterdir()):
        raise CopyError(f"There are uploads in {media} already. A copy is brought back into an empty installation.")
    with database() as environment:
        refuse_used_database(environment)
        # All or nothing: an interrupted restore leaves the database as empty as it was.
        run(
            [
                program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                f"--dbname={environment['PGDATABASE']}", str(folder / DATABASE_FILE),
            ],
            environment,
        )  # fmt: skip
    media.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / MEDIA_FILE) as archive:
        archive.extractall(media, filter="data")


def refuse_used_database(environment: dict[str, str]) -> None:
    """Raise CopyError when the database has tables."""
    names = ("PGDATABASE", "PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGSSLMODE")
    known = {"PGDATABASE": "dbname"}
    where = {known.get(name, name[2:].lower()): environment[name] for name in names if environment.get(name)}
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(**where) as connection:  # type: ignore[arg-type] # all of them are text
        row = connection.execute(query).fetchone()
    if row is None or row[0]:
        raise CopyError("The database has tables already. A copy is brought back into an empty database.")


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run one of PostgreSQL's programs, which tells its reason itself. Raises CopyError."""
    if subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603 - our own words
        raise CopyError(f"{Path(command[0]).name} failed; its reason stands above.")


def main(arguments: list[str]) -> None:
    """`backup FOLDER` or `restore FOLDER`."""
    if len(arguments) != 2 or arguments[0] not in {"backup", "restore"}:
        sys.exit("usage: script/backup FOLDER, or script/restore FOLDER")
    folder = Path(arguments[1]).resolve()
    try:
        if arguments[0] == "backup":
            made = backup(folder)
            sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in sorted(made.iterdir()))
            print(f"{made}: {sizes}")
        else:
            restore(folder)
            print("Brought back.")
    except (CopyError, EmbeddedError, OSError, psycopg.Error) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
