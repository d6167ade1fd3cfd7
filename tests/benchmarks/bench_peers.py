"""The cost of reads and writes, against other ways to build the same list and in the same run.

Every round measures all servers in turn, and compares them within the round: absolute times depend on the machine, and
on everything else that runs on it.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from operator import truediv
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from django.contrib.auth.models import User
from django.db import connection

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techs import tokens
from techs.assessment.assessor import Assessor
from techs.models import Submission, SubmissionState, Tech
from tests.benchmarks import load, plot, samples
from tests.benchmarks.conftest import QUICK
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Round, Subject
from tests.benchmarks.peers.processes import Peer, express, granian, lacking
from tests.support.servers import Server, Servers
from tests.support.services import Web, Worker, environment_for_processes, place, running

ROUNDS = 5
TECHS = 100
CHART = BASE_DIR / "docs" / "performance.svg"
PROXIED = {"X-Forwarded-Proto": "https"}
JSON = {"Content-Type": "application/json"}
GET, LIST, NOT_MODIFIED, LOGIN, PAGE = (
    *("Techlist, /get", "Techlist, /api/techs/", "Techlist, 304", "Techlist, login by token", "Techlist, the page /"),
)
EXPRESS, FASTAPI, NAIVE, FLOOR = "Express", "FastAPI", "naive Django", "constant Django view"
COMPARED = (
    *(("get", GET, EXPRESS), ("list", LIST, EXPRESS), ("floor", GET, FLOOR)),
    *(("304", NOT_MODIFIED, GET), ("login", LOGIN, GET)),
    *(("fastapi", FASTAPI, EXPRESS), ("naive", NAIVE, EXPRESS), ("constant", FLOOR, EXPRESS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where processes run, with the database of the naive build."""

    servers: Servers
    env: dict[str, str]
    naive: str

    def places(self, **env: str) -> dict[str, Any]:
        return place(self.servers) | {"env": self.env | env}

    def peer_env(self, body: Path) -> dict[str, str]:
        return {
            "DATABASE_URL": f"{self.servers.url.rpartition('/')[0]}/{self.naive}",
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peers.naive_settings",
            "NODE_ENV": "production",
            "PEER_BODY": str(body),
            "PEER_BROKER_URL": f"redis://127.0.0.1:{self.servers.broker.port}/1",
            "PEER_REDIS_URL": f"redis://127.0.0.1:{self.servers.cache.port}/1",
        }


@pytest.fixture
def run(servers: Servers, transactional_db: None) -> Generator[Run, None, None]:
    if servers.database == "sqlite":
        pytest.skip("needs MariaDB or MySQL, like production")
    naive = f"{connection.settings_dict['NAME']}_naive"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {naive} CHARACTER SET utf8mb4")
    yield Run(servers=servers, env=environment_for_processes(servers), naive=naive)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {naive}")


@pytest.fixture
def body(run: Run, tmp_path: Path) -> Path:
    """The body of /get, which all peers answer."""
    Tech.objects.bulk_create(samples.techs(Assessor.current(), TECHS))
    with running(Web(**run.places())) as web:
        content = requests.get(f"{web.url}/get", timeout=10).content
    path = tmp_path / "body.json"
    path.write_bytes(content)
    return path


def test_peers(run: Run, body: Path, figures: Figures, seconds: int, capsys: pytest.CaptureFixture[str]) -> None:
    _set_up_naive(run, body)
    with ExitStack() as stack:
        start: Callable[[Server], Any] = lambda server: stack.enter_context(running(server))  # noqa: E731
        web = start(Web(**run.places(TECHLIST_HTTPS="on", TECHLIST_THROTTLE="0")))
        login = start(Web(**run.places(TECHLIST_HTTPS="on", TECHLIST_ACCESS="login"), name="web-login"))
        peers = {name: start(peer) for name, peer in _peers(run, body).items() if not lacking(name)}
        reads = [Subject(name=name, server=peer, url=peer.url) for name, peer in peers.items()]
        found = load.rounds([*_our_reads(web, login), *reads], number=ROUNDS, seconds=seconds)
        _add_reads(figures, found)
        posts = [_post(GET, web, f"{web.url}/api/techs/"), _post(NAIVE, peers[NAIVE], peers[NAIVE].url)]
        _compare(figures, "post", load.rounds(posts, number=ROUNDS, seconds=seconds), (GET, NAIVE))
        _add_drain(figures, run, body)
        with running(Worker(**run.places())):
            figures.add("written", _p50_while_written(web, seconds))
    with capsys.disabled():
        print(f"\nload: {load.client()}, {load.CONNECTIONS} connections, {ROUNDS} rounds of {seconds} s")
    if not QUICK and EXPRESS in found:
        CHART.write_text(_chart(found))


def _set_up_naive(run: Run, body: Path) -> None:
    """Create the table of the naive build, and fill the caches of all peers."""
    rows = json.loads(body.read_bytes())["data"]
    code = "import json, sys; from tests.benchmarks.peers import naive; naive.set_up(json.load(sys.stdin))"
    env = run.env | run.peer_env(body)
    subprocess.run([sys.executable, "-c", code], env=env, cwd=BASE_DIR, input=json.dumps(rows).encode(), check=True)
    with redis.Redis(port=run.servers.cache.port, db=1) as client:
        client.set("list", body.read_bytes())


