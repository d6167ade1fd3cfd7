"""Limits that the web server and Django share: addresses of programs, sizes of bodies, and waits.

The web server refuses a body by this before it comes; a middleware holds it wherever Django runs without.
"""

from dataclasses import dataclass

from django.conf import settings

# Below these programs ask, and errors are JSON.
JSON_PATHS = ("/api/", "/get", "/create")
# Seconds to wait for a server that is away, or for work that has to wait its turn.
RETRY_AFTER = 5
# Seconds where somebody has to mend something first.
RETRY_AFTER_REPAIR = 60

# Checking a password takes a core for a while, so the server lets in few of these at once.
PASSWORD_PATHS = {"/login/", "/password/"}
TOO_MANY_IMPORTS = "Many imports are running just now. Nothing was stored. Try again in a few seconds."

_TAKE_FILES = ("/import/", "/api/imports")


@dataclass(frozen=True, slots=True)
class Limit:
    """Bytes of a body, and seconds in which it must be complete."""

    size: int
    seconds: float

    @property
    def problem(self) -> str:
        """What to tell who sends more."""
        return f"The body is too large: send at most {self.size // 1024} KiB."


def limit_of(path: str) -> Limit:
    """The limit that holds at an address."""
    if path.startswith(_TAKE_FILES):
        return Limit(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, seconds=30.0)
    return Limit(size=settings.BODY_SIZE, seconds=5.0)
