"""Fixed-window counters in Redis, shared by all processes."""

import time

from redis.exceptions import RedisError

from techs import cache

_counts = True


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Add to a counter and return its value in the current window. Without Redis, return 0, which limits nothing."""
    global _counts  # noqa: PLW0603  one per process is intended
    if cache.breaker.is_open:
        return 0
    # Since the key contains the window, counting and expiry need one round trip and no script.
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
    """Return the seconds until the current window ends, at least 1."""
    return seconds - int(time.time()) % seconds
