"""Take apart a text that lists several technologies, such as "Django 3.2, Redis 6". Pure."""

import re
from collections.abc import Callable, Container, Iterable
from functools import cache

from techs.rules.products import Match, Outcome
from techs.rules.text import name_key

MAX_SEVERAL = 20  # technologies recognised in one text

_WORDS = "and|with|on|using|plus|und|mit|auf|et|avec|sur|y|con|e|com|em|su|sobre|en|met|op"
_BETWEEN = re.compile(
    r"\s*[,;]\s*(?:(?:and|und|et|y|e|en|i)\s+)?"
    r"|(?<=[0-9])[+/](?=[^\W\d_][^\W_]+ v?[0-9])"
    rf"|\s+(?:[&+/|@]|{_WORDS})\s+",
    re.IGNORECASE,
)
_APART = re.compile(r"\s+[|–—-]+\s+|:\s+|\s*->\s*")
_NAMED = re.compile(r"(?!.*[0-9]\.[0-9].*\s)[^\W\d_][\w.+#/ -]*?[ /-]?v?[0-9]+(?:\.[0-9x]+)*")
_ASIDE = re.compile(r"([^()]*[^\s()])\s*\((?:with |on |using )?([^()]*[0-9][^()]*)\)")
_AFTER_VERSION = re.compile(r"(?<=[0-9])\s+(?=[^\W\d_]{2})")  # PHP 7.4 Laravel 8
_SEPARATED = re.compile(
    r"\s*[,;]\s*(?:(?:and|und|et|y|e|en|i)\s+)?(?![^()]*\))|\s+(?:[&+|]|and|und|et|y|e|en|plus)\s+(?![^()]*\))",
    re.IGNORECASE,
)
_ITEM = r"[^\W\d_][\w.-]*/v?[0-9][\w.+-]*(?: \([^()]*\))?"
_SIGNATURE = re.compile(rf"(?:[\w-]+: )?({_ITEM}(?: {_ITEM})+)")
_UNKNOWN = (Outcome.NO_MATCH, Outcome.VENDOR)
_NOT_CERTAIN = frozenset(Outcome) - {Outcome.MATCHED}


def split(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Split a text at commas and the words between technologies.

    Empty unless each part is recognised on its own: "3.9" in "Python 3.8, 3.9" is not a technology, and an unknown part
    may belong to its neighbour.
    """
    between, behind_versions = _BETWEEN.split(text), _AFTER_VERSION.split(text)
    if len(between) == len(behind_versions) == 1:
        return ()
    match_once = cache(match)
    return (
        _known_parts(between, match_once, unless=_UNKNOWN)
        or _known_parts(behind_versions, match_once, unless=_NOT_CERTAIN)
        or _partly_known(between, match_once)
    )


def apart(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Split a text at dashes and colons between technologies that are recognised with their versions."""
    return _known_parts(_APART.split(text), match, unless=_NOT_CERTAIN) if _APART.search(text) else ()


def may_be_apart(text: str) -> bool:
    return _APART.search(text) is not None


def certain(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Split a text whose parts all name another product and its release: "frontend (React 15), backend (Node 8)"."""
    parts = tuple(filter(None, _SEPARATED.split(text)))
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    found = [other for part in parts if (other := match(part)) and other.outcome is Outcome.MATCHED and other.product]
    products = {other.product.slug for other in found if other.product}
    return parts if len(found) == len(products) == len(parts) else ()


def signature(text: str, match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Return the technologies in a server's header that are certain: Apache/2.4.6 (CentOS) PHP/5.4.16 mod_perl/2."""
    found = _SIGNATURE.fullmatch(text) if "/" in text else None
    tokens = re.findall(_ITEM, found[1]) if found else []
    parts = tuple(token for token in tokens[:MAX_SEVERAL] if _is_certain(match(token)))
    return parts if len(parts) > 1 else ()


def _partly_known(texts: Iterable[str], match: Callable[[str], Match | None]) -> tuple[str, ...]:
    """Return the parts if one of them is recognised and the others have a version too: "Python 3.7, Flask 1.1"."""
    parts = _distinct(texts)
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    doubtful = [part for part in parts.values() if not _NAMED.fullmatch(part)]
    if not all(_is_certain(match(part)) for part in doubtful):
        return ()
    return tuple(parts.values()) if any(_is_certain(match(part)) for part in parts.values()) else ()


def _is_certain(match: Match | None) -> bool:
    return match is not None and match.outcome is Outcome.MATCHED


def _known_parts(
    texts: Iterable[str], match: Callable[[str], Match | None], *, unless: Container[Outcome]
) -> tuple[str, ...]:
    parts = _distinct(texts)
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    found = (match(part) for part in parts.values())
    are_known = all(each is not None and each.outcome not in unless for each in found)
    return tuple(parts.values()) if are_known else ()


def _distinct(texts: Iterable[str]) -> dict[str, str]:
    parts = [part for part in texts if part]
    return {name_key(part): part for part in parts} if len(parts) > 1 else {}


def aside(text: str) -> tuple[str, str]:
    """Return the text before parentheses and that inside them, if it has a number; else empty strings."""
    found = _ASIDE.fullmatch(text)
    return (found[1], found[2]) if found else ("", "")
