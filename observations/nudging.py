"""Tell the worker that marks wait. The figures live on a higher floor, so their task is known by name only."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction

from amps.broker import ensure_broker_folders

logger = logging.getLogger(__name__)

FIGURES_TASK = "kpis.tasks.process_marks"


def nudge_figures() -> None:
    """Ask for the figures to be brought up to date, once the transaction has committed.

    Never raises: the marks are rows, and the tick finds them.
    """
    transaction.on_commit(partial(_publish, FIGURES_TASK), robust=True)


def _publish(name: str) -> None:
    try:
        ensure_broker_folders()
        current_app.send_task(name)
    except Exception as error:  # noqa: BLE001 - every transport has errors of its own, and none may reach a person
        logger.warning("nudge failed", extra={"task": name, "error": f"{type(error).__name__}: {error}"})
