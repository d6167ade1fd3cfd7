"""One id leads from the proxy through the web server and the message to the worker, in answers, logs and activity."""

import json
import logging
from contextvars import copy_context
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import redis
from django.http import HttpRequest, HttpResponse
from django.test import Client

from techlist.local.processes import wait_until
from techlist.log_format import JSONFormatter, LineFormatter
from techlist.middleware import identified
from techs import request_ids, tasks
from techs.models import Action, Submission
from techs.submissions import outbox
from tests.support.servers import Servers, Valkey
from tests.support.services import Beat, Web, Worker, place, running

ID = "proxy-4711/a"


def headers_of_messages(valkey: Valkey, queue: str = "celery") -> list[dict[str, Any]]:
    with redis.Redis(port=valkey.port) as client:
        return [json.loads(message)["headers"] for message in client.lrange(queue, 0, -1)]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("given", ["a", ID, "x" * 64, "A.b_c:d/e+f=g-1"])
@pytest.mark.django_db(transaction=True)
def test_an_id_of_the_proxy_is_kept(client: Client, method: str, given: str) -> None:
    answer = getattr(client, method)("/api/techs/", headers={"x-request-id": given})
    assert answer["X-Request-ID"] == given


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", 'a"b', "é", "a,b", "a;b", "<a>", "a\\nb", "[x]"])
@pytest.mark.django_db(transaction=True)
def test_another_id_is_made(client: Client, method: str, given: str) -> None:
    answers = [getattr(client, method)("/api/techs/", headers={"x-request-id": given}) for _ in range(2)]
    ids = {answer["X-Request-ID"] for answer in answers}
    assert len(ids) == 2
    assert all(request_ids.well_formed(each) for each in ids - {given})
    assert given not in ids


def test_the_id_ends_with_the_request() -> None:
    def view(_: HttpRequest) -> HttpResponse:
        seen.append(request_ids.current.get())
        raise RuntimeError

    seen: list[str] = []
    request = HttpRequest()
    request.method, request.META["HTTP_X_REQUEST_ID"] = "GET", ID
    with pytest.raises(RuntimeError):
        identified(view)(request)
    assert (seen, request_ids.current.get()) == ([ID], "")


@pytest.mark.django_db(transaction=True)
def test_the_message_has_the_id(client: Client, redis_broker: Valkey) -> None:
    client.post("/api/techs/", {"text": "Go 1.20"}, content_type="application/json", headers={"x-request-id": ID})
    # Another test may have imported the web server, which publishes in a thread.
    assert wait_until(lambda: headers_of_messages(redis_broker), timeout=60)
    assert [headers["request_id"] for headers in headers_of_messages(redis_broker)] == [ID]


@pytest.mark.usefixtures("publisher_thread")
@pytest.mark.parametrize("number", [1, 5])
def test_messages_of_a_thread_have_the_ids_of_their_requests(redis_broker: Valkey, number: int) -> None:
    expected = {}
    for each in range(number):
        uuid = uuid4()
        expected[str(uuid)] = f"request-{each}"
        copy_context().run(publish_as, f"request-{each}", uuid)
    assert wait_until(lambda: len(headers_of_messages(redis_broker)) == number, timeout=60)
    assert {headers["id"]: headers["request_id"] for headers in headers_of_messages(redis_broker)} == expected


def publish_as(request_id: str, uuid: Any) -> None:
    request_ids.current.set(request_id)
    outbox.publish(uuid)


@pytest.mark.django_db(transaction=True)
def test_a_task_has_the_id_of_its_message_or_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def look_up(_: UUID) -> tuple[None, bool]:
        seen.append(request_ids.current.get())
        return None, False

    monkeypatch.setattr("techs.submissions.processing.look_up", look_up)
    tasks.assess.apply(args=(str(uuid4()),), task_id="task-1")
    tasks.assess.apply(args=(str(uuid4()),), task_id="task-1", headers={"request_id": ID})
    assert seen == ["task-1", ID]
    assert request_ids.current.get() == ""


@pytest.mark.django_db(transaction=True)
def test_an_error_names_the_request(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("techlist.health.SERVERS", None)
    answer = client.get("/readyz", headers={"x-request-id": ID, "accept": "application/json"})
    assert (answer.status_code, answer["X-Request-ID"]) == (500, ID)
    assert ID in answer.content.decode()


def record(message: str, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("techs.test", logging.INFO, __file__, 1, message, (), None)
    made.__dict__.update(fields)
    return made


def test_lines_end_with_the_id() -> None:
    formatter = LineFormatter("%(levelname)s %(message)s")
    assert formatter.format(record("Hello.")) == "INFO Hello."
    token = request_ids.begin(ID)
    try:
        assert formatter.format(record("Hello.")) == f"INFO Hello. [{ID}]"
        assert json.loads(JSONFormatter().format(record("Hello.")))["request_id"] == ID
    finally:
        request_ids.current.reset(token)


def test_json_lines() -> None:
    hostile = 'a\n"b": {"c"}\r\x1b[2J\u2028\ud800é'
    line = JSONFormatter().format(record(hostile, fields={"status": 200}))
    assert line.isprintable()
    assert line.isascii()
    entry = json.loads(line)
    assert (entry["message"], entry["level"], entry["logger"], entry["status"]) == (hostile, "INFO", "techs.test", 200)
    assert "request_id" not in entry
    with pytest.raises(ValueError, match="b") as raised:
        int(hostile)
    line = JSONFormatter().format(record("Failed.", exc_info=raised._excinfo))
    assert line.isascii()
    assert "Traceback (most recent call last)" in json.loads(line)["exception"]
    assert len(JSONFormatter().format(record("x" * 1_000_000))) < 4_000


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_from_the_proxy_to_the_worker(servers: Servers, process_env: dict[str, str]) -> None:
    env = process_env | {"TECHLIST_LOG_FORMAT": "json", "TECHLIST_ACCESS_LOG": "on", "PYTHONWARNINGS": "ignore"}
    with (
        running(Web(**place(servers), env=env, name="web-json")) as web,
        running(Worker(**place(servers), env=env)) as worker,
        running(Beat(**place(servers), env=env)) as beat,
    ):
        headers = {"X-Request-ID": ID}
        created = httpx.post(f"{web.url}/api/techs/", json={"text": "Go 1.20"}, headers=headers)
        assert (created.status_code, created.headers["X-Request-ID"]) == (202, ID)
        assert wait_until(lambda: Submission.objects.filter(state="done").exists(), timeout=60)
        assert wait_until(lambda: ID in worker.log.read_text(), timeout=60)
        assert Action.objects.get().request_id == ID
        entries = {log: [json.loads(line) for line in log.read_text().splitlines()] for log in (web.log, worker.log)}
        (access,) = [entry for entry in entries[web.log] if entry.get("request_id") == ID]
        assert access["logger"] == "techlist.access"
        done = [entry["message"] for entry in entries[worker.log] if entry.get("request_id") == ID]
        assert f"Submission {Submission.objects.get().uuid} is done." in done
        assert all(json.loads(line) for line in beat.log.read_text().splitlines())
