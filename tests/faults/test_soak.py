"""Ten minutes at saturation: memory stays flat, POSTs are answered in time, and nothing accepted is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

import pytest

from tests.coherence.client import Api
from tests.faults.memory import Memory
from tests.faults.rig import Outcome, Rig
from tests.support.threads import in_background

SECONDS = 600
READERS = 8
# More than the machine can handle: each client posts again as soon as it has an answer.
SATURATING = 100_000.0


@contextmanager
def reading(url: str) -> Iterator[list[int]]:
    """Read the list in the meantime. Yields the statuses other than 200."""
    refused: list[int] = []

    def read(ended: threading.Event) -> None:
        api = Api(url)
        while not ended.is_set():
            try:
                status = api.call("GET", "/api/techs/").status
            except (OSError, HTTPException):
                status = 0
            if status != 200:
                refused.append(status)

    with in_background(*[read] * READERS):
        yield refused


@pytest.mark.nightly
def test_ten_minutes_at_saturation(rig: Rig, outcomes: list[Outcome], seed: int) -> None:
    rig.start(webs=2, settings={"TECHLIST_THROTTLE": "0"})
    memories = [Memory(rig.web), Memory(rig.worker)]
    with reading(rig.web.url) as refused:
        load = rig.load(rate=SATURATING, seed=seed, posters=32)
        load.run_for(SECONDS)
        load.stop()
    # Process the backlog before measuring the memory of the worker.
    rig.settle(load, within=3600)
    for memory in memories:
        memory.stop()
    outcomes.append(rig.count(f"soak: {SECONDS // 60} min at saturation; {'; '.join(map(str, memories))}", load))
    outcomes[-1].check()
    assert not [status for status in refused if status not in {0, 503}]
    for memory in memories:
        assert memory.growth < 1.1, memory