def _peers(run: Run, body: Path) -> dict[str, Peer]:
    peers = "tests.benchmarks.peers"
    env = run.peer_env(body)
    commands = {
        EXPRESS: express(env["PEER_REDIS_URL"]),
        FASTAPI: granian("asgi", f"{peers}.fastapi_redis:application"),
        NAIVE: granian("wsgi", f"{peers}.naive:application"),
        FLOOR: granian("wsgi", f"{peers}.floor:application"),
    }
    places = run.places(**env)
    return {name: Peer(name.replace(" ", "-"), command, **places) for name, command in commands.items()}


def _our_reads(web: Web, login: Web) -> Iterator[Subject]:
    _, token = tokens.create(User.objects.create_user("reader"))
    etag = requests.get(f"{web.url}/get", headers=PROXIED, timeout=10).headers["ETag"]
    open_get = Subject(name=GET, server=web, url=f"{web.url}/get", headers=PROXIED)
    yield open_get
    yield replace(open_get, name=LIST, url=f"{web.url}/api/techs/")
    yield replace(open_get, name=NOT_MODIFIED, headers=PROXIED | {"If-None-Match": etag})
    yield replace(open_get, name=PAGE, url=f"{web.url}/")
    authorized = PROXIED | {"Authorization": f"Token {token}"}
    yield Subject(name=LOGIN, server=login, url=f"{login.url}/get", headers=authorized)


def _post(name: str, server: Server, url: str) -> Subject:
    return Subject(name=name, server=server, url=url, headers=PROXIED | JSON, posts=True)


def _add_reads(figures: Figures, found: dict[str, list[Round]]) -> None:
    for name, subject, base in COMPARED:
        _compare(figures, name, found, (subject, base))
    _compare(figures, "p50", found, (GET, EXPRESS), lambda each: each.load.p50)
    _compare(figures, "p99", found, (GET, EXPRESS), lambda each: each.load.p99)
    figures.add("page", [each.cpu / 1000 for each in found[PAGE]])


def _compare(
    figures: Figures,
    name: str,
    found: dict[str, list[Round]],
    pair: tuple[str, str],
    measure: Callable[[Round], float] = lambda each: each.cpu,
) -> None:
    """Divide the first subject's figures by the second's, round by round, or report which one could not run."""
    absent = [each for each in pair if each not in found]
    if absent:
        figures.lacks(name, lacking(absent[0]))
        return
    ours, theirs = (map(measure, found[each]) for each in pair)
    figures.add(name, list(map(truediv, ours, theirs)))


def _chart(found: dict[str, list[Round]]) -> str:
    ratios = {
        name: [ours.cpu / theirs.cpu for ours, theirs in zip(measured, found[EXPRESS], strict=True)]
        for name, measured in found.items()
        if name != PAGE
    }
    ours = {GET, LIST, NOT_MODIFIED, LOGIN}
    return plot.bars("CPU time of a cached read, Express = 1", ratios, ours=ours)


def _add_drain(figures: Figures, run: Run, body: Path) -> None:
    """Measure how two processes work off what the POSTs have left in the queues."""
    ours = _drain(Worker(**run.places()), Submission.objects.filter(state=SubmissionState.DONE).count, _accepted)
    naive = Worker(**run.places(**run.peer_env(body)), name="worker-naive", application="tests.benchmarks.peers.naive")
    theirs = _drain(naive, lambda: _naive_rows(run), lambda: _naive_rows(run) + _naive_queue(run))
    figures.add("drain", [ours.rate / theirs.rate])
    figures.add("worker", [ours.cpu / theirs.cpu])


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Submissions done per second, and CPU seconds for each."""

    rate: float
    cpu: float


def _drain(worker: Worker, done: Callable[[], int], accepted: Callable[[], int]) -> Drain:
    total = accepted()
    try:
        worker.launch()
        assert wait_until(lambda: done() > 0, timeout=60, step=0.005)
        begun, before, cpu = time.monotonic(), done(), load.cpu_seconds(worker.pid)
        assert wait_until(lambda: done() >= total, timeout=600)
        worked = total - before
        return Drain(rate=worked / (time.monotonic() - begun), cpu=(load.cpu_seconds(worker.pid) - cpu) / worked)
    finally:
        worker.kill()


def _accepted() -> int:
    return Submission.objects.count()


def _naive_rows(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {run.naive}.naive_naivetech")  # noqa: S608  our own name
        return int(cursor.fetchone()[0])


def _naive_queue(run: Run) -> int:
    with redis.Redis(port=run.servers.broker.port, db=1) as client:
        return int(client.llen("celery"))


def _p50_while_written(web: Web, seconds: int) -> list[float]:
    reads = Subject(name=LIST, server=web, url=f"{web.url}/api/techs/", headers=PROXIED)
    with _writing(f"{web.url}/api/techs/", per_second=50):
        found = load.rounds([reads], number=ROUNDS, seconds=seconds)
    return [each.load.p50 for each in found[LIST]]


@contextmanager
def _writing(url: str, *, per_second: int) -> Iterator[None]:
    """Add technologies at a constant rate meanwhile."""
    ended = threading.Event()

    def write() -> None:
        due = time.monotonic()
        with requests.Session() as session:
            number = 0
            while not ended.wait(max(0.0, due - time.monotonic())):
                session.post(url, json={"text": f"written {number}"}, headers=PROXIED, timeout=10).raise_for_status()
                number, due = number + 1, due + 1 / per_second

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
