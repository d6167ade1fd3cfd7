"""Which states a read may see, tested without an installation."""

from typing import Any

import pytest

from tests.coherence.history import ABSENT, History, Read, State
from tests.coherence.views import Walk, spell

KEY = "thing"


def written(*writes: tuple[State, float, float]) -> History:
    """Build the history of one technology from states with start and end times."""
    history = History([KEY])
    for state, begun, done in writes:
        history.registers[KEY].begin(state, at=begun).done = done
    return history


ONE, TWO = {"name": "thing", "note": "1"}, {"name": "Thing", "note": "2"}
NEVER = float("inf")


@pytest.mark.parametrize(
    ("seen", "began", "ended", "is_right"),
    [
        (ABSENT, 0, 0.5, True),  # before anything was written
        (ONE, 0, 0.5, False),  # from the future
        (ABSENT, 1.5, 1.6, True),  # during the write, both are right
        (ONE, 1.5, 1.6, True),
        (ABSENT, 0.5, 9, True),  # started before the write was done
        (ABSENT, 2, 3, False),  # starts when the write is done
        (ONE, 2.1, 2.2, True),
        (ONE, 3.5, 3.6, True),  # during the next write
        (TWO, 3.5, 3.6, True),
        (ONE, 4.1, 4.2, False),  # stale
        (TWO, 4.1, 4.2, True),
        ({"name": "Thing"}, 4.1, 4.2, True),  # a list without notes
        ({"name": "thing"}, 4.1, 4.2, False),
        ({"name": "Thing", "note": "2", "score": 5}, 4.1, 4.2, True),
    ],
)
def test_what_a_read_may_see(seen: State, began: float, ended: float, is_right: bool) -> None:  # noqa: FBT001
    history = written((ONE, 1, 2), (TWO, 3, 4))
    assert (history.check(Read("it", began, ended, {KEY: seen})) == []) == is_right


def test_unanswered_write_may_be_seen_or_not() -> None:
    history = written((ONE, 1, 2), (TWO, 3, NEVER))
    for seen in (ONE, TWO):
        assert not history.check(Read("it", 100, 101, {KEY: seen}))
    assert history.check(Read("it", 100, 101, {KEY: ABSENT}))


def test_violation_says_what_is_wrong() -> None:
    (violation,) = written((ONE, 1, 2)).check(Read("/get", 2.5, 3, {KEY: ABSENT}))
    assert str(violation) == "/get showed nothing of 'thing', 500.0 ms after name='thing' note='1' was done"


def page(*names: str, more: bool = False) -> dict[str, Any]:
    return {"data": [{"name": name} for name in names], "next": "http://host/api/techs/?cursor=x" if more else None}


def test_walk_covers_each_name_once() -> None:
    walk = Walk("", ["a", "b", "c", "d", "e"])
    walk.path()
    assert walk.seen(page("A", "c", more=True)) == {"a": {"name": "A"}, "b": None, "c": {"name": "c"}}
    assert walk.path() == "/api/techs/?cursor=x"
    assert walk.seen(page("e")) == {"d": None, "e": {"name": "e"}}
    assert "cursor" not in walk.path()


def test_spellings_differ_and_are_one_technology() -> None:
    spellings = {spell("run 01 abcdefgh", number) for number in range(256)}
    assert len(spellings) == 256
    assert {spelling.casefold() for spelling in spellings} == {"run 01 abcdefgh"}
