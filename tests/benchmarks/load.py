"""Load on one address, and its cost: requests, latency, and the CPU time of the processes that answer.

wrk makes the load where it is installed. Otherwise a client in Python does, which is slower and competes for the same
cores: CPU per request stays comparable, latencies are higher.
"""

import asyncio
import itertools
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.support.servers import Server

CONNECTIONS = 16
_SCRIPT = Path(__file__).with_name("post.lua")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_runs = itertools.count()


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
    """An address to measure, and the server behind it. With posts, each request adds another technology."""

    name: str
    server: Server
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    posts: bool = False

    def measure(self, seconds: int) -> Round:
        before = cpu_seconds(self.server.pid)
        load = _load(self, seconds)
        if load.errors:
            raise RuntimeError(f"{self.name}: {load.errors} of {load.requests} answers were errors")
        return Round(load=load, cpu=(cpu_seconds(self.server.pid) - before) / load.requests * 1e6)


def rounds(subjects: list[Subject], *, number: int, seconds: int) -> dict[str, list[Round]]:
    """Measure all subjects in turn, several times, after one load each to warm up.

    Other load on the machine then meets all of them alike.
    """
    for subject in subjects:
        subject.measure(1)
    found: dict[str, list[Round]] = {subject.name: [] for subject in subjects}
    for _ in range(number):
        for subject in subjects:
            found[subject.name].append(subject.measure(seconds))
    return found


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
    options = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--latency"]
    command = ["wrk", *options, *headers, *script, subject.url, "--", _prefix()]
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


def _prefix() -> str:
    """Return a text that no earlier run used."""
    return f"thing-{next(_runs)}"


def _python(subject: Subject, seconds: int) -> Load:
    taken, statuses = asyncio.run(_ask_all(subject, time.monotonic() + seconds))
    errors = sum(status >= HTTPStatus.BAD_REQUEST for status in statuses)
    *_, p99 = statistics.quantiles(taken, n=100)
    return Load(requests=len(taken), errors=errors, p50=statistics.median(taken), p99=p99)


async def _ask_all(subject: Subject, deadline: float) -> tuple[list[float], list[int]]:
    requests = _requests(subject)
    answers = await asyncio.gather(*(_ask(subject, requests, deadline) for _ in range(CONNECTIONS)))
    taken, statuses = zip(*itertools.chain(*answers), strict=True)
    return list(taken), list(statuses)


def _requests(subject: Subject) -> Iterator[bytes]:
    split, prefix = urlsplit(subject.url), _prefix()
    path = f"{split.path}?{split.query}" if split.query else split.path
    fields = "".join(f"{name}: {value}\r\n" for name, value in subject.headers.items())
    for number in itertools.count():
        body = f'{{"text": "{prefix}-{number}"}}' if subject.posts else ""
        method = "POST" if subject.posts else "GET"
        head = f"{method} {path} HTTP/1.1\r\nHost: {split.netloc}\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        yield (head + body).encode()


async def _ask(subject: Subject, requests: Iterator[bytes], deadline: float) -> list[tuple[float, int]]:
    """Ask on one connection until the deadline. Return the milliseconds and the status of each answer."""
    split, answers = urlsplit(subject.url), []
    reader, writer = await asyncio.open_connection(split.hostname, split.port)
    while time.monotonic() < deadline:
        started = time.perf_counter()
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        answers.append(((time.perf_counter() - started) * 1000, int(head.split(b" ", 2)[1])))
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answers
