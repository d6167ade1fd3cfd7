"""Guards against endless waits. They do not measure the speed of the machine."""

import time
from collections.abc import Generator
from contextlib import contextmanager

# Seconds. No wait in Techlist is that long, and even a busy machine needs less for a request.
HANG = 30.0


@contextmanager
def no_hang() -> Generator[None, None, None]:
    """Fail if the block takes so long that some wait in it must be endless."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < HANG
