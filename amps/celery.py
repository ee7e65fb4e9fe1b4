"""The Celery application: background work, its schedule, its logs and its signs of life."""

import logging.config
import os
import threading
from typing import Any

from celery import Celery, signals

from amps.broker import ensure_broker_folders
from amps.request_id import bind_request_id, current_request_id, unbind_request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amps.settings")

app = Celery("amps")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_HEARTBEAT_SECONDS = 10.0
_worker_stops = threading.Event()


@signals.setup_logging.connect
def configure_logging(**kwargs: Any) -> None:
    """Worker and schedule log like the web process does."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """The request's id travels with the task."""
    if request_id := current_request_id():
        headers["amps_request_id"] = request_id


@signals.task_prerun.connect
def bind_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Log lines of a task carry the id of the request that asked for it, else the task's own."""
    # A worker lays the headers open on the request; a task run in place keeps them in a dictionary.
    sent = getattr(task.request, "amps_request_id", None) or (task.request.headers or {}).get("amps_request_id")
    bind_request_id(sent or task_id)


@signals.task_postrun.connect
def unbind_task(**kwargs: Any) -> None:
    """The process is free for the next task."""
    unbind_request_id()


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe_start(**kwargs: Any) -> None:
    """Nothing starts in production while demo people could log in."""
    from amps.checks import stop_if_unsafe

    ensure_broker_folders()
    stop_if_unsafe()


@signals.worker_ready.connect
def start_heartbeat(sender: Any, **kwargs: Any) -> None:
    """The worker's main process says every ten seconds that it is alive, however busy its tasks are."""
    _worker_stops.clear()
    threading.Thread(target=_beat_until_stopped, args=(str(sender.hostname),), daemon=True).start()


@signals.worker_shutting_down.connect
def stop_heartbeat(**kwargs: Any) -> None:
    """A worker on its way out is no longer alive."""
    _worker_stops.set()


def _beat_until_stopped(hostname: str) -> None:
    from amps.heartbeat import heartbeat_try

    while True:
        ensure_broker_folders()
        heartbeat_try("worker", detail=hostname)
        if _worker_stops.wait(_HEARTBEAT_SECONDS):
            return
