"""One id per request, in the answer's header, in every log line, and in the tasks that the request starts."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("amps.request")

_current: ContextVar[str] = ContextVar("request_id", default="")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def current_request_id() -> str:
    """The id of the request or task being handled; empty outside one."""
    return _current.get()


def new_request_id() -> str:
    """A fresh id of 32 hexadecimal digits."""
    return uuid.uuid4().hex


@contextmanager
def request_id_bound(request_id: str) -> Iterator[str]:
    """Make `request_id` the current one inside the block."""
    token = _current.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)


def bind_request_id(request_id: str) -> None:
    """Make `request_id` the current one until `unbind_request_id`; for a process that handles one thing at a time."""
    _current.set(request_id)


def unbind_request_id() -> None:
    """Nothing is being handled any more."""
    _current.set("")


class RequestIdMiddleware:
    """Takes a proxy's X-Request-ID when it is harmless, else makes one, and hands it back in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED.fullmatch(given) else new_request_id()
        started = time.monotonic()
        with request_id_bound(request_id):
            response = self.get_response(request)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "milliseconds": round((time.monotonic() - started) * 1000),
                },
            )
        response["X-Request-ID"] = request_id
        return response
