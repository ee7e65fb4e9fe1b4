"""Typed reading of the environment. Nonsense stops the start with a sentence; nothing is guessed."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def env_text(name: str, default: str = "") -> str:
    """The text of a variable without surrounding blanks; `default` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of `choices`."""
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is “{value}”, but must be one of: {', '.join(choices)}.")
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off, in any case."""
    value = env_text(name).lower()
    if not value:
        return default
    if value in _TRUE | _FALSE:
        return value in _TRUE
    raise ImproperlyConfigured(f"{name} is “{value}”, but must be 1, true, yes, on, 0, false, no or off.")


def env_int(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number from `least` to `most`."""
    value = env_text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is “{value}”, but must be a whole number.") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} is {number}, but must be from {least} to {most}.")
    return number


def env_list(name: str) -> list[str]:
    """The non-empty parts of a comma-separated variable."""
    return [part.strip() for part in env_text(name).split(",") if part.strip()]


def env_secret(name: str) -> str:
    """A secret from NAME, or from the file that NAME_FILE points to; empty when neither is set."""
    value, file_name = env_text(name), env_text(f"{name}_FILE")
    if value and file_name:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; set one of them.")
    if not file_name:
        return value
    try:
        content = Path(file_name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names {file_name}, which is unreadable: {error}.") from error
    if not content:
        raise ImproperlyConfigured(f"{name}_FILE names {file_name}, which is empty.")
    return content


def database_from_url(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a `postgresql://user:password@host:port/name?option=value` address.

    Raises ImproperlyConfigured for another engine, a missing name or a port that is no number:
    PostgreSQL is the only engine of AMPS.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://: AMPS runs on PostgreSQL only.")
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL holds a port that is not a number.") from None
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database: postgresql://user:password@host:5432/NAME.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": options.pop("port", "") or (str(port) if port else ""),
        "OPTIONS": options,
    }
