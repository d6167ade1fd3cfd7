"""The load of the fault suite: POSTs at a constant rate, one in ten of them for a repeated technology."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.coherence.client import connect
from tests.coherence.views import spell

# Seconds after which a client gives up. Techlist promises an answer within 5.
TIMEOUT = 15.0
_REPEATS = 0.1


@dataclass(frozen=True, slots=True)
class Post:
    """One POST. number counts those of its technology; status 0 and submission "" mean that no answer came."""

    key: str
    number: int
    took: float
    status: int
    submission: str
    problem: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status == 202


@dataclass(slots=True)
class _Key:
    """A technology of the load. Its POSTs never overlap, so the last one is well defined."""

    numbers: int = 0
    is_busy: bool = False


@dataclass
class Load:
    """POSTs at a constant rate from several threads, regardless of the answers."""

    url: str
    run: str
    rate: float
    seed: int
    posters: int = 24
    posts: list[Post] = field(default_factory=list)
    _keys: dict[str, _Key] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _taken: int = 0
    _chance: random.Random = field(init=False)
    _began: float = 0.0

    def __post_init__(self) -> None:
        """Seed the random choices, so that a run can be repeated."""
        self._chance = random.Random(self.seed)  # noqa: S311  a repeatable load, no secret

    def start(self) -> None:
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._post_on, daemon=True) for _ in range(self.posters)]
        for thread in self._threads:
            thread.start()

    def run_for(self, seconds: float) -> None:
        """Sleep on purpose: the duration of the load is part of the test."""
        time.sleep(seconds)

    def stop(self) -> None:
        """Stop posting, and wait for pending answers."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    @property
    def accepted(self) -> list[Post]:
        return [post for post in self.posts if post.is_accepted]

    @property
    def statuses(self) -> Counter[str]:
        """Count the POSTs by status, or by problem where no answer came."""
        return Counter(str(post.status) if post.status else post.problem for post in self.posts)

    @property
    def slowest(self) -> float:
        """Return the seconds of the slowest POST."""
        return max((post.took for post in self.posts), default=0.0)

    def may_show(self) -> dict[str, set[str]]:
        """Map each technology to the spellings that the list may show at the end.

        That is the last accepted one, or a later one without an answer.
        """
        posts: dict[str, list[Post]] = {}
        for post in self.posts:
            posts.setdefault(post.key, []).append(post)
        return {key: set(_last_spellings(key, of_key)) for key, of_key in posts.items() if any_accepted(of_key)}

    def _post_on(self) -> None:
        connection: HTTPConnection | None = None
        while (key := self._next()) is not None:
            connection = self._post(key, connection)

    def _next(self) -> str | None:
        """Wait for the next POST and return its technology; None at the end."""
        with self._lock:
            at = self._began + self._taken / self.rate
            self._taken += 1
        if self._ended.wait(max(0.0, at - time.monotonic())):
            return None
        with self._lock:
            key = self._choose()
            place = self._keys.setdefault(key, _Key())
            place.is_busy = True
            place.numbers += 1
        return key

    def _choose(self) -> str:
        if self._keys and self._chance.random() < _REPEATS:
            key = self._name(self._chance.randrange(len(self._keys)))
            if not self._keys[key].is_busy:
                return key
        return self._name(len(self._keys))

    def _name(self, number: int) -> str:
        return f"{self.run} {number:06d} abcdefgh"

    def _post(self, key: str, connection: HTTPConnection | None) -> HTTPConnection | None:
        """POST a technology and record the result. Return the connection if it can be reused."""
        number = self._keys[key].numbers
        began = time.monotonic()
        status, submission, problem = 0, "", ""
        try:
            connection = connection or connect(self.url, timeout=TIMEOUT)
            status, submission = _ask(connection, spell(key, number))
        except (OSError, HTTPException) as error:
            connection, problem = None, type(error).__name__ if isinstance(error, OSError) else repr(error)
        took = time.monotonic() - began
        with self._lock:
            self.posts.append(Post(key, number, took, status, submission, problem))
            self._keys[key].is_busy = False
        return connection


def _ask(connection: HTTPConnection, text: str) -> tuple[int, str]:
    connection.request("POST", "/api/techs/", json.dumps({"text": text}), {"Content-Type": "application/json"})
    response = connection.getresponse()
    body: Any = response.read()
    if response.status in {429, 503} and not response.headers["Retry-After"]:
        raise HTTPException("no Retry-After")
    return response.status, json.loads(body)["submission"]["id"] if response.status == 202 else ""


def any_accepted(posts: Iterable[Post]) -> bool:
    return any(post.is_accepted for post in posts)


def _last_spellings(key: str, posts: Iterable[Post]) -> Iterator[str]:
    last = max(post.number for post in posts if post.is_accepted)
    yield spell(key, last)
    yield from (spell(key, post.number) for post in posts if post.number > last)
