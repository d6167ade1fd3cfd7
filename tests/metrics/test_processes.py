"""Metrics of real web servers, workers and beat, together and alone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techlist.metrics.catalogue import METRICS
from tests.support.metrics import Samples, scrape
from tests.support.servers import Servers, free_port
from tests.support.services import Beat, Web, Worker, place, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TOKEN = "a-token-of-the-tests-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def env(process_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of processes that share their metrics."""
    return process_env | {"TECHLIST_METRICS_TOKEN": TOKEN, "TECHLIST_METRICS_DIR": str(tmp_path / "metrics")}


def web(servers: Servers, env: Mapping[str, str], **options: Any) -> Web:
    return Web(**place(servers), env=env, name="web-metrics", **options)


def await_sample(url: str, name: str, least: float, *, token: str = TOKEN, **labels: str) -> Samples:
    """Wait until a metric is at least that high. Each process writes its numbers every second."""
    found: list[Samples] = []

    def is_high() -> bool:
        found[:] = [scrape(url, token=token)]
        return found[0].sum(name, **labels) >= least

    assert wait_until(is_high, timeout=60, step=0.2), f"{name}: {found[0].of(name, **labels)}"
    return found[0]


def reads_in(found: Samples) -> float:
    """Return the reads of the list, by Django or from the near cache."""
    by_django = found.sum("techlist_http_requests_total", route="techs:list", method="GET")
    return by_django + found.sum("techlist_near_cache_hits_total")


def test_all_processes_together(servers: Servers, env: dict[str, str]) -> None:
    """Two web processes, a worker with two processes and beat are one target, and every metric has been used."""
    with (
        running(web(servers, env, processes=2)) as site,
        running(Worker(**place(servers), env=env)),
        running(Beat(**place(servers), env=env)),
    ):
        for number in range(40):
            # A new connection may lead to the other process.
            assert httpx.post(f"{site.url}/api/techs/", json={"text": f"Django {number}.2"}).status_code == 202
            assert httpx.get(f"{site.url}/api/techs/").status_code == 200
        for _ in range(20):
            assert httpx.get(f"{site.url}/api/techs/").status_code == 200
        assert httpx.get(f"{site.url}/none/such/{TOKEN}?{TOKEN}").status_code == 404
        assert httpx.request("BREW", f"{site.url}/").status_code == 403
        assert httpx.post(f"{site.url}/create", content=b"x" * 100_000).status_code == 413

        await_sample(site.url, "techlist_tasks_total", 1, task="techs.sweep", outcome="success")
        found = await_sample(site.url, "techlist_submissions", 40, state="done")
        requests = "techlist_http_requests_total"
        found = await_sample(site.url, requests, 40, route="techs:list", method="POST", status="2xx")
        assert found.sum(requests, route="techs:list", method="POST") == 40
        assert wait_until(lambda: reads_in(scrape(site.url, token=TOKEN)) == 60, timeout=60, step=0.2)
        found = scrape(site.url, token=TOKEN)
        assert found.sum("techlist_near_cache_hits_total") > 0
        await_sample(site.url, requests, 1, route="other", method="GET", status="4xx")
        found = await_sample(site.url, requests, 1, method="other", status="4xx")
        assert found.of("techlist_http_refusals_total", status="413") == [1]
        assert found.sum("techlist_http_request_seconds_count", route="techs:list", method="POST") == 40
        assert found.sum("techlist_task_seconds_count", task="techs.assess") > 0
        assert found.sum("techlist_cache_misses_total") > 0
        found = await_sample(site.url, "techlist_beat_messages_total", 8, outcome="success")
        assert found.names == METRICS.keys()
        unused = {name for name, metric in METRICS.items() if not found.of(name) and not found.of(f"{name}_count")}
        assert unused == set()
        assert TOKEN not in httpx.get(f"{site.url}/metrics", headers=BEARER).text


def test_counters_survive_their_processes(servers: Servers, env: dict[str, str]) -> None:
    path = Path(env["TECHLIST_METRICS_DIR"]) / "0.json"
    for expected in (5, 10):
        with running(web(servers, env)) as site:
            for _ in range(5):
                httpx.get(f"{site.url}/healthz/x")
            found = await_sample(site.url, "techlist_http_requests_total", expected, route="other")
            assert found.sum("techlist_http_requests_total", route="other") == expected
            # The process needs a second to write its numbers, and is then killed.
            assert wait_until(partial(is_written, path, f'"4xx", [{expected}.0]'), timeout=60)


def is_written(path: Path, text: str) -> bool:
    return path.exists() and text in path.read_text()


