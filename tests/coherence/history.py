"""What a read may see: each technology is a register with one writer, and a read is a time interval.

A read that starts after a version was done may not see an older one. A read that ends before a version was sent may
not see that version. In between, both are right. This is regularity as in Lamport, "On interprocess communication"
(1986), for each technology separately.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

# Fields of a technology and their values; None while it is not on the list.
State: TypeAlias = Mapping[str, Any] | None

ABSENT: State = None


@dataclass(slots=True)
class Version:
    """One write. Times are of one monotonic clock, in seconds; done is infinite until the write is acknowledged."""

    state: State
    begun: float
    done: float = math.inf

    def shows_as(self, seen: State) -> bool:
        """Return whether a list with this version can look as seen. Fields missing from the list are ignored."""
        if self.state is None or seen is None:
            return self.state is seen
        return all(seen.get(name, value) == value for name, value in self.state.items())


@dataclass(frozen=True, slots=True)
class Read:
    """One answer: start and end of the request, and the technologies that the answer shows."""

    what: str
    began: float
    ended: float
    seen: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Violation:
    """A read that saw a state it may not see."""

    key: str
    what: str
    seen: State
    expected: State
    seconds_late: float

    def __str__(self) -> str:
        return (
            f"{self.what} showed {_words(self.seen)} of {self.key!r}, "
            f"{self.seconds_late * 1000:.1f} ms after {_words(self.expected)} was done"
        )


@dataclass(slots=True)
class Register:
    """The versions of one technology, oldest first. Only its writer appends; readers may read at any time."""

    versions: list[Version] = field(default_factory=lambda: [Version(ABSENT, -math.inf, -math.inf)])

    def begin(self, state: State, *, at: float) -> Version:
        """Record a write that is about to be sent. Its writer sets done once it is acknowledged."""
        version = Version(state, at)
        self.versions.append(version)
        return version

    def newest_done(self, at: float) -> Version:
        """Return the newest version that was acknowledged by this time."""
        return next(version for version in reversed(self.versions) if version.done <= at)

    def allows(self, seen: State, *, began: float, ended: float) -> bool:
        """Return whether a read in this interval may have seen this state."""
        for version in reversed(self.versions):
            if version.begun <= ended and version.shows_as(seen):
                return True
            if version.done <= began:
                return False
        raise AssertionError("unreachable: the first version was always done")


class History:
    """All registers of a run, by key."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.registers = {key: Register() for key in keys}

    def check(self, read: Read) -> list[Violation]:
        """Return the violations of an answer."""
        return [
            self._violation(key, read)
            for key, seen in read.seen.items()
            if not self.registers[key].allows(seen, began=read.began, ended=read.ended)
        ]

    def _violation(self, key: str, read: Read) -> Violation:
        expected = self.registers[key].newest_done(read.began)
        late = read.began - expected.done
        return Violation(key, read.what, read.seen[key], expected.state, late if math.isfinite(late) else 0.0)


def _words(state: State) -> str:
    return "nothing" if state is None else " ".join(f"{name}={value!r}" for name, value in sorted(state.items()))
