"""Signs of life of the running parts, kept in the database so that any web process can read them."""

import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from amps.models import Heartbeat

logger = logging.getLogger(__name__)


def heartbeat_write(name: str, *, now: dt.datetime, detail: str = "") -> None:
    """Note that the part `name` was alive at `now`."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "detail": detail[:200]})


def heartbeat_try(name: str, *, detail: str = "") -> None:
    """The same at this moment, from a process that must outlive a database that is away for a while."""
    try:
        heartbeat_write(name, now=timezone.now(), detail=detail)
    except DatabaseError as error:
        logger.warning("heartbeat not written", extra={"part": name, "error": str(error)})
    finally:
        # These threads live as long as their process; a connection kept open would outlive a database restart.
        connection.close()


def parts_alive(*, now: dt.datetime) -> dict[str, str]:
    """State of each part by name: “ok”, or what is wrong with it.

    `worker` and `schedule` write for themselves. `queue` is written by a task that the schedule sends and a worker
    runs, so it is judged only when both ends are alive.
    """
    limits: dict[str, int] = settings.HEARTBEAT_LIMIT_SECONDS
    try:
        with transaction.atomic():
            beats = dict(Heartbeat.objects.values_list("name", "at"))
    except DatabaseError:
        return {"database": "unreachable", **dict.fromkeys(limits, "unknown")}
    states = {"database": "ok"} | {name: _state(beats.get(name), now, limit) for name, limit in limits.items()}
    if states["worker"] != "ok" or states["schedule"] != "ok":
        states["queue"] = "unknown"
    return states


def _state(at: dt.datetime | None, now: dt.datetime, limit_seconds: int) -> str:
    if at is None:
        return "never seen"
    silent = (now - at).total_seconds()
    return "ok" if silent <= limit_seconds else f"silent for {round(silent)} s"
