"""Log lines: readable in a demo, one JSON object per line in production, the request id in both."""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from amps.request_id import current_request_id

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "data"}
# Django and Celery attach objects that say nothing in a line of text.
_SILENT = frozenset({"request", "status_code", "server_time"})


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record; a dash where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.request_id = current_request_id() or "-"
        return True


class PlainFormatter(logging.Formatter):
    """A line for people: time, level, logger, request id, message, and `extra` as name=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without a traceback."""
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD and name not in _SILENT}
        line = super().formatMessage(record)
        return " ".join([line, *(f"{name}={value}" for name, value in extra.items())])


class JsonFormatter(BaseJsonFormatter):
    """time, level, logger, request_id, message, and whatever was passed as `extra`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("fmt", "{asctime}{levelname}{name}{message}")
        kwargs.setdefault("style", "{")
        kwargs.setdefault("rename_fields", {"asctime": "time", "levelname": "level", "name": "logger"})
        kwargs.setdefault("datefmt", "%Y-%m-%dT%H:%M:%S%z")
        super().__init__(*args, **kwargs)
