"""Background work of the ground floor."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from amps.documents import tasks as documents  # noqa: F401 - found by the worker through this module
from amps.heartbeat import heartbeat_write


@shared_task
def heartbeat() -> None:
    """Prove that a task sent by the schedule reaches a worker and is run."""
    heartbeat_write("queue", now=timezone.now())


@shared_task
def sessions_clear() -> None:
    """Let go of sessions that have ended, so that their table does not grow for ever."""
    call_command("clearsessions")
