"""The rig of the fault suite: Techlist on real servers, each behind a proxy, and the final count."""

import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from celery import current_app
from django.db import connection
from django.db.models import Min, QuerySet

from techlist.local.processes import wait_until
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import outbox as submissions
from tests.coherence.client import Api
from tests.faults.faults import Faults, lines
from tests.faults.load import Load
from tests.faults.proxy import Proxy
from tests.support.servers import MariaDB, Server, Servers
from tests.support.services import Beat, Web, Worker
from tests.support.waiting import HANG

# Settings for short runs: the same mechanisms with shorter waits.
BRISK = {"TECHLIST_SWEEP_AFTER": "2", "TECHLIST_SWEEP_AFTER_MAX": "8", "TECHLIST_SWEEP_INTERVAL": "1"}
BRISK_VISIBILITY = 5

# Answers allowed during a fault. 0: the connection was lost, so nothing was promised.
ACCEPTABLE = {0, 202, 429, 503}


@dataclass(slots=True)
class Outcome:
    """The result of a scenario, a row of the table."""

    fault: str
    faults: int = 0
    posts: int = 0
    accepted: int = 0
    saved: int = 0
    lost: int = 0
    duplicates: int = 0
    wrong: int = 0
    errors: int = 0
    most_runs: int = 0
    mean_runs: float = 0.0
    slowest: float = 0.0
    recovery: float = 0.0
    leftovers: int = 0
    stale: str = "-"
    is_control: bool = False
    statuses: Counter[str] = field(default_factory=Counter)

    def check(self, *, slowest: float = 12.0) -> None:
        """Assert that nothing was lost, duplicated, wrong or left over, and that there were no errors and no hangs.

        slowest: seconds; clients give up after 15. A POST takes about 2 s at worst, or 6 s on a busy machine.
        """
        assert self.accepted, f"nothing was accepted, so nothing is proven: {self.statuses}"
        assert (self.lost, self.duplicates, self.wrong, self.leftovers) == (0, 0, 0, 0), self
        assert self.errors == 0, self.statuses
        assert self.slowest < slowest, self


