"""The Celery application, for `celery -A celery_app worker`, `beat` and `inspect`."""

import gc
import logging
import os
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import celery
from billiard import pool
from billiard.util import get_pdeathsig  # type: ignore[attr-defined]  # the stubs lack it
from celery import Celery, signals
from celery.exceptions import Ignore
from celery.utils.text import str_to_list
from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from techlist import heaps
from techs import request_ids

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")
# Celery would run all of Django's checks, which import the pages and the API, and ignore the result.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

logger = logging.getLogger(__name__)

_BEAT_CHECKED_EVERY = 1.0  # seconds


class QoS(redis.QoS):
    """Kombu's list of unacknowledged messages, which stays correct if the broker does not answer.

    The handler of SIGQUIT waits for running tasks, for longer than the socket's timeout. If it interrupts the wait for
    the confirmation of a receipt, kombu 5.7.0 forgets the message, and it comes back only after the visibility timeout.

    If an acknowledgement fails, kombu 5.7.0 counts the message as one in progress from then on. After as many as a
    worker may have, it asks for no further ones, so it does not notice that its connection is lost either, and never
    works again. Such a message comes back after the visibility timeout, and repeating its task is harmless.
    """

    def append(self, message: Any, delivery_tag: str) -> None:
        try:
            super().append(message, delivery_tag)
        except self.channel.connection_errors:  # type: ignore[attr-defined]  # the stubs lack it
            self._delivered[delivery_tag] = message  # type: ignore[index]
            raise

    def ack(self, delivery_tag: str) -> None:
        with self._no_longer_in_progress(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  kombu's own
        with self._no_longer_in_progress(delivery_tag):
            super().reject(delivery_tag, requeue)

    @contextmanager
    def _no_longer_in_progress(self, delivery_tag: str) -> Generator[None, None, None]:
        try:
            yield
        except self.channel.connection_errors:  # type: ignore[attr-defined]  # the stubs lack it
            self._quick_ack(delivery_tag)  # type: ignore[attr-defined]  # the stubs lack it
            raise


class Channel(redis.Channel):
    """Kombu's channel, which can also be used and closed after its connection was lost.

    kombu 5.7.0 restores and acknowledges messages through a connection that is gone, and the AttributeError ends the
    worker. Such messages come back after the visibility timeout or with the next sweep.
    """

    QoS = QoS

    def close(self) -> None:
        # Restore only through a live connection. A channel may be closed more than once.
        self.do_restore = self.do_restore and self._is_connected()
        super().close()

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  kombu's own
        # This error does not end the worker.
        if not self._is_connected():
            message = "This channel has lost its connection."
            raise RedisConnectionError(message)
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]  # the stubs lack it
        return parameters

    def _is_connected(self) -> bool:
        return self.connection is not None and self.connection.client is not None


class SentinelChannel(Channel, redis.SentinelChannel):
    """The same for a broker that Sentinels watch."""


redis.Transport.Channel = Channel
redis.SentinelTransport.Channel = SentinelChannel

# A pool process that ends waits until its results are read, for 300 polls of 0.1 s in billiard 4.3.2. But a stopping
# worker returns tasks that no process has started to the queue, and does not read their results. If a process starts
# such a task anyway, it would wait in vain for as long as a container has to stop. Its work is stored, and repeating it
# is harmless.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 20


