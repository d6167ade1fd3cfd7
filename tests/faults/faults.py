"""What a process of the product is to suffer. It is told in its environment; tests/faults/injection.py does it."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

ENVIRON = "FAULTS"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What to break. directory: for marks and logs."""

    directory: str
    crash_at: str = ""  # one of CRASH_POINTS: kill the process there, once per submission whose text has "crash" in it
    poison: bool = False  # a submission whose text has "poison" in it ends its process, every time
    slow: float = 0.0  # seconds that a submission takes whose text has "slow" in it
    cache: str = ""  # "naive": get, set and delete of one key; "delete first": forget before the commit
    fill_delay: float = 0.0  # seconds between a reader's database read and its set
    clock: bool = False  # the day is what stands in the file "today"
    visibility_timeout: int = 0  # seconds; 0 leaves it as it is
    looks: int = 0  # how often a pool process that ends looks whether its results were read; 0 leaves it as it is

    def environ(self) -> dict[str, str]:
        """What to add to a process's environment."""
        return {ENVIRON: json.dumps(asdict(self))}

    @classmethod
    def of_process(cls) -> Self:
        """What this process was given."""
        return cls(**json.loads(os.environ[ENVIRON]))

    @property
    def starts(self) -> Path:
        """A line for each run of a task: when it began, which task, which submission."""
        return Path(self.directory) / "starts.log"

    @property
    def ends(self) -> Path:
        """A line for each run that ended."""
        return Path(self.directory) / "ends.log"

    @property
    def slowed(self) -> Path:
        """A line for each time that a slow submission was in the middle of its work."""
        return Path(self.directory) / "slowed.log"

    @property
    def today(self) -> Path:
        """The day that the product's processes are told."""
        return Path(self.directory) / "today"


def note(path: Path, line: str) -> None:
    """Append a line in one step, whoever else appends too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{time.time():.6f} {line}\n".encode())
    finally:
        os.close(descriptor)


def lines(path: Path) -> int:
    """How many lines were noted there."""
    return len(path.read_text().splitlines()) if path.exists() else 0
