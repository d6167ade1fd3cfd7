"""The cost of distance: 1 and 2 ms added to each round trip to MariaDB and both Redis servers."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from techs.models import Submission
from tests.benchmarks import QUICK, load
from tests.benchmarks.draining import Drain, drain
from tests.benchmarks.environment import JSON, PRODUCTION, PROXIED, ROUNDS, Run, fill_list
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Subject
from tests.faults.proxy import Proxy
from tests.support.services import Web, Worker, running

MILLISECONDS = (0, 1, 2)
# Seconds of POSTs: a worker takes much longer for them than to connect, and to adapt the size of its batches.
POSTS, DRAINS = 6, 3

pytestmark = pytest.mark.skipif(QUICK, reason="takes two minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Proxies in front of the servers that Techlist uses."""

    database: Proxy
    broker: Proxy
    cache: Proxy

    def add(self, milliseconds: float) -> None:
        for proxy in (self.database, self.broker, self.cache):
            proxy.delay(milliseconds / 1000)

    def env(self, run: Run) -> dict[str, str]:
        before, _, name = run.env["DATABASE_URL"].rpartition("/")
        return {
            "DATABASE_URL": f"{before.rpartition(':')[0]}:{self.database.port}/{name}",
            "REDIS_BROKER_URL": f"redis://127.0.0.1:{self.broker.port}/0",
            "REDIS_CACHE_URL": f"redis://127.0.0.1:{self.cache.port}/0",
        }


@pytest.fixture
def distance(run: Run) -> Generator[Distance, None, None]:
    if run.servers.mariadb is None:
        pytest.skip("needs a database server of its own")
    with ExitStack() as stack:
        open_proxy = lambda port: stack.enter_context(closing(Proxy(port)))  # noqa: E731
        ports = (run.servers.mariadb.port, run.servers.broker.port, run.servers.cache.port)
        database, broker, cache = map(open_proxy, ports)
        yield Distance(database=database, broker=broker, cache=cache)


def test_reads(run: Run, distance: Distance, figures: Figures, seconds: int) -> None:
    fill_list()
    with running(Web(**run.places(**PRODUCTION, **distance.env(run)))) as web:
        reads = Subject(name="get", server=web, url=f"{web.url}/get", headers=PROXIED)
        for milliseconds in MILLISECONDS:
            distance.add(milliseconds)
            found = load.rounds([reads], number=ROUNDS, seconds=seconds)
            figures.add(f"far_read_{milliseconds}", [each.load.p50 for each in found["get"]])


def test_drain(run: Run, distance: Distance, figures: Figures) -> None:
    """Fill the queue without delays, and work it off with them, several times in turn."""
    with running(Web(**run.places(**PRODUCTION))) as web:
        drains: dict[int, list[Drain]] = {milliseconds: [] for milliseconds in MILLISECONDS}
        posts = Subject(name="post", server=web, url=f"{web.url}/api/techs/", headers=PROXIED | JSON, posts=True)
        for _ in range(DRAINS):
            for milliseconds, found in drains.items():
                posts.measure(POSTS)
                distance.add(milliseconds)
                found.append(drain(Worker(**run.places(**distance.env(run))), run.messages))
                distance.add(0)
    assert not Submission.objects.exclude(state="done").exists()
    for milliseconds in MILLISECONDS[1:]:
        pairs = zip(drains[milliseconds], drains[0], strict=True)
        figures.add(f"far_drain_{milliseconds}", [far.rate / near.rate for far, near in pairs])
