"""Fixed-window counters in Redis, shared by all processes."""

import time

from django.core.cache import cache as store
from redis.exceptions import RedisError

from techs import cache

_KEY = "techs:count:{}:{}"
_counts = True


def count(name: str, *, seconds: int, by: int = 1, windows: int = 1) -> int:
    """Add to a counter and return its value in the current window. Without Redis, return 0, which limits nothing.

    windows: for how many windows the count is kept.
    """
    global _counts  # noqa: PLW0603  one per process is intended
    if cache.breaker.is_open:
        return 0
    # Since the key contains the window, counting and expiry need one round trip and no script.
    key = store.make_key(_KEY.format(name, int(time.time()) // seconds))
    try:
        client = store.client.get_client(write=True)  # type: ignore[attr-defined]  # provided by django-redis
        with client.pipeline(transaction=False) as pipeline:
            pipeline.incrby(key, by)
            pipeline.expire(key, windows * seconds)
            number = int(pipeline.execute()[0])
    except RedisError as error:
        if _counts:
            cache.note_outage(error)
        _counts = False
        return 0
    _counts = True
    return number


def per_second(name: str, *, seconds: int) -> float:
    """Return how much was counted per second, in this window and, if kept, the one before. Without Redis, return 0."""
    if cache.breaker.is_open:
        return 0.0
    now = time.time()
    window = int(now) // seconds
    try:
        client = store.client.get_client()  # type: ignore[attr-defined]  # provided by django-redis
        counts = client.mget([store.make_key(_KEY.format(name, each)) for each in (window - 1, window)])
    except RedisError as error:
        cache.note_outage(error)
        return 0.0
    return sum(map(int, filter(None, counts))) / (seconds + now % seconds)


def seconds_left(*, seconds: int) -> int:
    """Return the seconds until the current window ends, at least 1."""
    return seconds - int(time.time()) % seconds
