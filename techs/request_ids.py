"""The id that a request has in logs, messages and the activity, from the proxy to the worker."""

import re
from contextvars import ContextVar, Token
from uuid import uuid4

# The header of messages to workers.
HEADER = "request_id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")

# The id of the request that this thread works on, or "".
current: ContextVar[str] = ContextVar("request_id", default="")


def well_formed(given: object) -> str:
    """Return an id from outside, or "" if it is none."""
    return given if isinstance(given, str) and WELL_FORMED.fullmatch(given) else ""


def begin(given: object) -> Token[str]:
    """Make an id from outside the current one, or a new one if it is not well-formed."""
    return current.set(well_formed(given) or uuid4().hex)
