"""Threads that work while a test goes on."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def in_background(*works: Callable[[threading.Event], object]) -> Generator[None, None, None]:
    """Run each work in a thread. It gets an event that is set at the end of the block, after which it must return.

    The block fails with a work that fails.
    """
    ended = threading.Event()
    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(work, ended) for work in works]
        try:
            yield
        finally:
            ended.set()
    for each in running:
        each.result()
