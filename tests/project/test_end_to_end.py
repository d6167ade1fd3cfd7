"""Real web server, worker, broker and database, as a user experiences them."""

import json
import socket
from contextlib import ExitStack
from typing import Any
from urllib.request import Request, urlopen

import pytest

from techlist.local.processes import wait_until
from techs import tasks
from techs.models import Submission
from tests.support.servers import Server, Valkey
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)


def call(url: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310  our own address
    with urlopen(request, timeout=10) as response:  # noqa: S310
        return response.status, json.loads(response.read())


def test_the_original_clients_three_calls(web_process: Web, celery_worker_process: Server) -> None:
    status, _ = call(f"{web_process.url}/create", {"text": "Django 3.2.18"})
    assert status == 201
    assert wait_until(lambda: bool(call(f"{web_process.url}/get")[1]["data"]), timeout=60)
    body = call(f"{web_process.url}/get")[1]
    assert body["isCached"] is True
    assert [row["text"] for row in body["data"]] == ["Django 3.2.18 - priority (critical)"]


@pytest.mark.one_database
def test_slow_bodies_do_not_keep_others_waiting(web_process: Web) -> None:
    """While ten senders never finish, another request is answered at once."""
    host, port = web_process.url.removeprefix("http://").split(":")
    head = "POST /create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    with ExitStack() as sockets:
        for _ in range(10):
            slow = sockets.enter_context(socket.create_connection((host, int(port))))
            slow.sendall(f'{head}{{"te'.encode())
        assert call(f"{web_process.url}/healthz") == (200, {"status": "ok"})


def test_done_means_listed(web_process: Web, celery_worker_process: Server) -> None:
    """No GET that starts after a submission is done misses its technology."""
    url = f"{web_process.url}/api/techs/"
    for number in range(20):
        submission = call(url, {"text": f"thing {number}"})[1]["submission"]
        call(url)  # so that a cached list exists that could be stale
        assert wait_until(lambda: call(submission["url"])[1]["state"] == "done", timeout=60)  # noqa: B023  awaited here
        names = [row["name"] for row in call(url)[1]["data"]]
        assert f"thing {number}" in names


@pytest.mark.one_database
def test_accepted_while_the_broker_is_down_is_done_after_it_returns(
    web_process: Web, celery_worker_process: Server, redis_broker: Valkey
) -> None:
    redis_broker.kill()
    status, body = call(f"{web_process.url}/api/techs/", {"text": "Django 3.2"})
    assert status == 202
    redis_broker.start()
    Submission.objects.update(publish_again_at="2020-01-01T00:00Z")  # instead of waiting for it
    assert tasks.sweep() == 1
    assert wait_until(lambda: call(body["submission"]["url"])[1]["state"] == "done", timeout=40)


@pytest.mark.one_database
def test_worker_killed_with_work_in_its_hands(web_process: Web, celery_worker_process: Server) -> None:
    """The sweep republishes a message that died with its worker."""
    celery_worker_process.pause()
    body = call(f"{web_process.url}/api/techs/", {"text": "Django 3.2"})[1]
    celery_worker_process.kill()
    celery_worker_process.start()
    Submission.objects.exclude(state="done").update(publish_again_at="2020-01-01T00:00Z")
    tasks.sweep()
    assert wait_until(lambda: call(body["submission"]["url"])[1]["state"] == "done", timeout=40)