def test_a_killed_pool_process(servers: Servers, env: dict[str, str]) -> None:
    """Its successor goes on counting where it ended."""
    env |= {"TECHLIST_METRICS_PORT": str(free_port())}
    url = f"http://127.0.0.1:{env['TECHLIST_METRICS_PORT']}"
    with running(Worker(**place(servers), env=env, processes=1)) as worker, running(Beat(**place(servers), env=env)):
        sweeps = {"task": "techs.sweep", "outcome": "success"}
        before = await_sample(url, "techlist_tasks_total", 1, token="", **sweeps)
        (child,) = psutil.Process(worker.pid).children()
        os.kill(child.pid, signal.SIGKILL)
        least = before.sum("techlist_tasks_total", **sweeps) + 1
        await_sample(url, "techlist_tasks_total", least, token="", **sweeps)


@pytest.mark.parametrize("part", [Web, Worker, Beat])
def test_each_process_has_the_port(servers: Servers, process_env: dict[str, str], tmp_path: Path, part: Any) -> None:
    port = free_port()
    env = process_env | {"TECHLIST_METRICS_PORT": str(port), "TECHLIST_METRICS_DIR": str(tmp_path / "metrics")}
    url = f"http://127.0.0.1:{port}"
    with running(part(**place(servers), env=env)) as process:
        assert wait_until(lambda: is_open(port), timeout=60)
        found = scrape(url)
        assert found.of("techlist_dependency_up", dependency="database") == [1]
        assert found.of("techlist_submissions", state="queued") == [0]
        assert httpx.get(url).status_code == 404
        assert httpx.post(f"{url}/metrics").status_code == 501
        assert httpx.head(f"{url}/metrics").status_code == 200
        # On this machine only.
        assert listening(process.pid, port) == {"127.0.0.1"}
        if part is Web:
            assert httpx.get(f"{process.url}/metrics").status_code == 404


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def listening(pid: int, port: int) -> set[str]:
    """Return the addresses at which a process, or one that it started, has the port."""
    process = psutil.Process(pid)
    return {
        connection.laddr.ip
        for each in (process, *process.children(recursive=True))
        for connection in each.net_connections()
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }


def test_another_process_takes_over_the_port(servers: Servers, env: dict[str, str]) -> None:
    port = free_port()
    env |= {"TECHLIST_METRICS_PORT": str(port)}
    with running(Beat(**place(servers), env=env)) as beat:
        assert wait_until(lambda: listening(beat.pid, port), timeout=60)
        with running(web(servers, env)) as site:
            httpx.get(f"{site.url}/none")
            # The process that has the port tells the numbers of the other.
            await_sample(f"http://127.0.0.1:{port}", "techlist_http_requests_total", 1, token="", route="other")
            assert not listening(site.pid, port)
            beat.kill()
            assert wait_until(lambda: listening(site.pid, port), timeout=60)
            assert scrape(f"http://127.0.0.1:{port}").sum("techlist_beat_messages_total", outcome="success") > 0
            assert "cannot be served" not in site.log.read_text()


def test_a_port_that_is_taken_is_logged_and_opened_later(servers: Servers, env: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        env |= {"TECHLIST_METRICS_PORT": str(port)}
        with running(web(servers, env)) as site:
            assert wait_until(lambda: "Metrics cannot be served" in site.log.read_text(), timeout=60)
            assert httpx.get(f"{site.url}/healthz").status_code == 200
            other.close()
            assert wait_until(lambda: listening(site.pid, port), timeout=60)
            assert site.log.read_text().count("Metrics cannot be served") == 1


def test_a_port_for_other_machines_needs_the_token(servers: Servers, env: dict[str, str]) -> None:
    port = free_port()
    env |= {"TECHLIST_METRICS_PORT": str(port), "TECHLIST_METRICS_HOST": "0.0.0.0"}  # noqa: S104  under test
    with running(Beat(**place(servers), env=env)):
        assert wait_until(lambda: is_open(port), timeout=60)
        url = f"http://127.0.0.1:{port}/metrics"
        refused = httpx.get(url)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
        assert httpx.get(url, headers=BEARER).status_code == 200


def test_the_web_server_and_the_metrics_need_two_ports(process_env: dict[str, str]) -> None:
    env = process_env | {"TECHLIST_METRICS_PORT": "8123"}
    for command in (
        [sys.executable, "-m", "techlist.server", "--port", "8123"],
        [sys.executable, "-m", "techlist.local"],
    ):
        done = subprocess.run(
            command, env=env | {"PORT": "8123"}, cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode
        assert "TECHLIST_METRICS_PORT is 8123, the port of the web server" in done.stderr
