"""One id per request: in the answer, in the log, in the tasks."""

import json
import logging

import pytest

from amps.celery import app, bind_task, send_request_id, unbind_task
from amps.logs import JsonFormatter, RequestIdFilter
from amps.request_id import current_request_id, request_id_bound

pytestmark = pytest.mark.django_db


def test_an_id_is_made(client):
    first, second = client.get("/healthz")["X-Request-ID"], client.get("/healthz")["X-Request-ID"]
    assert len(first) == 32
    assert first != second


def test_a_proxys_id_is_kept(client):
    assert client.get("/healthz", headers={"X-Request-ID": "edge-17.a_b"})["X-Request-ID"] == "edge-17.a_b"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "a,b"])
def test_a_harmful_id_is_replaced(client, given):
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] != given


def test_nothing_stays_bound(client):
    client.get("/healthz", headers={"X-Request-ID": "one"})
    assert current_request_id() == ""


def test_every_request_is_one_json_line(client, caplog):
    caplog.set_level(logging.INFO, logger="amps.request")
    with caplog.filtering(RequestIdFilter()):
        client.get("/healthz", headers={"X-Request-ID": "r-1"})
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (line["request_id"], line["message"], line["path"], line["status"]) == ("r-1", "request", "/healthz", 503)
    assert line["level"] == "INFO"
    assert line["time"]


def test_the_id_follows_into_a_task():
    seen = []

    @app.task(name="tests.request_id", bind=True)
    def look(self):
        seen.append(current_request_id())

    headers: dict[str, str] = {}
    with request_id_bound("r-2"):
        send_request_id(headers=headers)
    assert headers == {"amps_request_id": "r-2"}
    look.apply(headers=headers)
    look.apply()
    assert seen[0] == "r-2"
    assert len(seen[1]) == 36, "a task of the schedule goes by its own id"
    assert current_request_id() == ""
    app.tasks.pop("tests.request_id")


def test_outside_a_request_nothing_is_sent():
    headers: dict[str, str] = {}
    send_request_id(headers=headers)
    assert headers == {}


def test_a_task_without_headers_is_bound_to_its_own_id():
    class Request:
        headers = None

    class Task:
        request = Request()

    bind_task(task_id="t-1", task=Task())
    assert current_request_id() == "t-1"
    unbind_task()
    assert current_request_id() == ""
