"""Counters in Redis, shared by all processes: of fixed windows, and totals."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache as store
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from techs import cache

_KEY = "techs:count:{}:{}"
_TOTAL = "techs:total:{}"
_answers = True


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Add to a counter and return its value in the current window. Without Redis, return 0, which limits nothing."""
    # Since the key contains the window, counting and expiry need one round trip and no script.
    return _add(_KEY.format(name, int(time.time()) // seconds), by, seconds=seconds)


def add(name: str, number: int, *, seconds: int) -> None:
    """Add to a total that grows until nothing was added for so long. Without Redis, do nothing."""
    _add(_TOTAL.format(name), number, seconds=seconds)


def total(name: str) -> int | None:
    """Return a total, 0 if nothing was added lately, or None without Redis."""
    key = store.make_key(_TOTAL.format(name))
    return _asked(lambda: int(_client(write=False).get(key) or 0))


def _add(name: str, by: int, *, seconds: int) -> int:
    key = store.make_key(name)

    def add() -> int:
        with _client(write=True).pipeline(transaction=False) as pipeline:
            pipeline.incrby(key, by)
            pipeline.expire(key, seconds)
            return int(pipeline.execute()[0])

    return _asked(add) or 0


def _asked(ask: Callable[[], int]) -> int | None:
    """Ask Redis. Without it, return None, and log only the first of several failures in a row."""
    global _answers  # noqa: PLW0603  one per process is intended
    if cache.breaker.is_open:
        return None
    try:
        answer = ask()
    except RedisError as error:
        # Each timeout opens the breaker.
        if _answers or isinstance(error, RedisTimeoutError):
            cache.note_outage(error)
        _answers = False
        return None
    _answers = True
    return answer


def _client(*, write: bool) -> Any:
    return store.client.get_client(write=write)  # type: ignore[attr-defined]  # provided by django-redis


def seconds_left(*, seconds: int) -> int:
    """Return the seconds until the current window ends, at least 1."""
    return seconds - int(time.time()) % seconds
