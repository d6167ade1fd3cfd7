"""All metrics, with their documentation. Labels never come from paths, texts or users."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]
"""The name of a metric and the values of its labels."""
Values: TypeAlias = Mapping[Key, list[float]]
"""One number for each key; for histograms, the numbers of its buckets, and the sum of all that was observed."""

# Upper bounds in seconds. The last bucket has everything above.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Kind(StrEnum):
    """How the numbers of several processes are combined. Counters and histograms add up; the latest date counts."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    DATE = "date"
    GAUGE = "gauge"  # measured when somebody asks

    @property
    def shown(self) -> str:
        """Return the type that Prometheus knows."""
        return Kind.GAUGE.value if self == Kind.DATE else self.value


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, as it is exported."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    about: str

    @property
    def length(self) -> int:
        """Return how many numbers it has for each key."""
        return len(BUCKETS) + 2 if self.kind == Kind.HISTOGRAM else 1


REQUESTS = Metric(
    "techlist_http_requests_total",
    Kind.COUNTER,
    ("route", "method", "status"),
    "Requests that Django answered, by the name of the address and the class of the status, such as 2xx.",
)
REQUEST_SECONDS = Metric(
    "techlist_http_request_seconds",
    Kind.HISTOGRAM,
    ("route", "method"),
    "How long Django took to answer.",
)
REFUSALS = Metric(
    "techlist_http_refusals_total",
    Kind.COUNTER,
    ("status",),
    "Requests that the web server refused before Django: 408, 413, or 503 while all threads are busy.",
)
NEAR_HITS = Metric(
    "techlist_near_cache_hits_total",
    Kind.COUNTER,
    (),
    "Requests that the web server answered from its memory, without Django.",
)
NEAR_MISSES = Metric(
    "techlist_near_cache_misses_total",
    Kind.COUNTER,
    (),
    "Requests that Django answered, whose responses the web server may repeat from now on.",
)
CACHE_HITS = Metric("techlist_cache_hits_total", Kind.COUNTER, (), "Pages found in the cache in Redis.")
CACHE_MISSES = Metric("techlist_cache_misses_total", Kind.COUNTER, (), "Pages rendered from the database.")

TASKS = Metric(
    "techlist_tasks_total",
    Kind.COUNTER,
    ("task", "outcome"),
    "Finished tasks. The outcome is success, failure (a bug) or outage (of a server, so the work waits).",
)
TASK_SECONDS = Metric("techlist_task_seconds", Kind.HISTOGRAM, ("task",), "How long tasks took.")
REPUBLISHED = Metric(
    "techlist_sweep_republished_total",
    Kind.COUNTER,
    (),
    "Unfinished submissions, uploads and changes that the sweep published again.",
)
SENT = Metric("techlist_webhook_messages_sent_total", Kind.COUNTER, (), "Webhook messages that were delivered.")
BEAT = Metric(
    "techlist_beat_messages_total",
    Kind.COUNTER,
    ("outcome",),
    "Periodic tasks that beat published (success), or could not publish (failure).",
)
BEAT_AT = Metric(
    "techlist_beat_last_published_timestamp_seconds",
    Kind.DATE,
    (),
    "When beat last published a task.",
)

DEPENDENCY_UP = Metric(
    "techlist_dependency_up",
    Kind.GAUGE,
    ("dependency",),
    "1 if the database (with the current schema), the cache or the broker answers, else 0.",
)
OLDEST = Metric(
    "techlist_oldest_unfinished_seconds",
    Kind.GAUGE,
    (),
    "How long the oldest unfinished submission, upload or change of a service has been waiting; 0 if there is none.",
)
DELAYED = Metric(
    "techlist_delayed",
    Kind.GAUGE,
    (),
    "1 if work has been waiting for more than 30 seconds without progress, or if the sweep is overdue, else 0.",
)
SWEEP_AGE = Metric("techlist_last_sweep_age_seconds", Kind.GAUGE, (), "How long ago the last sweep ended.")
SUBMISSIONS = Metric("techlist_submissions", Kind.GAUGE, ("state",), "Submissions by state.")
UPLOADS = Metric("techlist_uploads", Kind.GAUGE, ("state",), "Uploads of services by state.")
DELIVERIES = Metric("techlist_webhook_deliveries", Kind.GAUGE, ("state",), "Webhook messages by state.")
TECHNOLOGIES = Metric(
    "techlist_technologies", Kind.GAUGE, ("level",), "Technologies on the list by level, without libraries."
)
DATA_AGE = Metric(
    "techlist_lifecycle_data_age_seconds",
    Kind.GAUGE,
    (),
    "How long ago the lifecycle data was last downloaded, or confirmed to be the newest.",
)
QUEUED = Metric("techlist_queue_messages", Kind.GAUGE, ("queue",), "Messages that no worker has taken yet.")
UNACKED = Metric(
    "techlist_unacknowledged_messages", Kind.GAUGE, (), "Messages that workers have taken and not yet finished."
)
BUILD = Metric("techlist_build_info", Kind.GAUGE, ("version",), "1, with the version of Techlist.")

METRICS = {
    metric.name: metric
    for metric in (
        *(REQUESTS, REQUEST_SECONDS, REFUSALS, NEAR_HITS, NEAR_MISSES, CACHE_HITS, CACHE_MISSES),
        *(TASKS, TASK_SECONDS, REPUBLISHED, SENT, BEAT, BEAT_AT),
        *(DEPENDENCY_UP, OLDEST, DELAYED, SWEEP_AGE, SUBMISSIONS, UPLOADS, DELIVERIES, TECHNOLOGIES, DATA_AGE),
        *(QUEUED, UNACKED, BUILD),
    )
}


def combine(into: dict[Key, list[float]], values: Values) -> None:
    """Add the numbers of another process. Those that this version does not know are left out."""
    for key, numbers in values.items():
        metric = METRICS.get(key[0])
        if metric is None or len(key) != 1 + len(metric.labels) or len(numbers) != metric.length:
            continue
        former = into.get(key, [0.0] * metric.length)
        if metric.kind == Kind.DATE:
            into[key] = max(former, numbers)
        else:
            into[key] = [before + more for before, more in zip(former, numbers, strict=True)]
