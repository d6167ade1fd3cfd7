"""Tracked technologies, and libraries that are only listed. Pure."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """Whether a technology is assessed. A library is a package without lifecycle data."""

    TRACKED = "tracked"
    LIBRARY = "library"


# The first word after the name that begins like a version or a range: "1.2", "v1.2", "^4.1", ">=3", "*".
_VERSION = re.compile(r"(?<=\S)\s+(?:[\^~<>=!*\[(]|v?[0-9]).*$", re.DOTALL)


def library_name(text: str) -> str:
    """Return a package's name without its version: "lodash" for "lodash ^4.17.21"."""
    return _VERSION.sub("", text)
