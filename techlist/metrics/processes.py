"""Count what workers and beat do. Only connected if metrics are on."""

import time
from typing import Any

from celery import signals

from techlist.metrics import port
from techlist.metrics.catalogue import BEAT, BEAT_AT, REPUBLISHED, SENT, TASK_SECONDS, TASKS
from techlist.metrics.figures import figures

# An outage ends a task as ignored (celery_app.py).
_OUTCOMES = {"SUCCESS": "success", "IGNORED": "outage"}
# Tasks that return how much they have done.
_AMOUNTS = {"techs.sweep": REPUBLISHED, "techs.notify": SENT}


def connect() -> None:
    """Connect to Celery's signals. Those of tasks are sent in pool processes, the others in their parent."""
    signals.task_prerun.connect(_begin)
    signals.task_postrun.connect(_end)
    signals.worker_process_shutdown.connect(_flush)
    signals.worker_ready.connect(_serve)
    signals.beat_init.connect(_serve)


def note_published(*, succeeded: bool) -> None:
    """Count a message of beat."""
    figures.add(BEAT, "success" if succeeded else "failure")
    if succeeded:
        figures.set(BEAT_AT, time.time())


def _begin(task: Any, **_: Any) -> None:
    task.request.began_at = time.monotonic()


def _end(task: Any, state: str = "", retval: Any = None, **_: Any) -> None:
    figures.add(TASKS, task.name, _OUTCOMES.get(state, "failure"))
    figures.observe(TASK_SECONDS, task.name, seconds=time.monotonic() - task.request.began_at)
    if task.name in _AMOUNTS and isinstance(retval, int):
        figures.add(_AMOUNTS[task.name], amount=retval)


def _flush(**_: Any) -> None:
    figures.flush()


def _serve(**_: Any) -> None:
    port.open_in_background()
