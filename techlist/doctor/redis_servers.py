"""Examine both Redis servers: versions, memory, persistence, clocks and queues."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from techlist.checks.server_checks import broker_client, cache_client
from techlist.doctor.clock import difference
from techlist.doctor.report import Finding

_OPTIONS = ("maxmemory", "maxmemory-policy", "save", "appendonly", "appendfsync")


def cache() -> Iterator[Finding]:
    with cache_client() as client:
        yield from _server(client, "the cache")


def broker() -> Iterator[Finding]:
    with broker_client() as client:
        yield from _server(client, "the broker")
        for queue, entries in _entries().items():
            yield _queue(queue, int(client.llen(queue)), most=entries)
        yield Finding("unacknowledged_messages", int(client.hlen("unacked")))


def _server(client: Any, name: str) -> Iterator[Finding]:
    info: dict[str, Any] = client.info()
    kind = str(info.get("server_name", "redis")).capitalize()
    yield Finding("server", f"{kind} {info.get(f'{kind.lower()}_version', info.get('redis_version'))}")
    yield Finding("role", info.get("role"))
    yield Finding("replicas", info.get("connected_slaves"))
    yield Finding("up_seconds", info.get("uptime_in_seconds"))
    yield Finding("used_mib", int(info.get("used_memory", 0)) // 2**20)
    yield Finding("evicted_keys", info.get("evicted_keys"))
    yield Finding("clients", info.get("connected_clients"))
    for option in _OPTIONS:
        yield Finding(option, _option(client, option))
    yield difference("clock_difference_seconds", name, lambda: _time(client))


def _option(client: Redis, option: str) -> str:
    try:
        return str(client.config_get(option).get(option, "unknown"))
    except RedisError:
        return "unknown"  # hosted servers hide their configuration


def _time(client: Any) -> datetime:
    seconds, microseconds = client.time()
    return datetime.fromtimestamp(seconds + microseconds / 1_000_000, UTC)


def _entries() -> dict[str, int]:
    """Map each queue to the number of messages above which it is a problem."""
    limits = dict.fromkeys(settings.CELERY_TASK_QUEUES, settings.SWEEP_QUEUE_LIMIT)
    return limits | {"periodic": len(settings.CELERY_BEAT_SCHEDULE) - 1}


def _queue(name: str, length: int, *, most: int) -> Finding:
    problem = ""
    if length > most:
        problem = f"The queue {name} has {length:,} messages. Start workers that read it, or more of them."
    return Finding(f"queue_{name}", length, problem)
