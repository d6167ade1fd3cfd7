"""Counters in fixed windows of time, in Redis, so that all processes share the counts."""

import time

from redis.exceptions import RedisError

from techs import cache

_counts = True


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Count one more under the name. Return how many these are in the running window of so many seconds.

    All processes share the count. It is 0 if the cache is away: what is counted is not refused then.
    """
    global _counts  # noqa: PLW0603  one per process is the point
    if cache.breaker.is_open:
        return 0
    # The window is part of the key, so that the count and its end need one round trip and no script.
    key = cache.make_key(f"techs:count:{name}:{int(time.time()) // seconds}")
    try:
        with cache.redis().pipeline(transaction=False) as pipeline:
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
    """Seconds until the running window of so many seconds ends, at least 1."""
    return seconds - int(time.time()) % seconds