class Rig:
    """Web server, worker and beat behind proxies. A scenario starts those it needs; all are stopped at the end."""

    def __init__(self, servers: Servers, mariadb: MariaDB, *, env: Mapping[str, str], directory: Path) -> None:
        """Put a proxy in front of each server; web server and worker each have their own for the broker."""
        self.servers, self.mariadb = servers, mariadb
        self.directory = directory
        self.database = Proxy(mariadb.port)
        self.broker = Proxy(servers.broker.port)
        self.publishing = Proxy(servers.broker.port)
        self.cache = Proxy(servers.cache.port)
        self._env = dict(env) | {
            "DATABASE_URL": _through(env["DATABASE_URL"], self.database),
            "REDIS_CACHE_URL": _through(env["REDIS_CACHE_URL"], self.cache),
            "REDIS_BROKER_URL": _through(env["REDIS_BROKER_URL"], self.broker),
            "TECHLIST_SYNC": "off",
        }
        self.faults = Faults(directory=str(directory))
        self.web: Web
        self.worker: Worker
        self.beat: Beat | None = None
        self.moments: list[float] = []
        self._slowest = 0.0

    def start(
        self, *, settings: Mapping[str, str] | None = None, sweep: bool = True, webs: int = 1, **faults: Any
    ) -> None:
        """Start web processes, a worker and, with sweep, beat. faults are fields of Faults."""
        self._build(webs, settings or {}, faults)
        for process in self.processes():
            process.launch()
        for process in self.processes():
            process.await_answer()
        if sweep:
            self.start_beat()

    def start_web(self, *, settings: Mapping[str, str] | None = None, **faults: Any) -> None:
        """Start one web process only, for readers."""
        self._build(1, settings or {}, faults)
        self.web.start()

    def _build(self, webs: int, settings: Mapping[str, str], faults: Mapping[str, Any]) -> None:
        self.faults = Faults(directory=str(self.directory), **faults)
        env = self._env | dict(settings) | self.faults.environ()
        places: Any = {"directory": self.directory, "reaper": self.servers.reaper}
        web_env = env | {"REDIS_BROKER_URL": _through(env["REDIS_BROKER_URL"], self.publishing)}
        web_app, worker_app = "tests.faults.web_app:application", "tests.faults.worker_app"
        self.web = Web(**places, env=web_env, application=web_app, processes=webs)
        self.worker = Worker(**places, env=env, application=worker_app)
        self._beat = Beat(**places, env=env)

    def start_beat(self) -> None:
        self.beat = self._beat
        self.beat.start()

    def processes(self) -> list[Server]:
        """Yield the processes in the order in which to start them."""
        parts: list[Server] = [self.worker, self.web]
        return [*parts, self.beat] if self.beat else parts

    def load(self, *, rate: float, seed: int, posters: int = 24) -> Load:
        """Start a load with its own names."""
        load = Load(self.web.url, f"fault {secrets.token_hex(3)}", rate=rate, seed=seed, posters=posters)
        load.start()
        return load

    def post(self, text: str) -> str:
        """POST one technology outside any load, again if the machine is too busy, and return the submission's id."""
        api, answers, began = Api(self.web.url), [], time.monotonic()

        def answered() -> bool:
            answers.append(api.call("POST", "/api/techs/", body={"text": text}))
            return answers[-1].status != HTTPStatus.SERVICE_UNAVAILABLE

        wait_until(answered, timeout=HANG, step=0.5)
        self._slowest = max(self._slowest, time.monotonic() - began)
        assert answers[-1].status == HTTPStatus.ACCEPTED, answers[-1]
        return str(answers[-1].json()["submission"]["id"])

    def kill_database(self) -> None:
        """Kill the database server, and drop the connection of this process."""
        connection.close()
        self.mariadb.kill()

    def mark(self) -> None:
        """Mark the start of a fault."""
        self.moments.append(time.time())

    def settle(self, load: Load, *, within: float) -> None:
        """Stop the load, and wait until all accepted submissions are done and no message is left, or time is up."""
        load.stop()
        wait_until(lambda: not _unfinished().exists(), timeout=within, step=0.05)
        self.drain(within=within)

    def drain(self, *, within: float) -> None:
        """Stop sweeping, and wait until no message is left, or time is up."""
        if self.beat:
            self.beat.stop()
        # A message whose acknowledgement was lost returns once more, after the visibility timeout.
        wait_until(lambda: not self.messages(), timeout=within, step=0.05)

    def messages(self) -> int:
        """Count messages that wait in the broker or are held by a worker."""
        with redis.Redis(port=self.servers.broker.port) as broker:
            waiting: Any = sum(broker.llen(queue) for queue in current_app.amqp.queues)
            return int(waiting) + self.messages_in_hand()

    def messages_in_hand(self) -> int:
        """Count messages that a worker has taken, and neither acknowledged nor returned."""
        with redis.Redis(port=self.servers.broker.port) as broker:
            taken: Any = broker.hlen("unacked")
            return int(taken)

    def runs(self) -> Counter[str]:
        """Count the runs of each submission."""
        if not self.faults.starts.exists():
            return Counter()
        lines = self.faults.starts.read_text().splitlines()
        return Counter(line.split()[2] for line in lines if line.split()[1] == submissions.ASSESS_TASK)

    def ends(self) -> int:
        return lines(self.faults.ends)

    def count(self, fault: str, load: Load) -> Outcome:
        """Compare the accepted submissions of a load with the database."""
        outcome = self.count_posted(fault, *(post.submission for post in load.accepted))
        may_show = load.may_show()
        shown: dict[str, list[str]] = {}
        for name in Tech.objects.values_list("name", flat=True):
            if name.casefold() in may_show:
                shown.setdefault(name.casefold(), []).append(name)
        return replace(
            outcome,
            posts=len(load.posts),
            # A lost submission usually leaves its name off the list as well, so adding both would count it twice.
            lost=max(outcome.lost, len(may_show.keys() - shown.keys())),
            duplicates=sum(len(spellings) > 1 for spellings in shown.values()),
            wrong=sum(not may_show[key] & set(spellings) for key, spellings in shown.items()),
            errors=sum(post.status not in ACCEPTABLE or "Retry-After" in post.problem for post in load.posts),
            slowest=max(outcome.slowest, load.slowest),
            statuses=load.statuses,
        )

    def count_posted(self, fault: str, *submissions: str) -> Outcome:
        """Compare single submissions with the database."""
        done = Submission.objects.filter(uuid__in=submissions, state=SubmissionState.DONE).count()
        all_runs = self.runs()
        runs = [all_runs[submission] for submission in submissions]
        return Outcome(
            fault=fault,
            faults=len(self.moments),
            posts=len(submissions),
            accepted=len(submissions),
            saved=done,
            lost=len(submissions) - done,
            most_runs=max(runs, default=0),
            mean_runs=sum(runs) / max(len(runs), 1),
            slowest=self._slowest,
            recovery=max(map(_recovery, self.moments), default=0.0),
            leftovers=self.messages() + _unfinished().count() + self._unrestored(),
        )

    def _unrestored(self) -> int:
        """Count messages that kombu gave up on."""
        return self.worker.log.read_text(errors="replace").count("Could not restore")

    def stop(self) -> None:
        """Kill the processes. Orderly stops are a scenario of their own."""
        for process in reversed(self.processes()):
            process.kill()

    def close(self) -> None:
        self.stop()
        for proxy in (self.database, self.broker, self.publishing, self.cache):
            proxy.close()


def is_done(submission: str) -> bool:
    return Submission.objects.filter(uuid=submission, state=SubmissionState.DONE).exists()


def _unfinished() -> QuerySet[Submission]:
    return Submission.objects.filter(submissions.UNFINISHED)


def _recovery(moment: float) -> float:
    """Return the seconds from a fault until the next submission was done; 0 if nothing was left to do."""
    began = datetime.fromtimestamp(moment, UTC)
    first = Submission.objects.filter(finished_at__gt=began).aggregate(first=Min("finished_at"))["first"]
    return (first - began).total_seconds() if first else 0.0


def _through(url: str, proxy: Proxy) -> str:
    """Return the same address, through the proxy."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{proxy.port}"))
