"""The cost of reads and writes, against other ways to build the same list and in the same run.

Every round measures all servers in turn, and compares them within the round: absolute times depend on the machine, and
on everything else that runs on it.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from operator import attrgetter, truediv
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from django.db import connection

from techlist.local.embedded import BASE_DIR
from tests.benchmarks import documents, load, plot
from tests.benchmarks.draining import drain
from tests.benchmarks.environment import JSON, PRODUCTION, PROXIED, ROUNDS, WRITES_DOCS, Run, new_session, new_token
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Round, Subject
from tests.benchmarks.peers.processes import Peer, express, granian, lacking
from tests.support.servers import Server
from tests.support.services import Web, Worker, running

GET, LIST, NOT_MODIFIED, LOGIN, PAGE = (
    *("Techlist, /get", "Techlist, /api/techs/", "Techlist, 304", "Techlist, login by token", "Techlist, the page /"),
)
STATE = "Techlist, /api/state/ for an open page with a login"
EXPRESS, FASTAPI, NAIVE, FLOOR = "Express", "FastAPI", "naive Django", "constant Django view"
# With the body of /api/techs/, which is longer than that of /get.
EXPRESS_LIST = "Express, the body of /api/techs/"
COMPARED = (
    *(("get", GET, EXPRESS), ("list", LIST, EXPRESS_LIST), ("floor", GET, FLOOR)),
    *(("304", NOT_MODIFIED, GET), ("login", LOGIN, GET)),
    *(("fastapi", FASTAPI, EXPRESS), ("naive", NAIVE, EXPRESS), ("constant", FLOOR, EXPRESS)),
)


def test_peers(run: Run, body: Path, figures: Figures, seconds: int, capsys: pytest.CaptureFixture[str]) -> None:
    _set_up_naive(run, body)
    with ExitStack() as stack:
        web, login = Web(**run.places(**PRODUCTION)), Web(**_with_login(run), name="web-login")
        peers = {name: peer for name, peer in _peers(run, body).items() if not lacking(name)}
        for server in [web, login, *peers.values()]:
            stack.enter_context(running(server))
        reads = [Subject(name=name, server=peer, url=peer.url) for name, peer in peers.items()]
        if EXPRESS in peers:
            reads.append(_express_list(run, web, peers[EXPRESS]))
        found = load.rounds([*_our_reads(web, login), *reads], number=ROUNDS, seconds=seconds)
        _add_reads(figures, found)
        writes = [_post(GET, web, f"{web.url}/api/techs/"), _post(NAIVE, peers[NAIVE], peers[NAIVE].url)]
        _compare(figures, "post", load.rounds(writes, number=ROUNDS, seconds=seconds), (GET, NAIVE))
        _add_drain(figures, run, body)
    with capsys.disabled():
        print("\n".join(_report(found, len(body.read_bytes()), seconds)))
    if WRITES_DOCS and EXPRESS in found:
        documents.CHART.write_text(_chart(found))


def _with_login(run: Run) -> dict[str, Any]:
    return run.places(**PRODUCTION, TECHLIST_ACCESS="login")


def _report(found: dict[str, list[Round]], size: int, seconds: int) -> Iterator[str]:
    """Describe the load, with absolute figures, which are comparable only within this run."""
    load_of = (
        f"{load.client()}, {load.CONNECTIONS} connections, {ROUNDS} rounds of {seconds} s, a list of {size:,} bytes"
    )
    yield f"\n{load_of}; medians:"
    for name, measured in found.items():
        cpu, p50, p99 = (statistics.median(map(attrgetter(each), measured)) for each in ("cpu", "load.p50", "load.p99"))
        yield f"{name}: {cpu:,.0f} µs of CPU, p50 {p50:.1f} ms, p99 {p99:.1f} ms"


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


def _express_list(run: Run, web: Web, peer: Peer) -> Subject:
    with redis.Redis(port=run.servers.cache.port, db=1) as client:
        client.set("page", requests.get(f"{web.url}/api/techs/", headers=PROXIED, timeout=10).content)
    return Subject(name=EXPRESS_LIST, server=peer, url=peer.url.replace("/list", "/page"))


def _our_reads(web: Web, login: Web) -> Iterator[Subject]:
    etag = requests.get(f"{web.url}/get", headers=PROXIED, timeout=10).headers["ETag"]
    open_get = Subject(name=GET, server=web, url=f"{web.url}/get", headers=PROXIED)
    yield open_get
    yield replace(open_get, name=LIST, url=f"{web.url}/api/techs/")
    yield replace(open_get, name=NOT_MODIFIED, headers=PROXIED | {"If-None-Match": etag})
    yield replace(open_get, name=PAGE, url=f"{web.url}/", connections=2)
    authorized = PROXIED | {"Authorization": f"Token {new_token()}"}
    yield Subject(name=LOGIN, server=login, url=f"{login.url}/get", headers=authorized)
    state, logged_in = f"{login.url}/api/state/", PROXIED | {"Cookie": new_session()}
    known = requests.get(state, headers=logged_in, timeout=10).headers["ETag"]
    yield Subject(name=STATE, server=login, url=state, headers=logged_in | {"If-None-Match": known})


def _post(name: str, server: Server, url: str) -> Subject:
    return Subject(name=name, server=server, url=url, headers=PROXIED | JSON, posts=True)


def _add_reads(figures: Figures, found: dict[str, list[Round]]) -> None:
    for name, subject, base in COMPARED:
        _compare(figures, name, found, (subject, base))
    _compare(figures, "p50", found, (GET, EXPRESS), lambda each: each.load.p50)
    _compare(figures, "p99", found, (GET, EXPRESS), lambda each: each.load.p99)
    if FLOOR in found:
        figures.add("machine", [each.cpu for each in found[FLOOR]])
    figures.add("page", [each.cpu / 1000 for each in found[PAGE]])
    figures.add("state", [each.cpu / 1000 for each in found[STATE]])


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
    def ratios(name: str) -> list[float]:
        base = found[EXPRESS_LIST if name == LIST else EXPRESS]
        return [ours.cpu / theirs.cpu for ours, theirs in zip(found[name], base, strict=True)]

    ours = {GET, LIST, NOT_MODIFIED, LOGIN}
    drawn = {name: ratios(name) for name in found if name not in {PAGE, STATE, EXPRESS_LIST}}
    return plot.bars("CPU time of a cached read, Express = 1", drawn, ours=ours)


def _add_drain(figures: Figures, run: Run, body: Path) -> None:
    """Measure how two processes work off the tasks that the POSTs have left in the queues."""
    ours = drain(Worker(**run.places()), run.messages)
    naive = Worker(**run.places(**run.peer_env(body)), name="worker-naive", application="tests.benchmarks.peers.naive")
    accepted = _naive_rows(run) + run.messages(1)
    theirs = drain(naive, lambda: run.messages(1), lambda: _naive_rows(run), lambda: accepted)
    figures.add("drain", [ours.rate / theirs.rate])
    figures.add("worker", [ours.cpu / theirs.cpu])


def _naive_rows(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {run.naive}.naive_naivetech")  # noqa: S608  our own name
        return int(cursor.fetchone()[0])
