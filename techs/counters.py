"""Counters in Redis, shared by all processes: of fixed windows, and totals."""

import time

from django.core.cache import cache as store
from redis.exceptions import RedisError

from techs import cache

_KEY = "techs:count:{}:{}"
_TOTAL = "techs:total:{}"
_counts = True


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Add to a counter and return its value in the current window. Without Redis, return 0, which limits nothing."""
    # Since the key contains the window, counting and expiry need one round trip and no script.
    return _add(_KEY.format(name, int(time.time()) // seconds), by, seconds=seconds)


def add(name: str, number: int, *, seconds: int) -> None:
    """Add to a total that grows until nothing was added for so long. Without Redis, do nothing."""
    _add(_TOTAL.format(name), number, seconds=seconds)


def total(name: str) -> int | None:
    """Return a total, 0 if nothing was added lately, or None without Redis."""
    if cache.breaker.is_open:
        return None
    try:
        client = store.client.get_client()  # type: ignore[attr-defined]  # provided by django-redis
        return int(client.get(store.make_key(_TOTAL.format(name))) or 0)
    except RedisError as error:
        cache.note_outage(error)
        return None


def _add(name: str, by: int, *, seconds: int) -> int:
    global _counts  # noqa: PLW0603  one per process is intended
    if cache.breaker.is_open:
        return 0
    key = store.make_key(name)
    try:
        client = store.client.get_client(write=True)  # type: ignore[attr-defined]  # provided by django-redis
        with client.pipeline(transaction=False) as pipeline:
            pipeline.incrby(key, by)
            pipeline.expire(key, seconds)
            number = int(pipeline.execute()[0])
    except RedisError as error:
        if _counts:
            cache.note_outage(error)
        _counts = False
        return 0
    _counts = True
    return number


def seconds_left(*, seconds: int) -> int:
    """Return the seconds until the current window ends, at least 1."""
    return seconds - int(time.time()) % seconds
