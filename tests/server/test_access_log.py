"""The access log has every request, whoever answers it, and no secret."""

import json
import socket
from typing import Any

import httpx
import pytest

from techlist.local.processes import wait_until
from tests.support.factories import add
from tests.support.servers import Servers
from tests.support.services import Web, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]


def entries(web: Web) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in web.log.read_text().splitlines()]
    return [entry for entry in found if entry["logger"] == "techlist.access" and entry["path"] != "/healthz"]


def test_all_requests(servers: Servers, process_env: dict[str, str]) -> None:
    add("Django 3.2")
    env = process_env | {
        "TECHLIST_ACCESS_LOG": "on",
        "TECHLIST_LOG_FORMAT": "json",
        "TECHLIST_PROXIES": "1",
        "LOG_LEVEL": "ERROR",
    }
    with running(Web(**place(servers), env=env, name="web-access")) as web, httpx.Client(base_url=web.url) as client:
        forwarded = {"X-Forwarded-For": "6.6.6.6, 10.0.0.7"}
        answers = [client.get("/api/techs/?q=secret&token=secret", headers=forwarded) for _ in range(6)]
        assert {answer.status_code for answer in answers} == {200}
        # The last ones come from memory, and have no id, unless the proxy gave one.
        assert "X-Request-ID" not in answers[-1].headers
        assert client.get("/api/techs/?q=secret&token=secret", headers={"X-Request-ID": "near"}).status_code == 200
        assert client.get("/none").status_code == 404
        assert client.post("/create", content=b"x" * 100_000).status_code == 413
        assert client.get("/api/techs/export.csv").status_code == 200
        assert wait_until(lambda: len(entries(web)) == 10, timeout=60)
        with socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2]))) as leaving:
            leaving.sendall(b"POST /create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        assert wait_until(lambda: len(entries(web)) == 11, timeout=60)
        found = entries(web)
    lists = [entry for entry in found if entry["path"] == "/api/techs/"]
    assert len(lists) == 7
    for entry, answer in zip(lists, answers, strict=False):
        assert (entry["method"], entry["status"], entry["client"]) == ("GET", 200, "10.0.0.7")
        assert entry["bytes"] == int(answer.headers["Content-Length"])
        assert 0 < entry["seconds"] < 60
        assert entry.get("request_id") == answer.headers.get("X-Request-ID")
    assert lists[-1]["request_id"] == "near"
    assert lists[-1]["client"] == "127.0.0.1"
    assert [entry["status"] for entry in found if entry["path"] in {"/none", "/create"}] == [404, 413, 0]
    assert "secret" not in json.dumps(found)


def test_text_and_off(servers: Servers, process_env: dict[str, str]) -> None:
    with running(Web(**place(servers), env=process_env | {"TECHLIST_ACCESS_LOG": "on"}, name="web-text")) as web:
        httpx.get(f"{web.url}/none%1B[2J", headers={"X-Request-ID": "r-1"})
        assert wait_until(lambda: "/none" in web.log.read_text(), timeout=60)
        line = next(line for line in web.log.read_text().splitlines() if "/none" in line and "techlist.access" in line)
        assert line.isprintable()
        assert line.endswith("for 127.0.0.1 [r-1]")
    with running(Web(**place(servers), env=process_env, name="web-quiet")) as web:
        assert httpx.get(f"{web.url}/api/techs/").status_code == 200
        assert "techlist.access" not in web.log.read_text()
