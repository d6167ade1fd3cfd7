"""Load on one address, and its cost: requests, latency, and the CPU time of the processes that answer.

wrk makes the load where it is installed. Otherwise a client in Python does, which is slower and competes for the same
cores: CPU per request stays comparable, latencies are higher.
"""

import asyncio
import itertools
import math
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import psutil

from tests.benchmarks import QUICK
from tests.benchmarks.client import Answer, Connection, request, unused
from tests.support.servers import Server

CONNECTIONS = 16
# The answers after which a server is warm, and the seconds after which it counts as such.
WARM, WARM_UP_SECONDS = (2000, 3) if QUICK else (5000, 10)
# Seconds for the answers of an overloaded machine.
_LONGEST = 10
_SCRIPT = Path(__file__).with_name("post.lua")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Answers to one load, those that were errors among them, and latencies in milliseconds."""

    requests: int
    errors: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One load with the CPU time of the server, in microseconds per request."""

    load: Load
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An address to measure, and the server behind it. With posts, each request adds another technology.

    Slow answers need few connections: those that are unfinished at the end cost CPU time, but do not count.
    """

    name: str
    server: Server
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    posts: bool = False
    connections: int = CONNECTIONS

    def measure(self, seconds: int) -> Round:
        before = cpu_seconds(self.server.pid)
        load = _load(self, seconds)
        if not load.requests and seconds < _LONGEST:
            return self.measure(_LONGEST)
        if load.errors or not load.requests:
            raise RuntimeError(f"{self.name}: {load.errors} of {load.requests} answers were errors")
        return Round(load=load, cpu=(cpu_seconds(self.server.pid) - before) / load.requests * 1e6)


def rounds(subjects: list[Subject], *, number: int, seconds: int) -> dict[str, list[Round]]:
    """Measure all subjects in turn, several times, when they are warm.

    Other load on the machine then meets all of them alike.
    """
    for subject in subjects:
        _warm_up(subject)
    found: dict[str, list[Round]] = {subject.name: [] for subject in subjects}
    for _ in range(number):
        for subject in subjects:
            found[subject.name].append(subject.measure(seconds))
    return found


def _warm_up(subject: Subject) -> None:
    """Let Node.js compile its code: the first thousands of answers cost three times as much as later ones."""
    answers, deadline = 0, time.monotonic() + WARM_UP_SECONDS
    while answers < WARM and time.monotonic() < deadline:
        answers += subject.measure(1).load.requests


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its children have used, as the system accounts for it."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def client() -> str:
    """Return the name of the program that makes the load."""
    return "wrk" if shutil.which("wrk") else "a client in Python, as wrk is not installed"


def _load(subject: Subject, seconds: int) -> Load:
    return (_wrk if shutil.which("wrk") else _python)(subject, seconds)


def _wrk(subject: Subject, seconds: int) -> Load:
    headers = [word for name, value in subject.headers.items() for word in ("--header", f"{name}: {value}")]
    script = ["--script", str(_SCRIPT)] if subject.posts else []
    options = ["--threads", "1", "--connections", str(subject.connections), "--duration", f"{seconds}s", "--latency"]
    command = ["wrk", *options, *headers, *script, subject.url, "--", f"thing-{unused()}"]
    return parse(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def parse(report: str) -> Load:
    """Read the report of wrk."""
    (answers,) = re.findall(r"(\d+) requests in", report)
    failed = re.findall(r"Non-2xx or 3xx responses: (\d+)", report)
    broken = re.findall(r"(?:connect|read|write|timeout) (\d+)", report)
    p50, p99 = (_milliseconds(report, percentile) for percentile in ("50%", "99%"))
    return Load(requests=int(answers), errors=sum(map(int, (*failed, *broken))), p50=p50, p99=p99)


def _milliseconds(report: str, percentile: str) -> float:
    number, unit = re.findall(rf"^\s+{percentile}\s+([\d.]+)(us|ms|s|m) *$", report, re.MULTILINE)[0]
    return float(number) * _UNITS[unit]


def _python(subject: Subject, seconds: int) -> Load:
    answers = asyncio.run(_ask_all(subject, time.monotonic() + seconds))
    errors = sum(answer.status >= HTTPStatus.BAD_REQUEST for answer in answers)
    taken = [answer.milliseconds for answer in answers]
    return Load(requests=len(taken), errors=errors, p50=statistics.median(taken), p99=percentile(taken, 99))


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


async def _ask_all(subject: Subject, deadline: float) -> list[Answer]:
    requests = _requests(subject)
    answers = await asyncio.gather(*(_ask(subject, requests, deadline) for _ in range(subject.connections)))
    return list(itertools.chain(*answers))


def _requests(subject: Subject) -> Iterator[bytes]:
    prefix = f"thing-{unused()}"
    for number in itertools.count():
        body = f'{{"text": "{prefix}-{number}"}}' if subject.posts else ""
        yield request(subject.url, subject.headers, body)


async def _ask(subject: Subject, requests: Iterator[bytes], deadline: float) -> list[Answer]:
    """Ask on one connection until the deadline."""
    connection, answers = await Connection.open(subject.url), []
    while time.monotonic() < deadline:
        answers.append(await connection.ask(next(requests)))
    await connection.close()
    return answers
