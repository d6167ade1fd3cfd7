"""The ways to read the list: each knows its address, and of which technologies its answer says something.

An answer says something of a technology that it shows, and of one that it would have to show.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from tests.coherence.history import State

LIST = "/api/techs/"
PAGE_SIZE = 500  # the largest that the API gives
WALK_SIZE = 20


class View(Protocol):
    """One way to read the list, for one reader."""

    def path(self) -> str:
        """The address to ask next."""

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """What the answer to it says of each technology that it covers."""


@dataclass(slots=True)
class All:
    """An answer that covers every technology of the run."""

    address: str
    keys: Sequence[str]

    def path(self) -> str:
        """Always the same."""
        return self.address

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """Everything that is not shown is not there."""
        shown = by_key(body["data"])
        return {key: shown.get(key) for key in self.keys}


@dataclass(slots=True)
class One:
    """A search for one technology, another one each time."""

    keys: Sequence[str]
    chance: random.Random
    _key: str = ""

    def path(self) -> str:
        """The search for it."""
        self._key = self.chance.choice(self.keys)
        return _address(q=self._key)

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """It, or that it is not there."""
        return {self._key: by_key(body["data"]).get(self._key)}


@dataclass(slots=True)
class Walk:
    """Page after page by name, from the first to the last, and again: each page covers the names between its ends."""

    prefix: str
    keys: Sequence[str]
    _next: str | None = None
    _after: str = field(default="")

    def path(self) -> str:
        """The next page, or the first one."""
        if self._next is None:
            self._after = ""
            return _address(q=self.prefix, ordering="name", page_size=WALK_SIZE)
        return self._next

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """The names after the page before and up to the last one here, or to the end."""
        shown = by_key(body["data"])
        address = urlsplit(body["next"] or "")
        self._next = f"{address.path}?{address.query}" if body["next"] else None
        last = max(shown, default="") if self._next else None
        covered = [key for key in self.keys if key > self._after and (last is None or key <= last)]
        self._after = last or ""
        return {key: shown.get(key) for key in covered}


def ways(prefix: str, keys: Sequence[str], *, chance: random.Random) -> list[View]:
    """All of them, for one reader."""
    return [
        All(_address(q=prefix, page_size=PAGE_SIZE), keys),
        All(_address(q=prefix, page_size=PAGE_SIZE, priority="unknown"), keys),
        All(_address(q=prefix, page_size=PAGE_SIZE, ordering="-submitted_at"), keys),
        All("/get", keys),
        One(keys, chance),
        Walk(prefix, keys),
    ]


def by_key(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of an answer by what makes two spellings one technology."""
    return {row["name"].casefold(): row for row in rows}


def spell(key: str, number: int) -> str:
    """The key in a spelling of its own: the number in the case of its letters, least bit first.

    Techlist takes all spellings for one technology, and shows the one that was typed last.
    """
    return "".join(_spelled(key, number))


def _spelled(key: str, number: int) -> Iterator[str]:
    for letter in key:
        if not letter.isalpha():
            yield letter
            continue
        yield letter.upper() if number & 1 else letter
        number >>= 1


def _address(**params: str | int) -> str:
    return f"{LIST}?{urlencode(params)}"


def parse(body: bytes) -> Any:
    """The body of an answer."""
    return json.loads(body)
