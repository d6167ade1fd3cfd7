"""How fast a worker with two processes works off a queue, and its cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from techlist.local.processes import wait_until
from techs.models import Submission, SubmissionState
from tests.benchmarks.load import cpu_seconds
from tests.support.services import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Submissions done per second, and CPU seconds for each."""

    rate: float
    cpu: float


def drain(
    worker: Worker,
    messages: Callable[[], int],
    done: Callable[[], int] | None = None,
    accepted: Callable[[], int] | None = None,
) -> Drain:
    """Start a worker, and measure from the first submission that it has done until all are, and no message is left.

    There may be more messages than submissions, or fewer. The last ones may find nothing to do, but take time as well.
    """
    done, total = done or _done, (accepted or Submission.objects.count)()
    begin = done()
    try:
        worker.launch()
        assert wait_until(lambda: done() > begin, timeout=60, step=0.005)
        began, before, cpu = time.monotonic(), done(), cpu_seconds(worker.pid)
        # The database counts them with the same cores, so not too often.
        assert wait_until(lambda: done() >= total and not messages(), timeout=600, step=0.05)
        worked = total - before
        return Drain(rate=worked / (time.monotonic() - began), cpu=(cpu_seconds(worker.pid) - cpu) / worked)
    finally:
        worker.kill()


def _done() -> int:
    return Submission.objects.filter(state=SubmissionState.DONE).count()
