"""Parse manifests in separate processes, so that hostile files cost a request neither its memory nor its time.

Each web process has PARSERS of them. They start with the first file and are reused.
"""

import pickle
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from techs.exceptions import TooManyImports
from techs.imports.manifests import Manifest, ManifestError
from techs.imports.parser_process import CPU_SECONDS, TOO_MUCH_MEMORY

PARSERS = 2
# Seconds that a request waits for a free parser.
WAIT = 10.0
# Seconds after which a parser that used little processor time counts as hung.
HUNG_AFTER = 60.0
# Seconds that a process has to end after its connection.
_ENDS_WITHIN = 5.0
# Files after which a parser is replaced, since Python rarely returns memory.
_FILES = 100
_ROOT = Path(__file__).parents[2]

TOO_SLOW = f"This takes more than {CPU_SECONDS} seconds to read. Split the file."


class Parser:
    """A running parser process."""

    PROGRAM = ("-m", "techs.imports.parser_process")

    def __init__(self, process: "subprocess.Popen[bytes]", connection: "Connection[Any, Any]") -> None:
        self._process = process
        self._connection = connection
        self._files = 0

    @classmethod
    def start(cls, program: Sequence[str] = PROGRAM) -> Self:
        ours, theirs = Pipe()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, *program, str(number)]
            process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[number], stdin=subprocess.DEVNULL)  # noqa: S603  ours
        return cls(process, ours)

    @property
    def is_usable(self) -> bool:
        return self._files < _FILES and self._process.poll() is None

    def parse(self, name: str, content: bytes) -> Manifest:
        """Return the manifest. Raises ManifestError, also if the process reaches a limit and ends."""
        self._files += 1
        try:
            self._connection.send((name, content))
            if not self._connection.poll(HUNG_AFTER):
                self.stop()
                raise ManifestError(TOO_SLOW)
            result: Manifest | ManifestError = pickle.loads(self._connection.recv_bytes())  # noqa: S301  from our own process
        except (EOFError, OSError) as error:
            raise ManifestError(self._why_ended()) from error
        if isinstance(result, ManifestError):
            raise result
        return result

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _why_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_WITHIN)
        self.stop()
        return TOO_SLOW if self._process.returncode == -signal.SIGPROF else TOO_MUCH_MEMORY


# Parsers that are free, or None for one that has yet to be started. The last one used is the first to be reused.
_free: "queue.LifoQueue[Parser | None]" = queue.LifoQueue()
for _ in range(PARSERS):
    _free.put(None)


def read(name: str, content: bytes) -> Manifest:
    """Read a manifest like techs.imports.manifests.read(), in another process.

    Raises ManifestError, also if that takes too much time or memory, and TooManyImports if no parser is free in time.
    """
    with _parser() as parser:
        return parser.parse(name, content)


@contextmanager
def _parser() -> Iterator[Parser]:
    try:
        parser = _free.get(timeout=WAIT)
    except queue.Empty as error:
        raise TooManyImports from error
    try:
        if parser and not parser.is_usable:  # it was killed while it was idle
            parser.stop()
            parser = None
        if parser is None:
            parser = Parser.start()
        yield parser
    finally:
        if parser and not parser.is_usable:
            parser.stop()
            parser = None
        _free.put(parser)
