"""Take apart a text that lists several technologies, such as "Django 3.2, Redis 6". Pure."""

import re
from collections.abc import Callable

from techs.rules.products import Match, Outcome
from techs.rules.text import name_key

MAX_SEVERAL = 20  # technologies recognised in one text

_BETWEEN = re.compile(
    r"\s*[,;]\s*(?:(?:and|und|et|y|e)\s+)?|\s+(?:[&+/|]|and|with|on|using|und|mit|auf|et|avec|sur|con)\s+",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"([^()]*[^\s()])\s*\((?:with |on |using )?([^()]*[0-9][^()]*)\)")
_KNOWN = (Outcome.NO_MATCH, Outcome.VENDOR)


def split(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Split a text at commas and the words between technologies.

    Empty unless each part is recognised on its own: "3.9" in "Python 3.8, 3.9" is not a technology, and an unknown part
    may belong to its neighbour.
    """
    parts = {name_key(part): part for part in _BETWEEN.split(text) if part}
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    found = (match(part) for part in parts.values())
    are_known = all(each is not None and each.outcome not in _KNOWN for each in found)
    return tuple(parts.values()) if are_known else ()


def aside(text: str) -> tuple[str, str]:
    """Return the text before parentheses and that inside them, if it has a number; else empty strings."""
    found = _ASIDE.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")
