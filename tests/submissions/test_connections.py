"""Workers keep their database connections between tasks, and replace those that the server has closed."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import redis
from celery import current_app
from django.db import connection

from celery_app import check_connections
from techlist.local.processes import wait_until
from techs import tasks
from techs.models import Submission, SubmissionState
from techs.submissions import outbox
from tests.support.servers import Server, Servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mysql")]


def rows(sql: str, *values: int) -> list[tuple[Any, ...]]:
    """Ask the database through a connection of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())
    finally:
        other.close()


def connections_of(worker: Server) -> set[int]:
    """Return the ids of the connections of a worker's processes."""
    main = psutil.Process(worker.pid)
    sockets = [each for process in (main, *main.children(recursive=True)) for each in process.net_connections("tcp")]
    addresses = {f"{each.laddr.ip}:{each.laddr.port}" for each in sockets if each.laddr}
    return {number for number, host in rows("SELECT id, host FROM information_schema.processlist") if host in addresses}


def kill(number: int) -> None:
    rows(f"KILL {number}")
    wait_until(lambda: not rows("SELECT 1 FROM information_schema.processlist WHERE id = %s", number), timeout=10)


def is_done(submission: Submission) -> bool:
    submission.refresh_from_db()
    return submission.state == SubmissionState.DONE


def process_several(texts: str) -> None:
    """Wait until the running worker has processed a submission for each word, without the sweep."""
    accepted = [outbox.accept(text=f"{word} 1") for word in texts.split()]
    assert wait_until(lambda: all(map(is_done, accepted)), timeout=60)
    assert {submission.attempts for submission in accepted} <= {0, 1}


def test_workers_keep_their_connections(celery_worker_process: Server) -> None:
    process_several("one two three four")
    assert wait_until(lambda: len(connections_of(celery_worker_process)) in {1, 2}, timeout=60)
    before = connections_of(celery_worker_process)
    process_several("five six seven eight nine ten")
    assert before <= connections_of(celery_worker_process), (
        "the pool has two processes, of which one may have been idle"
    )
    assert len(connections_of(celery_worker_process)) <= 2


def test_connections_that_the_server_closed_between_two_tasks(celery_worker_process: Server, servers: Servers) -> None:
    process_several("one two three four")
    for number in connections_of(celery_worker_process):
        kill(number)
    process_several("five six seven eight")
    for number in connections_of(celery_worker_process):
        kill(number)
    for _ in range(4):
        current_app.send_task("techs.note_ends", queue="periodic")
    with redis.Redis(port=servers.broker.port) as broker:
        assert wait_until(lambda: not broker.llen("periodic") and not broker.hlen("unacked"), timeout=60)
    assert "waits." not in celery_worker_process.log.read_text()


@pytest.mark.parametrize(("name", "is_checked"), [(outbox.ASSESS_TASK, False), ("techs.sweep", True)])
def test_only_tasks_that_replace_lost_connections_save_the_check(name: str, is_checked: bool) -> None:  # noqa: FBT001
    Submission.objects.exists()
    check_connections(task=current_app.tasks[name])
    assert connection.health_check_done is not is_checked  # type: ignore[attr-defined]  # the stubs lack it


@contextmanager
def lost_before(statement: int) -> Generator[list[str], None, None]:
    """Close the connection on the server's side before the statement with this number. Yield all statements."""
    seen: list[str] = []

    def lose(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        seen.append(sql)
        if len(seen) == statement:
            kill(int(context["connection"].connection.thread_id()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lose):
        yield seen


@pytest.mark.parametrize("task", ["single", "batch"])
def test_connections_that_the_server_closed_within_a_task(task: str) -> None:
    number, statements = 0, 1
    while number < statements:
        number += 1
        submission = outbox.accept(text=f"{task} {number}")
        with lost_before(number) as seen:
            tasks.assess(str(submission.uuid)) if task == "single" else tasks.assess_chunk([submission.pk])
        assert is_done(submission), f"not after losing it before: {seen[number - 1]}"
        statements = len(seen)
    assert number > 3
