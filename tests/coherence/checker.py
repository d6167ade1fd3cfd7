"""Run writers and readers against an installation, and report every stale read."""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException

from tests.coherence.client import Admin, Api, GaveUpError
from tests.coherence.history import History, Read, State, Violation
from tests.coherence.views import View, parse, ways
from tests.coherence.writing import Writer

_EXAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan of a run. keys: technologies per writer; timeout: seconds for a write with its retries."""

    url: str
    reads: int = 100_000
    readers: int = 8
    writers: int = 4
    keys: int = 10
    timeout: float = 60.0
    seed: int = 0
    token: str = ""
    username: str = ""
    password: str = ""


@dataclass(slots=True)
class Report:
    """The result of a run. Its threads fill it and hold the lock meanwhile."""

    reads: int = 0
    cached: int = 0
    not_modified: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    gave_up: list[str] = field(default_factory=list)
    violations: int = 0
    examples: list[Violation] = field(default_factory=list)
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_coherent(self) -> bool:
        """Return whether no read was stale and every write finished."""
        return not self.violations and not self.gave_up

    def note_read(self, violations: list[Violation], *, is_cached: bool, is_modified: bool) -> None:
        with self._lock:
            self.reads += 1
            self.cached += is_cached
            self.not_modified += not is_modified
            self.violations += len(violations)
            self.examples += violations[: _EXAMPLES - len(self.examples)]

    def note_unanswered(self, problem: str) -> None:
        """Count a read without a list as its answer."""
        with self._lock:
            self.unanswered[problem] += 1

    def note_write(self, kind: str) -> None:
        with self._lock:
            self.writes[kind] += 1

    def note_gave_up(self, error: Exception) -> None:
        """Record why a writer gave up."""
        with self._lock:
            self.gave_up.append(str(error) if isinstance(error, GaveUpError) else repr(error))

    def lines(self) -> list[str]:
        """Return the report in sentences."""
        writes = ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.writes.items()))
        unanswered = ", ".join(f"{number:,} {problem}" for problem, number in sorted(self.unanswered.items()))
        kinds = f"{self.cached:,} from the cache, {self.not_modified:,} not modified"
        return [
            f"{self.reads:,} reads in {self.seconds:.0f} s: {kinds}; unanswered: {unanswered or 'none'}.",
            f"{self.writes.total():,} writes: {writes or 'none'}.",
            *(f"A writer gave up: {problem}" for problem in self.gave_up),
            f"Stale reads: {self.violations:,}.",
            *(f"    {violation}" for violation in self.examples),
        ]


class Run:
    """A run of the checker."""

    def __init__(self, plan: Plan) -> None:
        """Choose names that no other run uses."""
        self.plan = plan
        self.report = Report()
        self.prefix = f"checked {secrets.token_hex(3)}"
        # End with letters, so that each key has enough spellings.
        self._keys = [
            [f"{self.prefix} {writer:02d}-{number:02d} abcdefghijklmnop" for number in range(plan.keys)]
            for writer in range(plan.writers)
        ]
        self.keys = sorted(key for keys in self._keys for key in keys)
        self.history = History(self.keys)
        self._reading_ended = threading.Event()
        self._left = plan.reads
        # Readers go on until each writer has made each kind of write, even on a slow machine.
        self._writers_to_come = set(range(plan.writers))
        self._left_lock = threading.Lock()

    def go(self) -> Report:
        """Write and read until the plan is fulfilled, then remove all technologies."""
        started = time.monotonic()
        writers = self._start(self._write, self.plan.writers)
        readers = self._start(self._read, self.plan.readers)
        for thread in readers:
            thread.join()
        self._reading_ended.set()
        for thread in writers:
            thread.join()
        self.report.seconds = time.monotonic() - started
        return self.report

    def _start(self, work: Callable[[int], None], number: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in range(number)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self, number: int) -> None:
        plan = self.plan
        api = Api(plan.url, plan.token)
        chance = random.Random(f"{plan.seed} writer {number}")  # noqa: S311  a repeatable load, no secret
        try:
            admin = Admin(plan.url, username=plan.username, password=plan.password) if plan.username else None
            registers = {key: self.history.registers[key] for key in self._keys[number]}
            writer = Writer(registers, api=api, admin=admin, chance=chance, timeout=plan.timeout)
            while not writer.has_made_each:
                self.report.note_write(writer.write())
            self._note_all_kinds(number)
            while not self._reading_ended.is_set():
                self.report.note_write(writer.write())
            writer.clean_up()
        except Exception as error:  # noqa: BLE001  the report has it, and readers must not wait for this writer
            self.report.note_gave_up(error)
            self._note_all_kinds(number)

    def _read(self, number: int) -> None:
        chance = random.Random(f"{self.plan.seed} reader {number}")  # noqa: S311
        reader = Reader(Api(self.plan.url, self.plan.token), self.history, report=self.report, chance=chance)
        views = ways(self.prefix, self.keys, chance=chance)
        while self._take_read():
            reader.read(chance.choice(views))

    def _take_read(self) -> bool:
        with self._left_lock:
            self._left -= 1
            return self._left >= 0 or bool(self._writers_to_come)

    def _note_all_kinds(self, writer: int) -> None:
        with self._left_lock:
            self._writers_to_come.discard(writer)


class Reader:
    """Reads the list in one way, and checks the answers."""

    def __init__(self, api: Api, history: History, *, report: Report, chance: random.Random) -> None:
        self.api, self.history, self.report, self.chance = api, history, report, chance
        # ETag and content of the last answer by path; a 304 repeats them.
        self._known: dict[str, tuple[str, dict[str, State]]] = {}

    def read(self, view: View) -> None:
        """Read once. An answer that is no list is counted, and reading goes on."""
        path = view.path()
        etag, known = self._known.get(path, ("", {}))
        headers = {"If-None-Match": etag} if etag and self.chance.random() < 0.5 else {}
        began = time.monotonic()
        try:
            answer = self.api.call("GET", path, headers=headers)
        except (OSError, HTTPException) as error:
            self.report.note_unanswered(type(error).__name__)
            return
        ended = time.monotonic()
        if answer.status == HTTPStatus.NOT_MODIFIED:
            self._check(Read(f"304 {path}", began, ended, known), is_cached=False, is_modified=False)
            return
        if answer.status != HTTPStatus.OK:
            self.report.note_unanswered(str(answer.status))
            return
        body = parse(answer.body)
        seen = view.seen(body)
        self._known[path] = answer.headers["ETag"], seen
        self._check(Read(path, began, ended, seen), is_cached=body["isCached"], is_modified=True)

    def _check(self, read: Read, *, is_cached: bool, is_modified: bool) -> None:
        self.report.note_read(self.history.check(read), is_cached=is_cached, is_modified=is_modified)
