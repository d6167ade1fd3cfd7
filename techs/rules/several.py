"""Take apart a text that lists several technologies, such as "Django 3.2, Redis 6". Pure."""

import re
from collections.abc import Callable, Container, Iterable

from techs.rules.products import Match, Outcome
from techs.rules.text import name_key

MAX_SEVERAL = 20  # technologies recognised in one text

_BETWEEN = re.compile(
    r"\s*[,;]\s*(?:(?:and|und|et|y|e)\s+)?|\s+(?:[&+/|]|and|with|on|using|und|mit|auf|et|avec|sur|con)\s+",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"([^()]*[^\s()])\s*\((?:with |on |using )?([^()]*[0-9][^()]*)\)")
_AFTER_VERSION = re.compile(r"(?<=[0-9])\s+(?=[^\W\d_]{2})")  # PHP 7.4 Laravel 8
_UNKNOWN = (Outcome.NO_MATCH, Outcome.VENDOR)
_NOT_CERTAIN = frozenset(Outcome) - {Outcome.MATCHED}


def split(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Split a text at commas and the words between technologies.

    Empty unless each part is recognised on its own: "3.9" in "Python 3.8, 3.9" is not a technology, and an unknown part
    may belong to its neighbour.
    """
    return _known_parts(_BETWEEN.split(text), match, unless=_UNKNOWN) or _known_parts(
        _AFTER_VERSION.split(text), match, unless=_NOT_CERTAIN
    )


def _known_parts(
    texts: Iterable[str], match: Callable[[str], Match | None], *, unless: Container[Outcome]
) -> tuple[str, ...]:
    parts = {name_key(part): part for part in texts if part}
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    found = (match(part) for part in parts.values())
    are_known = all(each is not None and each.outcome not in unless for each in found)
    return tuple(parts.values()) if are_known else ()


def aside(text: str) -> tuple[str, str]:
    """Return the text before parentheses and that inside them, if it has a number; else empty strings."""
    found = _ASIDE.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")
