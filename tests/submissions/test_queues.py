"""Workers read the queue of periodic tasks first, however many submissions are waiting."""

from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery, current_app, signals

from celery_app import queues_to_read
from techlist.local.processes import wait_until
from techs.submissions import outbox
from tests.faults.faults import Faults, lines
from tests.support.servers import Servers
from tests.support.services import Worker, place, running


@pytest.mark.parametrize(
    ("chosen", "read"),
    [
        (["periodic", "celery", "imports"], ["periodic", "celery", "imports"]),
        (["imports", "celery"], ["periodic", "celery", "imports"]),
        (["celery"], ["periodic", "celery"]),
        (["imports"], ["imports"]),
        (["periodic"], ["periodic"]),
        (["other", "celery"], ["periodic", "celery", "other"]),
    ],
)
def test_order_of_queues(chosen: list[str], read: list[str]) -> None:
    assert queues_to_read(chosen) == read


@pytest.mark.filterwarnings("ignore:You're running the worker with superuser")
@pytest.mark.parametrize(
    ("options", "read"),
    [
        ({}, ["periodic", "celery", "imports"]),
        ({"exclude_queues": "periodic"}, ["celery", "imports"]),
        ({"exclude_queues": ["periodic", "imports"]}, ["celery"]),
        ({"exclude_queues": "imports"}, ["periodic", "celery"]),
        ({"queues": "celery", "exclude_queues": "periodic"}, ["celery"]),
        ({"queues": "imports,celery"}, ["periodic", "celery", "imports"]),
    ],
)
def test_options_of_a_worker(options: dict[str, Any], read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The options after -Q and -X, as Celery's own worker reads them."""
    app = Celery("queues", set_as_current=False)
    app.conf.task_queues = {name: {} for name in ("periodic", "celery", "imports")}
    worker: Any = app.Worker(**options)
    signals.celeryd_after_setup.send(sender=worker.hostname, instance=worker, conf=app.conf)
    assert list(app.amqp.queues.consume_from) == read


@pytest.mark.django_db(transaction=True)
@pytest.mark.one_database
@pytest.mark.parametrize("queues", ["", "celery"], ids=["by default", "by an older command line"])
def test_periodic_tasks_overtake_a_backlog(
    servers: Servers, process_env: dict[str, str], tmp_path: Path, queues: str
) -> None:
    for number in range(100):
        outbox.accept(text=f"thing {number}")
    current_app.send_task("techs.note_ends", queue="periodic")
    faults = Faults(directory=str(tmp_path))
    options: Any = {"application": "tests.faults.worker_app", "queues": queues}
    with running(Worker(**place(servers), env=process_env | faults.environ(), **options)):
        with redis.Redis(port=servers.broker.port) as broker:
            assert wait_until(lambda: not broker.llen("celery") and not broker.hlen("unacked"), timeout=30)
        assert wait_until(lambda: lines(faults.starts) >= 101, timeout=60)
    started = [line.split()[1] for line in faults.starts.read_text().splitlines()]
    assert "techs.note_ends" in started[:2]
