"""Items that arrive within a moment are worked on together."""

from collections.abc import Generator
from threading import Event

import pytest

from techs.submissions.gathering import Gatherer

PATIENT = 30.0


class Work:
    """Notes what it works on, and waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.may_go_on = Event(), Event()
        self.done: list[list[int]] = []

    def __call__(self, items: list[int]) -> None:
        self.done.append(items)
        self.began.set()
        assert self.may_go_on.wait(PATIENT)


@pytest.fixture
def work() -> Generator[Work, None, None]:
    work = Work()
    yield work
    work.may_go_on.set()


@pytest.mark.parametrize(("most", "together"), [(10, [1, 2, 3]), (2, [1, 2])], ids=["all", "limited"])
def test_items_that_wait_are_worked_on_together(work: Work, most: int, together: list[int]) -> None:
    gatherer = Gatherer(work, most=most, pause=0.0, name="test")
    gatherer.add(0)
    assert work.began.wait(PATIENT)
    for item in (1, 2, 3):
        gatherer.add(item)
    work.may_go_on.set()
    gatherer.finish()
    assert work.done == [[0], together]


def test_items_gather_for_a_moment(work: Work) -> None:
    work.may_go_on.set()
    gatherer = Gatherer(work, most=10, pause=0.2, name="test")
    gatherer.add(0)
    assert work.began.wait(PATIENT)
    for item in (1, 2, 3):
        gatherer.add(item)
    gatherer.finish()
    assert [item for items in work.done for item in items] == [0, 1, 2, 3]
    assert len(work.done) < 4


def test_an_ended_thread_accepts_nothing(work: Work) -> None:
    gatherer = Gatherer(work, most=2, pause=0.0, name="test")
    gatherer.finish()
    for item in (0, 1):
        with pytest.raises(RuntimeError):
            gatherer.add(item)
