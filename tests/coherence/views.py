"""The ways to read the list. Each has a path, and determines which technologies an answer covers.

An answer covers the technologies that it shows, and those that it would have to show.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from tests.coherence.history import State

LIST = "/api/techs/"
PAGE_SIZE = 500  # the maximum of the API
WALK_SIZE = 20


class View(Protocol):
    """One way to read the list, for one reader."""

    def path(self) -> str:
        """The path to request next."""

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """Return the state of each technology that the answer covers."""


@dataclass(slots=True)
class All:
    """An answer that covers all technologies of the run."""

    address: str
    keys: Sequence[str]

    def path(self) -> str:
        return self.address

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """Return all technologies; those not shown are not on the list."""
        shown = by_key(body["data"])
        return {key: shown.get(key) for key in self.keys}


@dataclass(slots=True)
class One:
    """A search for one technology, a different one each time."""

    keys: Sequence[str]
    chance: random.Random
    _key: str = ""

    def path(self) -> str:
        self._key = self.chance.choice(self.keys)
        return _address(q=self._key)

    def seen(self, body: Mapping[str, Any]) -> dict[str, State]:
        """Return the technology, or that it is not on the list."""
        return {self._key: by_key(body["data"]).get(self._key)}


@dataclass(slots=True)
class Walk:
    """Walks through the pages by name, again and again. Each page covers the names between its ends."""

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
        """Return the names after the previous page, up to the last one here or the end of the list."""
        shown = by_key(body["data"])
        address = urlsplit(body["next"] or "")
        self._next = f"{address.path}?{address.query}" if body["next"] else None
        last = max(shown, default="") if self._next else None
        covered = [key for key in self.keys if key > self._after and (last is None or key <= last)]
        self._after = last or ""
        return {key: shown.get(key) for key in covered}


def ways(prefix: str, keys: Sequence[str], *, chance: random.Random) -> list[View]:
    """Return all ways, for one reader."""
    return [
        All(_address(q=prefix, page_size=PAGE_SIZE), keys),
        All(_address(q=prefix, page_size=PAGE_SIZE, priority="unknown"), keys),
        All(_address(q=prefix, page_size=PAGE_SIZE, ordering="-submitted_at"), keys),
        All("/get", keys),
        One(keys, chance),
        Walk(prefix, keys),
    ]


def by_key(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Map the normalised names of an answer to its rows."""
    return {row["name"].casefold(): row for row in rows}


def spell(key: str, number: int) -> str:
    """Spell a key in its own way: the number as upper and lower case letters, least significant bit first.

    Techlist treats all spellings as one technology, and shows the latest.
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
    return json.loads(body)
