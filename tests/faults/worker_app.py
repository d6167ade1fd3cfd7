"""Techlist's Celery application with injected faults: `celery -A tests.faults.worker_app worker`."""

from typing import Any

import billiard.pool
import django
from celery.signals import task_postrun, task_prerun, worker_init

from celery_app import app
from tests.faults.faults import Faults, note

__all__ = ["app"]

_faults = Faults.of_process()

if _faults.visibility_timeout:
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "visibility_timeout": _faults.visibility_timeout,
        "unacked_restore_interval": 1,
    }

if _faults.looks:
    billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _faults.looks


@worker_init.connect(weak=False)
def _install(**kwargs: Any) -> None:
    django.setup()
    from tests.faults import injection  # noqa: PLC0415  models exist only when the apps are ready

    injection.install()


@task_prerun.connect(weak=False)
def _note_start(task: Any, args: Any, **kwargs: Any) -> None:
    note(_faults.starts, f"{task.name} {args[0] if args else '-'}")


@task_postrun.connect(weak=False)
def _note_end(task: Any, args: Any, **kwargs: Any) -> None:
    note(_faults.ends, f"{task.name} {args[0] if args else '-'}")
