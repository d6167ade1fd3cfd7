"""Limits shared by the web server and Django: paths that answer in JSON, body sizes and waits.

The web server refuses large bodies before reading them; a middleware does so where Django runs without it.
"""

from dataclasses import dataclass

from django.conf import settings

# Paths for programs: errors are JSON.
JSON_PATHS = ("/api/", "/get", "/create")
# Retry-After in seconds, during an outage or when busy.
RETRY_AFTER = 5
# Retry-After in seconds, when somebody has to fix something first.
RETRY_AFTER_REPAIR = 60

# Checking a password keeps a core busy, so the server admits few of these at once.
PASSWORD_PATHS = {"/login/", "/password/"}
TOO_MANY_IMPORTS = "Too many imports are running. Nothing was stored. Try again in a few seconds."

_UPLOAD_PATHS = ("/import/", "/api/imports")


@dataclass(frozen=True, slots=True)
class Limit:
    """Size of a body in bytes, and the seconds in which it must arrive."""

    size: int
    seconds: float

    @property
    def problem(self) -> str:
        return f"The body is too large: send at most {self.size // 1024} KiB."


def limit_of(path: str) -> Limit:
    if path.startswith(_UPLOAD_PATHS):
        return Limit(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, seconds=30.0)
    return Limit(size=settings.BODY_SIZE, seconds=5.0)
