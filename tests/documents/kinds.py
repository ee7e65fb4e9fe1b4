"""A kind of document for tests; a worker process of a test imports this module, too (`-I tests.documents.kinds`)."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

from amps import documents
from amps.documents import Content, Head, NothingToShow, Params, Progress

# While this file is there, a letter takes for ever; it says in a file beside it that it has begun.
HOLD = "AMPS_TEST_HOLD"


def allowed(person: Any, params: Params) -> bool:
    return bool(person.is_active and params["to"] != "nobody")


def heading(params: Params) -> str:
    return f"Letter to {params['to']}"


def build(params: Params, *, reader: Any, language: str, now: dt.datetime, progress: Progress) -> Content:
    progress(0.5)
    if params["to"] == "gone":
        raise NothingToShow
    if params["to"] == "trouble":
        raise ZeroDivisionError
    hold = os.environ.get(HOLD)
    if hold:
        Path(f"{hold}.{os.getpid()}").touch()
        while Path(hold).exists():
            time.sleep(0.05)
    return Content("pdf/base.html", head=Head(str(params["to"]), "2026", heading(params)))


documents.register("letter", label="Letter", build=build, heading=heading, allowed=allowed)
