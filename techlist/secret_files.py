"""Secrets in files, for container platforms: NAME_FILE names a file that contains the value of NAME.

Without dependencies, since the supervisor of `make run` needs it before it imports any.
"""

from collections.abc import Mapping
from pathlib import Path

SUFFIX = "_FILE"


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Return whether a variable, or that of its file, is set. Empty counts as not set."""
    return bool(environ.get(name) or environ.get(name + SUFFIX))


def read(environ: Mapping[str, str], name: str) -> str:
    """Return the value of a variable, or the content of its file, or "". Raises ValueError with a reason."""
    value, path = environ.get(name, ""), environ.get(name + SUFFIX, "")
    if value and path:
        raise ValueError(f"{name} is set, too. Remove one of the two.")
    return _content(path) if path else value


def _content(path: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not valid UTF-8.") from error
    # One newline at the end comes from editors and echo. Further ones are a mistake that a URL would hide.
    if not any(lines):
        raise ValueError(f"{path} is empty.")
    if len(lines) > 1:
        raise ValueError(f"{path} must contain one line, and has {len(lines)}.")
    return lines[0]
