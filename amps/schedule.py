"""The process that sends the periodic tasks."""

import time
from typing import Any

from celery import beat

from amps.broker import ensure_broker_folders


class HeartbeatScheduler(beat.Scheduler):
    """Celery's own scheduler, keeping no file: every periodic task finds what is due by itself.

    It says in the database that it is alive, and makes the folders of the single-machine broker anew when
    they are gone.
    """

    heartbeat_seconds = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._next_heartbeat = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One look at what is due; returns the seconds until the next one."""
        from amps.heartbeat import heartbeat_try

        if time.monotonic() >= self._next_heartbeat:
            self._next_heartbeat = time.monotonic() + self.heartbeat_seconds
            ensure_broker_folders()
            heartbeat_try("schedule")
        return float(super().tick(*args, **kwargs))

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send one periodic task; its broker's folders are there when it is sent."""
        ensure_broker_folders()
        return super().apply_async(*args, **kwargs)