class Task(celery.Task):  # type: ignore[type-arg]  # Celery's own is not subscriptable
    """Logs an outage in one line. Celery does not retry the task, because beat or the sweep publishes the next one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from techs import outages  # noqa: PLC0415  Django must be set up first
        from techs.activity import actors  # noqa: PLC0415

        token = actors.source.set(lambda: actors.WORKER)
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            if not outages.log(error, work=str(self.name)):
                raise  # Celery logs it with the traceback
            raise Ignore from error
        finally:
            actors.source.reset(token)


app = Celery("techlist", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.task_prerun.connect
def check_connections(task: Any, **_: Any) -> None:
    """Keep database connections between tasks, as between requests. The first statement replaces a lost one."""
    from django.db import close_old_connections, connection  # noqa: PLC0415  Django must be set up first

    from techs.submissions import outbox  # noqa: PLC0415

    close_old_connections()
    if task.name == outbox.ASSESS_TASK:
        # It replaces a lost connection itself, without a round trip to find out.
        connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it


@signals.task_prerun.connect
def begin_request_id(task: Any, task_id: str, **_: Any) -> None:
    """Continue with the id of the request that published the task. Periodic tasks have their own."""
    headers = task.request.headers or {}
    task.request.request_id_before = request_ids.begin(headers.get(request_ids.HEADER) or task_id)


@signals.task_postrun.connect
def end_request_id(task: Any, **_: Any) -> None:
    request_ids.current.reset(task.request.request_id_before)


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_to_start(**_: Any) -> None:
    """Stop on dangerous settings or an old schema."""
    _check_once()


@cache
def _check_once() -> None:
    """Check, unless this process is the beat of a worker that has just checked."""
    from techlist.checks import settings_checks  # noqa: PLC0415  Django must be set up first
    from techs import migration_state  # noqa: PLC0415  Django must be set up first

    settings_checks.stop_on_errors(ask_redis=True)
    migration_state.stop_if_behind()


@signals.celeryd_after_setup.connect
def load_lifecycle_data(**_: Any) -> None:
    """Load the active data before the pool is forked, whose processes share it until there is newer data."""
    from django.db import DatabaseError, InterfaceError, connections  # noqa: PLC0415  Django must be set up first

    from techs.lifecycles import store  # noqa: PLC0415

    # A worker may start before its database.
    with suppress(DatabaseError, InterfaceError):
        store.current()
    # Pool processes must not inherit a connection.
    connections.close_all()


@signals.celeryd_after_setup.connect
@signals.worker_before_create_process.connect
def share_memory(**_: Any) -> None:
    """Keep the garbage collector from writing to objects made so far, so that forks share their memory."""
    # Every pool process calls such a function. With cffi, the first call builds a C parser, in 60 ms and 2 MiB.
    with suppress(OSError):
        get_pdeathsig()
    gc.collect()
    gc.freeze()


@signals.celeryd_after_setup.connect
def fill_gaps(**_: Any) -> None:
    """Let the pool's processes put their objects on pages of their own.

    This happens once, after the collector has left gaps. Before each process, it would take more and more memory.
    """
    heaps.fill_gaps()


@signals.celeryd_init.connect
def note_excluded(instance: Any, options: dict[str, Any], **_: Any) -> None:
    """Remember the queues after -X, which Celery itself forgets."""
    instance.excluded = str_to_list(options.get("exclude_queues") or "")


@signals.celeryd_after_setup.connect
def order_queues(instance: Any, **_: Any) -> None:
    """Read the queues in the order of the settings, whatever the order after -Q."""
    queues = instance.app.amqp.queues
    queues.select(queues_to_read(list(queues.consume_from), excluded=getattr(instance, "excluded", ())))


def queues_to_read(chosen: Sequence[str], *, excluded: Collection[str] = ()) -> list[str]:
    """Add the queue of periodic tasks for workers whose command line is older than that queue."""
    from django.conf import settings  # noqa: PLC0415  Django must be set up first

    added = {"periodic"} - {*excluded} if "celery" in chosen else set()
    wanted = {*chosen} | added
    ordered = [queue for queue in settings.CELERY_TASK_QUEUES if queue in wanted]
    return ordered + [queue for queue in chosen if queue not in ordered]


@signals.worker_ready.connect
def watch_beat(sender: Any, **_: Any) -> None:
    """Stop a worker that runs beat (--beat) if beat ends, which nobody else would notice."""
    from celery.platforms import EX_FAILURE  # noqa: PLC0415  the web server needs neither
    from celery.worker import state  # noqa: PLC0415

    beat = getattr(sender.controller, "beat", None)
    if beat is None:
        return

    def check() -> None:
        if not beat.is_alive() and state.should_stop is None:
            logger.critical("Beat has ended, so the worker stops, too.")
            vars(state).update(should_stop=EX_FAILURE)

    sender.timer.call_repeatedly(_BEAT_CHECKED_EVERY, check)


@signals.worker_ready.connect
def fetch_lifecycles(**_: Any) -> None:
    """Check the age of the lifecycle data as soon as the worker is ready, without waiting for beat."""
    from django.conf import settings  # noqa: PLC0415  Django must be set up first

    from techs.submissions import outbox  # noqa: PLC0415

    if settings.SYNC:
        outbox.publish_sync()
