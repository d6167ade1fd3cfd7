"""Keep downloads in the user's cache directory."""

import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from techlist.cli.terminal import warn

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept download with the server's ETag and the time (UNIX) at which it was last confirmed."""

    content: bytes
    etag: str
    at: float

    @property
    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.at < _DAY


@dataclass(frozen=True, slots=True)
class DownloadCache:
    """The kept download of one address: a file with a line of JSON, and the content after it."""

    path: Path

    @classmethod
    def of(cls, url: str) -> Self:
        return cls(_directory() / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.cache")

    def read(self) -> Kept | None:
        """Return the kept download, or None if there is none that can be read."""
        try:
            head, _, content = self.path.read_bytes().partition(b"\n")
            return Kept(content, str(json.loads(head)["etag"]), self.path.stat().st_mtime)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, content: bytes, *, etag: str) -> None:
        """Keep a download. Several processes may do so at once."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path.parent, delete=False) as file:
                file.write(json.dumps({"etag": etag}).encode() + b"\n" + content)
            Path(file.name).replace(self.path)
        except OSError as error:
            warn(f"Cannot keep the lifecycle data in {self.path.parent}: {error.strerror}.")

    def confirm(self) -> None:
        """Record that the kept download is still the newest."""
        try:
            os.utime(self.path)
        except OSError as error:
            warn(f"Cannot keep the lifecycle data in {self.path.parent}: {error.strerror}.")


def _directory() -> Path:
    # The specification wants relative paths to be ignored.
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (base if base.is_absolute() else Path.home() / ".cache") / "techlist"
    except RuntimeError:  # there is no home directory
        return Path(tempfile.gettempdir()) / f"techlist-{os.getuid()}"
