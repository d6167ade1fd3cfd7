"""Limits shared by the web server and Django: paths that answer in JSON, body sizes and waits.

The web server rejects large bodies before reading them. Where Django runs without that server, a middleware does so.
"""

from dataclasses import dataclass

from django.conf import settings

# Paths for programs, where errors are JSON.
JSON_PATHS = ("/api/", "/get", "/create")
# Retry-After in seconds, if the server is busy or an outage will probably end soon.
RETRY_AFTER = 5
# Retry-After in seconds, if an administrator has to fix something first.
RETRY_AFTER_REPAIR = 60

# Checking a password keeps a core busy, so the server admits few requests to these paths at once.
PASSWORD_PATHS = {"/login/", "/password/"}
TOO_MANY_IMPORTS = "Too many imports are running. Nothing was stored. Try again in a few seconds."

_UPLOAD_PATHS = ("/import/", "/api/imports")


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest size of a body in bytes, and the seconds within which it must arrive."""

    size: int
    seconds: float

    @property
    def problem(self) -> str:
        return f"The body is too large: send at most {self.size // 1024} KiB."


def limit_of(path: str) -> Limit:
    if path.startswith(_UPLOAD_PATHS):
        return Limit(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, seconds=30.0)
    return Limit(size=settings.BODY_SIZE, seconds=5.0)
