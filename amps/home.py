"""The data folder of one installation: where it is, and the secret key that a demo keeps in it."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from amps.environment import env_text


def data_folder() -> Path:
    """AMPS_HOME, else /var/lib/amps for root, else amps in the person's own data folder (XDG)."""
    given = env_text("AMPS_HOME")
    if given:
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/amps")
    base = env_text("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "amps"


def kept_secret_key(home: Path) -> str:
    """The demo's secret key, made once and kept in the data folder, readable by its owner only."""
    path = home / "secret_key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(50))
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {home} cannot be used: {error}. Set AMPS_HOME to a folder of your own."
        ) from error
    if len(key) < 50:
        raise ImproperlyConfigured(f"{path} is damaged. Remove it, and the next start makes a new one.")
    return key
