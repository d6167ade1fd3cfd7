"""Checks of an installation from outside: the original client's calls, and that all accepted work is on the list."""

import secrets
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from techlist.local.processes import wait_until
from tests.coherence.checker import Plan, Run
from tests.coherence.client import Api
from tests.containers.engine import say
from tests.faults.load import Load
from tests.support.threads import in_background

_TEXT = "Django 3.2.18"
_PATIENCE = 120.0


def check_original_client(url: str) -> None:
    """GET /get, POST /create, and GET /get until the technology is there with its level."""
    api = Api(url)
    assert api.call("GET", "/get").json().keys() == {"isCached", "data"}
    created = api.call("POST", "/create", body={"text": _TEXT})
    assert created.status == HTTPStatus.CREATED, created
    assert wait_until(lambda: f"{_TEXT} - priority (critical)" in _texts(api), timeout=_PATIENCE), _texts(api)
    assert wait_until(lambda: api.call("GET", "/get").json()["isCached"], timeout=_PATIENCE)
    say("The original client's calls work: GET /get, POST /create (201), GET /get from the cache.")


def _texts(api: Api) -> set[str]:
    return {row["text"] for row in api.call("GET", "/get").json()["data"]}


def check_coherence(url: str, *, reads: int) -> None:
    report = Run(Plan(url=url, reads=reads, readers=4, writers=2, keys=5, seed=_seed())).go()
    for line in report.lines():
        say(line)
    assert report.is_coherent


def _seed() -> int:
    """Return another one each time: the keys of requests depend on it, and an installation takes a key only once."""
    return secrets.randbelow(10**6)


@dataclass(slots=True)
class Stale:
    """The stale reads that a thread has found while the block was running."""

    reads: int = 0
    found: int = 0
    problems: list[str] = field(default_factory=list)


@contextmanager
def looking_for_stale_reads(url: str) -> Generator[Stale, None, None]:
    """Write and read in the background, again and again."""
    stale = Stale()

    def check(ended: threading.Event) -> None:
        while not ended.is_set():
            plan = Plan(url=url, reads=200, readers=2, writers=2, keys=4, timeout=_PATIENCE, seed=_seed())
            report = Run(plan).go()
            stale.reads += report.reads
            stale.found += report.violations
            stale.problems += [*report.gave_up, *map(str, report.examples)]

    with in_background(check):
        yield stale


@dataclass(slots=True)
class Reads:
    """Reads of the list at a constant rate, and the statuses of those that were no success."""

    number: int = 0
    failed: list[str] = field(default_factory=list)


@contextmanager
def reading(url: str) -> Generator[Reads, None, None]:
    reads = Reads()

    def read(ended: threading.Event) -> None:
        api = Api(url)
        while not ended.wait(0.1):
            reads.number += 1
            problem = _problem(api)
            if problem:
                reads.failed.append(problem)

    with in_background(read):
        yield reads


def _problem(api: Api) -> str:
    try:
        answer = api.call("GET", "/get")
    except (OSError, HTTPException) as error:
        return repr(error)
    return "" if answer.status == HTTPStatus.OK else f"{answer.status} {answer.body[:200]!r}"


@dataclass(frozen=True, slots=True)
class Count:
    """The accepted submissions of a load, compared with the list."""

    accepted: int
    lost: int
    duplicates: int
    wrong: int

    @property
    def is_right(self) -> bool:
        return (self.lost, self.duplicates, self.wrong) == (0, 0, 0)

    @property
    def missing(self) -> int:
        """The number of submissions that have not reached the list so far."""
        return self.lost + self.wrong


def count(load: Load) -> Count:
    """Compare the accepted submissions of a load with the list, once they are all there or none has arrived for long.

    A busy machine may need minutes for the backlog of an upgrade, so only standing still means that something is lost.
    """
    api, deadline = Api(load.url), time.monotonic() + _PATIENCE
    found = best = _compare(load, api)
    while not found.is_right and time.monotonic() < deadline:
        time.sleep(1)
        found = _compare(load, api)
        if found.missing < best.missing:
            best, deadline = found, time.monotonic() + _PATIENCE
    return found


def _compare(load: Load, api: Api) -> Count:
    may_show = load.may_show()
    shown: dict[str, list[str]] = {}
    for name in _names(api, load.run):
        shown.setdefault(name.casefold(), []).append(name)
    return Count(
        accepted=len(load.accepted),
        lost=len(may_show.keys() - shown.keys()),
        duplicates=sum(len(spellings) > 1 for spellings in shown.values()),
        wrong=sum(not spellings & set(shown.get(key, spellings)) for key, spellings in may_show.items()),
    )


def _names(api: Api, run: str) -> Iterator[str]:
    path = f"/api/techs/?q={run.replace(' ', '+')}&page_size=500"
    while path:
        body: Any = api.insist("GET", path, timeout=_PATIENCE).json()
        yield from (row["name"] for row in body["data"])
        path = "/api/" + body["next"].partition("/api/")[2] if body["next"] else ""
