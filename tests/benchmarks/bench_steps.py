"""What limits the next step: one, two and four processes, with the cost and the connections of the servers behind."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from techs import cache
from techs.models import Submission, SubmissionState
from tests.benchmarks import QUICK, seeding
from tests.benchmarks.draining import drain
from tests.benchmarks.environment import JSON, PRODUCTION, PROXIED, Run, fill_list
from tests.benchmarks.load import Subject, cpu_seconds
from tests.benchmarks.steps import Steps
from tests.support.services import Web, Worker, running

PROCESSES = (1, 2, 4)


@pytest.mark.skipif(QUICK, reason="takes a minute")
def test_steps(run: Run, steps: Steps, seconds: int) -> None:
    if run.servers.mariadb is None:
        pytest.skip("needs a database server of its own")
    for processes in PROCESSES:
        # The list of the step before is longer, by its POSTs.
        seeding.empty()
        fill_list()
        cache.invalidate()
        with running(Web(**run.places(**PRODUCTION), processes=processes)) as web:
            steps.add(processes, **_reads(run, web, seconds))
            steps.add(processes, **_posts(run, web, seconds))
            steps.add(processes, **_connections(run, web))
        steps.add(processes, **_tasks(run, processes))


def _reads(run: Run, web: Web, seconds: int) -> dict[str, float]:
    subject = Subject(name="get", server=web, url=f"{web.url}/get", headers=PROXIED)
    subject.measure(1)
    with _accounting(run) as used:
        measured = subject.measure(seconds)
    answers = measured.load.requests
    return {"reads": answers / seconds, "read_web": measured.cpu, "read_cache": used["cache"] / answers * 1e6}


def _posts(run: Run, web: Web, seconds: int) -> dict[str, float]:
    subject = Subject(name="post", server=web, url=f"{web.url}/api/techs/", headers=PROXIED | JSON, posts=True)
    with _accounting(run) as used:
        measured = subject.measure(seconds)
    answers = measured.load.requests
    costs = {"post_web": measured.cpu / 1000, "post_database": used["database"] / answers * 1000}
    return costs | {"posts": answers / seconds, "post_broker": used["broker"] / answers * 1000}


def _tasks(run: Run, processes: int) -> dict[str, float]:
    queued = Submission.objects.filter(state=SubmissionState.QUEUED).count()
    with _accounting(run) as used:
        drained = drain(Worker(**run.places(), processes=processes), run.messages)
    costs = {"task_worker": drained.cpu * 1000, "task_database": used["database"] / queued * 1000}
    return costs | {"drained": drained.rate}


def _connections(run: Run, web: Web) -> dict[str, float]:
    """Count the connections of a web server's processes by the server at their other end."""
    ports = {"cache": run.servers.cache.port, "broker": run.servers.broker.port}
    if run.servers.mariadb:
        ports["database"] = run.servers.mariadb.port
    parent = psutil.Process(web.pid)
    remote = [
        each.raddr.port
        for process in (parent, *parent.children(recursive=True))
        for each in process.net_connections("tcp")
        if each.raddr and each.status == psutil.CONN_ESTABLISHED
    ]
    return {f"connections_{name}": float(remote.count(port)) for name, port in ports.items()}


@contextmanager
def _accounting(run: Run) -> Iterator[dict[str, float]]:
    """Yield the CPU seconds of the servers behind Techlist, complete after the block."""
    servers = {"cache": run.servers.cache, "broker": run.servers.broker, "database": run.servers.mariadb}
    pids = {name: server.pid for name, server in servers.items() if server}
    used = {name: -cpu_seconds(pid) for name, pid in pids.items()}
    yield used
    for name, pid in pids.items():
        used[name] += cpu_seconds(pid)
