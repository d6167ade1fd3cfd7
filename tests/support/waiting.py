"""Guards against waiting for ever. They say nothing about the speed of the machine."""

import time
from collections.abc import Generator
from contextlib import contextmanager

# Seconds. No wait of the product is as long, and a busy machine needs less for a request.
HANG = 30.0


@contextmanager
def no_hang() -> Generator[None, None, None]:
    """Fail if the block takes so long that some wait in it has no end of its own."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < HANG
