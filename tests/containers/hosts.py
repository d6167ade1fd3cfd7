"""Faults across hosts: each container in turn is cut off from the network, under load, and comes back."""

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.coherence.client import Api
from tests.containers.client import Count, Stale, count, looking_for_stale_reads
from tests.containers.engine import say
from tests.containers.project import Project
from tests.faults.load import Load

COMPOSE_FILE = Path(__file__).with_name("hosts.yaml")
RELAYS = ("far-database", "far-broker", "far-cache")
# Seconds.
AWAY = 10.0
BEFORE_AND_AFTER = 3.0
RATE = 10.0
# Answers that promise nothing: overload and outages that Techlist or the proxy report, and connections that were lost.
_REFUSED = {"429", "503"}
_ALLOWED_STATUSES = {0, 202, 429, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Cut:
    """What is cut off from which networks."""

    name: str
    service: str
    networks: tuple[str, ...]


CUTS = [
    Cut("one of two web servers", "web", ("front", "back")),
    Cut("one of two web servers, from database and Redis only", "web", ("back",)),
    Cut("one of two workers", "worker", ("front", "back")),
    Cut("beat", "beat", ("back",)),
    Cut("database", "database", ("back",)),
    Cut("broker", "redis-broker", ("back",)),
    Cut("cache", "redis-cache", ("back",)),
]


@dataclass(frozen=True, slots=True)
class Outcome:
    cut: Cut
    load: Load
    count: Count
    stale: Stale
    recovery: float


def cut_each_off(project: Project) -> list[Outcome]:
    """Cut off one after another. Nothing may be lost, and no read may be stale."""
    outcomes = [_cut_off(project, cut) for cut in CUTS]
    for outcome in outcomes:
        _check(outcome)
    return outcomes


def _cut_off(project: Project, cut: Cut) -> Outcome:
    say(f"Cutting off: {cut.name}...")
    load = Load(project.url, f"hosts {secrets.token_hex(3)}", rate=RATE, seed=secrets.randbelow(10**6), posters=64)
    with looking_for_stale_reads(project.url) as stale:
        load.start()
        load.run_for(BEFORE_AND_AFTER)
        project.disconnect(cut.service, *cut.networks)
        load.run_for(AWAY)
        project.connect(cut.service, *cut.networks)
        recovery = _seconds_until_work_is_done(project.url)
        load.run_for(BEFORE_AND_AFTER)
        load.stop()
    outcome = Outcome(cut, load, count(load), stale, recovery)
    say(" | ".join(_cells(outcome)))
    return outcome


def _seconds_until_work_is_done(url: str) -> float:
    """Return the seconds until a technology that is posted now is on the list."""
    began = time.monotonic()
    api = Api(url)
    text = f"recovery {secrets.token_hex(3)}"
    accepted = api.insist("POST", "/api/techs/", body={"text": text}, timeout=120)
    api.wait_done(accepted.json()["submission"]["id"], timeout=120)
    return time.monotonic() - began


def _check(outcome: Outcome) -> None:
    assert outcome.count.accepted, f"nothing was accepted, so nothing is proven: {outcome.load.statuses}"
    assert outcome.count.is_right, outcome
    assert outcome.stale.reads, "nothing was read"
    assert (outcome.stale.found, outcome.stale.problems) == (0, []), outcome.stale
    assert {post.status for post in outcome.load.posts} <= _ALLOWED_STATUSES, outcome.load.statuses


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    head = ["cut off for 10 s", "POSTs", "accepted", "refused", "unanswered", "lost", "duplicates", "wrong"]
    head += ["recovery", "stale reads"]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for outcome in outcomes:
        yield f"| {' | '.join(_cells(outcome))} |"


def _cells(outcome: Outcome) -> Iterator[str]:
    posts, accepted = len(outcome.load.posts), outcome.count.accepted
    refused = sum(number for status, number in outcome.load.statuses.items() if status in _REFUSED)
    yield outcome.cut.name
    for number in (posts, accepted, refused, posts - accepted - refused):
        yield f"{number:,}"
    yield from map(str, (outcome.count.lost, outcome.count.duplicates, outcome.count.wrong))
    yield f"{outcome.recovery:.1f} s"
    yield f"{outcome.stale.found:,} of {outcome.stale.reads:,}"
