"""The Celery application, for `celery -A celery_app worker`, `beat` and `inspect`."""

import os
from typing import Any

import celery
from billiard import pool
from celery import Celery, signals
from celery.exceptions import Ignore
from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisConnectionError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")


class Channel(redis.Channel):
    """Kombu's channel, except that it can be used and closed when its connection is gone.

    kombu 5.7.0 gives messages back, and acknowledges them, through a connection that has just been lost; the
    AttributeError of that ends the worker. Such messages come back by the visibility timeout, or by the sweep.
    """

    def close(self) -> None:
        """Give messages back only where there is a way. A channel may be closed more than once."""
        self.do_restore = self.do_restore and self._is_connected()
        super().close()

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  kombu's own
        """Where to connect to. Raises an error that Celery knows how to survive."""
        if not self._is_connected():
            message = "The connection of this channel is gone."
            raise RedisConnectionError(message)
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]  # the stubs lack it
        return parameters

    def _is_connected(self) -> bool:
        return self.connection is not None and self.connection.client is not None


redis.Transport.Channel = Channel

# A pool process that ends waits until its results were read: 300 looks of 0.1 s with billiard 4.3.2. A worker that is
# asked to stop gives back what no process has begun, and reads no result of it; a process that begins it all the same
# waits in vain, as long as containers are given to stop. What it did is stored, and done again without harm.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 20


class Task(celery.Task):  # type: ignore[type-arg]  # Celery's own is not subscriptable
    """A task that logs an outage in one line. It is not tried again: the clock or the sweep sends the next one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it. Other errors are left to Celery, which logs them with their traceback."""
        from techs import outages  # noqa: PLC0415  Django must be set up first

        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            if not outages.log(error, what=str(self.name)):
                raise
            raise Ignore from error


app = Celery("techlist", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_to_start(**_: Any) -> None:
    """With dangerous settings, or an old schema. Celery runs Django's checks, and goes on whatever they find."""
    from techlist.checks import settings_checks  # noqa: PLC0415  Django must be set up first
    from techs import migration_state  # noqa: PLC0415  Django must be set up first

    settings_checks.stop_on_errors(ask_redis=True)
    migration_state.stop_if_behind()


@signals.worker_ready.connect
def fetch_lifecycles(**_: Any) -> None:
    """See at once whether the lifecycle data is too old, whenever beat was started."""
    from django.conf import settings  # noqa: PLC0415  Django must be set up first

    from techs.submissions import outbox  # noqa: PLC0415

    if settings.SYNC:
        outbox.publish_sync()
