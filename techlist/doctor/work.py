"""Examine the work: workers, beat, submissions, webhooks and lifecycle data."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from techlist.doctor.report import Finding
from techs.lifecycles import store, sync_schedule
from techs.models import Delivery, PeriodicRun, Service, Source, Submission, Tech, Upload
from techs.submissions.liveness import LATE_AFTER, Liveness

# Seconds in which workers answer.
_TIMEOUT = 1.5
_WORKER = "celery -A celery_app worker --without-gossip --without-mingle --without-heartbeat"
# Days after which lifecycle data is old.
_OLD_AFTER = 45


def workers() -> Iterator[Finding]:
    with current_app.connection_for_write() as connection:
        inspection = current_app.control.inspect(timeout=_TIMEOUT, connection=connection)
        answers: dict[str, Any] = inspection.active_queues() or {}
    problem = "" if answers else f"No worker answers. Start one: {_WORKER}"
    yield Finding("workers", sorted(answers), problem)
    read = {queue["name"] for queues in answers.values() for queue in queues}
    for queue in settings.CELERY_TASK_QUEUES:
        is_unread = bool(answers) and queue not in read
        problem = f"No worker reads the queue {queue}. Start one: {_WORKER} -Q {queue}" if is_unread else ""
        yield Finding(f"queue_{queue}_is_read", queue in read, problem)


def submissions() -> Iterator[Finding]:
    yield Finding("technologies", Tech.objects.count())
    yield Finding("services", Service.objects.count())
    for model, kind in ((Submission, "submissions"), (Upload, "uploads"), (Delivery, "webhook_messages")):
        states = model.objects.order_by("state").values_list("state").annotate(Count("pk"))
        for state, count in states:
            yield Finding(f"{kind}_{state}", count)
    found = Liveness.read()
    oldest = found.oldest_unfinished_seconds
    is_late = found.is_delayed and not found.is_sweep_late
    problem = f"Accepted work has been waiting for {oldest:,} seconds. Check workers and their log." if is_late else ""
    yield Finding("oldest_unfinished_seconds", oldest, problem)


def periodic_tasks() -> Iterator[Finding]:
    found = Liveness.read()
    problem = ""
    if found.last_sweep_seconds is None or found.is_sweep_late:
        problem = (
            f"Periodic tasks have not run for {LATE_AFTER} seconds or more. Start beat, and a worker that reads the "
            "queue periodic: celery -A celery_app beat"
        )
    yield Finding("sweep_seconds_ago", found.last_sweep_seconds, problem)
    for run in PeriodicRun.objects.exclude(name="sweep"):
        name = run.name.replace(" ", "_")
        ago = int((timezone.now() - run.finished_at).total_seconds()) if run.finished_at else None
        yield Finding(f"{name}_seconds_ago", ago)
        if run.problem:
            yield Finding(f"{name}_problem", run.problem)


def lifecycle_data() -> Iterator[Finding]:
    state, fetched_at = sync_schedule.state()
    failed = sync_schedule.failed_run() if state is sync_schedule.FetchState.FAILED else None
    problem = ""
    if failed:
        problem = f"The download of lifecycle data fails: {failed.problem} Check the network, or TECHLIST_SYNC_URL."
    yield Finding("download", state.value, problem)
    yield Finding("downloaded_at", fetched_at.isoformat() if fetched_at else None)
    for source in Source:
        if version := store.newest_version(source):
            yield _age(source, version)


def _age(source: Source, version: Any) -> Finding:
    days = (datetime.now(UTC).date() - version.as_of).days
    problem = ""
    if source is Source.ENDOFLIFE_DATE and days > _OLD_AFTER:
        problem = f"Lifecycle data is {days} days old. Run manage.py sync_lifecycles, if needed with --file."
    return Finding(f"{source.value.replace('.', '_')}_days_old", days, problem)
