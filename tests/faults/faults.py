"""The faults to inject into a process, passed in its environment. tests/faults/injection.py injects them."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

ENVIRON = "FAULTS"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Faults to inject. directory holds marks and logs."""

    directory: str
    crash_at: str = ""  # one of CRASH_POINTS: kill the process there, once per submission with "crash" in its text
    uncounted: bool = False  # do not count the attempts of batches of single submissions
    brief: bool = False  # tasks end after each batch of single submissions
    unfollowed: bool = False  # tasks leave no message behind for submissions that still wait
    poison: bool = False  # kill the process at each submission with "poison" in its text
    slow: float = 0.0  # seconds that submissions with "slow" in their text take
    cache: str = ""  # "naive": get, set and delete of one key; "delete first": invalidate before the commit
    fill_delay: float = 0.0  # seconds between a reader's database query and its cache write
    late_tokens: float = 0.0  # seconds between an answer of Redis with the token and its delivery to waiting requests
    old_tokens: bool = False  # requests join a question for the token that was sent before they came
    version: str = ""  # be another version of Techlist, which adds this to the lists of the API
    clock: bool = False  # read the current date from the file "today"
    visibility_timeout: int = 0  # seconds; 0 keeps the default
    looks: int = 0  # how often an ending pool process checks whether its results were read; 0 keeps the default

    def environ(self) -> dict[str, str]:
        """Return the environment variables that pass the faults to a process."""
        return {ENVIRON: json.dumps(asdict(self))}

    @classmethod
    def of_process(cls) -> Self:
        """Return the faults that this process was given."""
        return cls(**json.loads(os.environ[ENVIRON]))

    @property
    def starts(self) -> Path:
        """Log of started tasks, one per line: time, task, submission."""
        return Path(self.directory) / "starts.log"

    @property
    def ends(self) -> Path:
        """Log of ended tasks, one per line."""
        return Path(self.directory) / "ends.log"

    @property
    def slowed(self) -> Path:
        """Log of slow submissions that were in progress, one per line."""
        return Path(self.directory) / "slowed.log"

    @property
    def today(self) -> Path:
        """File with the date that processes use."""
        return Path(self.directory) / "today"


def note(path: Path, line: str) -> None:
    """Append a line in one write, so that concurrent writers do not mix theirs."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{time.time():.6f} {line}\n".encode())
    finally:
        os.close(descriptor)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0
