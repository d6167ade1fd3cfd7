"""Bound the processor time that a web thread spends on the technologies of a file, after the file was parsed.

Most take a fraction of a millisecond, but a file may have 10,000 lines that are made to take long.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from techs.imports.manifests import ManifestError

T = TypeVar("T")

CPU_SECONDS = 10
TOO_SLOW = f"This takes more than {CPU_SECONDS} seconds to assess. Split the file."


def bounded(items: Iterable[T]) -> Iterator[T]:
    """Yield the items. Raises ManifestError once the work on them has taken too much processor time of this thread."""
    began = time.thread_time()
    for item in items:
        if time.thread_time() - began > CPU_SECONDS:
            raise ManifestError(TOO_SLOW)
        yield item
        # Let other threads of the process have the interpreter at once, instead of after its switch interval.
        time.sleep(0)
