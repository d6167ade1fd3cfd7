"""Readers that keep reading while a test changes the list."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def readers(number: int, read: Callable[[int, threading.Event], None]) -> Iterator[None]:
    """Run read in threads, with the number of each, until the event that is set at the end of the block.

    The test fails with a reader that fails.
    """
    ended = threading.Event()
    with ThreadPoolExecutor(number) as pool:
        reading = [pool.submit(read, each, ended) for each in range(number)]
        try:
            yield
        finally:
            ended.set()
    for each in reading:
        each.result()
