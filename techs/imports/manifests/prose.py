"""Tell a list of technologies from other texts, such as README.md and LICENSE.txt."""

import re

from techs.imports.manifests.lines import is_content, is_sentence, without_bullet
from techs.imports.manifests.namesakes import reads_like_a_product

_LOOKED_AT = 2_000  # lines
_LONGEST = 200  # characters of a line that names a technology
_MOST_WORDS = 12
_MOST_WORDS_OF_NAME = 4
_MOST_WORDS_AFTER = 3
_SHORT = 20  # lines of a list whose technologies may all be unknown

_VERSION = re.compile(r"[(\[]?v?[0-9][\w.+-]*[)\],;:]*", re.IGNORECASE)
# node:16, django==3.2, RHEL7, registry.example:5000/team/node:16
_GLUED = re.compile(r"(?!\S*//)(?:\S{1,100}/)?[^\W\d][^\s\d@]{0,60}[0-9][\w.+-]{0,40}[),;:]*")
_CHANGE = re.compile(
    r"(?:add|bump|chang|clean|deprecat|document|dropp?|fix|implement|improv|introduc|mov|refactor|remov|renam|replac"
    r"|updat|upgrad)(?:e|ed|es|s|ing|ped|ping)?:?\s"
    r"|initial (?:release|commit|version)|(?:new features?|bug ?fixes|breaking changes)\W*$"
    r"|(?:version |release )?\[?v?[0-9]+(?:\.[0-9]+)+\S*\]?(?:\s+[-–]\s+|\s*\(|\s+)"
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|unreleased)",
    re.IGNORECASE,
)
"""Lines of a changelog, although "Update Django to 4.2" names a technology."""
_NOTE = re.compile(r"[-–—|(/,\[]")
_PROSE = re.compile(r"^v?[0-9][\w.+-]*$|[.!?:,;]$|https?://|@\w+\.|=\s*[^\s\d=]|[`<>{}\[\]|]|^\W*$")


def is_list(text: str) -> bool:
    """Return True if the lines name technologies, most of them with a version."""
    contents = filter(is_content, text.split("\n", _LOOKED_AT)[:_LOOKED_AT])
    # Lines without letters and digits, such as rulers, are neither.
    lines = [without_bullet(line).strip() for line in contents if any(map(str.isalnum, line))]
    listed = sum(map(_is_listed, lines))
    prose = sum(not _is_listed(line) and _is_prose(line) for line in lines)
    if 2 * listed >= len(lines):
        return True
    return 5 * prose <= len(lines) and (5 * listed >= len(lines) or len(lines) <= _SHORT)


def _is_listed(line: str) -> bool:
    words = line.split()
    if len(line) > _LONGEST or len(words) > _MOST_WORDS or _CHANGE.match(line):
        return False
    for place, word in enumerate(words[: _MOST_WORDS_OF_NAME + 2]):
        if (place and _VERSION.fullmatch(word)) or _GLUED.fullmatch(word):
            rest = words[place + 1 :]
            return len(rest) <= _MOST_WORDS_AFTER or word[-1] in ",;:)]" or bool(_NOTE.match(rest[0]))
    return len(words) <= _MOST_WORDS_OF_NAME and reads_like_a_product(line)


def _is_prose(line: str) -> bool:
    is_long = is_sentence(line) or len(line.split()) > _MOST_WORDS
    start = line[:_LONGEST]  # the patterns take the square of the length
    return is_long or bool(_CHANGE.match(start) or _PROSE.search(start))
