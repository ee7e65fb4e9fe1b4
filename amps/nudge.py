"""Ask a worker to look now instead of at the next tick."""

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction

from amps.broker import ensure_broker_folders

logger = logging.getLogger(__name__)


def nudge(task: "Task[Any, Any]", *args: Any) -> None:
    """Publish `task(*args)` once the current transaction has committed; at once outside a transaction.

    Never raises: what has to happen is a row in the database, and a tick finds it. A broker that is down or wiped
    costs a few seconds of freshness and one line in the log.
    """
    transaction.on_commit(partial(_publish, task, args), robust=True)


def _publish(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    try:
        ensure_broker_folders()
        task.apply_async(args=args)
    except Exception as error:  # noqa: BLE001 - every transport has errors of its own, and none may reach a person
        logger.warning("nudge failed", extra={"task": task.name, "error": f"{type(error).__name__}: {error}"})
