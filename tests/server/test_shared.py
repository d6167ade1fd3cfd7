"""Concurrent requests for the same work share one run."""

import threading
import time

import pytest

from techlist.local.processes import wait_until
from techs.shared import Shared


def test_work_is_done_once_for_all_who_ask() -> None:
    entered, go_on, calls = threading.Event(), threading.Event(), []

    def work() -> int:
        calls.append(1)
        entered.set()
        go_on.wait(10)
        return len(calls)

    shared = Shared(work)
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(shared.begin().get(timeout=10))) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert results == [1] * 20


def test_who_comes_late_to_work_that_hangs_does_not_wait_again() -> None:
    go_on = threading.Event()
    shared = Shared(lambda: go_on.wait(10))
    with pytest.raises(TimeoutError):
        shared.begin().get(timeout=2)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        shared.begin().get(timeout=2)
    assert time.monotonic() - started < 2
    go_on.set()
    assert wait_until(lambda: shared.last, timeout=60)


def test_error_of_the_work_is_shared() -> None:
    shared: Shared[float] = Shared(lambda: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            shared.begin().get(timeout=5)
