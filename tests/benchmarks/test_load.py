"""The parts of `make bench` that make load: constant rates, work in threads, and distance."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import closing
from itertools import repeat
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
import redis

from tests.benchmarks import client
from tests.benchmarks.client import Answer, Steady
from tests.benchmarks.environment import accepted
from tests.benchmarks.load import percentile
from tests.faults.proxy import Proxy
from tests.support.lifecycle_server import Answer as Reply
from tests.support.lifecycle_server import LifecycleServer, lifecycle_server
from tests.support.servers import Servers


@pytest.fixture
def site() -> Generator[LifecycleServer, None, None]:
    with lifecycle_server() as site:
        yield site


def _ask(site: LifecycleServer, number: int, *, per_second: float = 50) -> list[Answer]:
    request = client.request(f"{site.url}/", {"X-Name": "value"})
    return Steady(url=site.url, requests=repeat(request), per_second=per_second).run(seconds=number / per_second)


def test_a_constant_rate_is_kept_although_answers_are_slow(site: LifecycleServer) -> None:
    site.answer = Reply(b"{}", pause=0.3)
    answers = _ask(site, 10)
    assert [answer.status for answer in answers] == [200] * 10
    assert min(answer.milliseconds for answer in answers) >= 300
    assert site.headers()["X-Name"] == "value"


def test_a_refusal_says_when_to_retry(site: LifecycleServer) -> None:
    site.answer = Reply(b"", status=429, headers={"Retry-After": "5"})
    assert [(answer.status, answer.says_when_to_retry) for answer in _ask(site, 1)] == [(429, True)]
    site.answer = Reply(b"", status=429)
    assert [(answer.status, answer.says_when_to_retry) for answer in _ask(site, 1)] == [(429, False)]


class _Impatient(StreamRequestHandler):
    """Answers one request, and closes the connection without notice."""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_a_connection_that_the_server_has_closed_is_replaced() -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), _Impatient) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        answers = Steady(url=url, requests=repeat(client.request(url, {})), per_second=4).run(seconds=1)
        server.shutdown()
    assert [answer.status for answer in answers] == [200] * 4


def test_an_answer_that_does_not_come_counts() -> None:
    nowhere = Steady(url="http://127.0.0.1:1", requests=repeat(b""), per_second=10)
    assert [answer.status for answer in nowhere.run(seconds=0.1)] == [0]


def test_a_post_has_a_body_and_its_length() -> None:
    request = client.request("http://host:1/path?a=b", {}, json.dumps({"text": "x"}))
    assert request == b'POST /path?a=b HTTP/1.1\r\nHost: host:1\r\nContent-Length: 13\r\n\r\n{"text": "x"}'


@pytest.mark.parametrize("answers", [[], [Answer(status=202, milliseconds=1), Answer(status=429, milliseconds=1)]])
def test_a_writer_that_is_refused_fails_the_run(answers: list[Answer]) -> None:
    with pytest.raises(AssertionError, match="POST"), client.meanwhile(lambda _: accepted(answers)):
        pass


def test_work_meanwhile_ends_with_the_block() -> None:
    ended: list[bool] = []

    def work(event: threading.Event) -> None:
        ended.append(event.wait(10))

    with client.meanwhile(work):
        assert not ended
    assert ended == [True]


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (99, 4), (100, 4), (1, 1)])
def test_percentile(percent: int, expected: int) -> None:
    assert percentile([4, 1, 3, 2], percent) == expected


def test_distance_is_added_to_each_round_trip_and_none_to_pipelined_commands(servers: Servers) -> None:
    with closing(Proxy(servers.cache.port)) as proxy, redis.Redis(port=proxy.port) as cache:
        cache.ping()
        proxy.delay(0.1)
        one, many = _seconds(cache, trips=3), _seconds(cache, trips=1, commands=100)
        proxy.delay(0)
        cache.ping()
    assert one >= 0.3
    assert 0.1 <= many < 100 * 0.1


def _seconds(cache: redis.Redis, *, trips: int, commands: int = 1) -> float:
    began = time.monotonic()
    for _ in range(trips):
        pipeline = cache.pipeline(transaction=False)
        for _ in range(commands):
            pipeline.ping()
        assert pipeline.execute() == [True] * commands
    return time.monotonic() - began
