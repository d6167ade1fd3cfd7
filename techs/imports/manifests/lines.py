"""Read plain text with one technology per line. Bullets, numbers and check boxes are stripped."""

import re
from collections.abc import Iterator

from techs.imports.manifests.types import Entry, Row, Skipped

_BULLET = re.compile(r"\s*(?:[-*+•–]|[0-9]{1,5}[.)])\s+(?:\[[ xX]\]\s+)?|\s*\[[ xX]\]\s+")


_MOST_WORDS = 8  # without a digit; longer lines are sentences
_DIGIT = re.compile(r"\d")


def read(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not is_content(line):
            continue
        if is_sentence(line):
            yield Skipped(number, line, "This reads like a sentence, not like a technology.", is_unread=True)
        else:
            yield Entry(number, without_bullet(line), line)


def is_sentence(line: str) -> bool:
    return len(line.split(maxsplit=_MOST_WORDS)) > _MOST_WORDS and not _DIGIT.search(line)


def without_bullet(line: str) -> str:
    return _BULLET.sub("", line[:4_000], count=1) if _BULLET.match(line) else line


def is_content(line: str) -> bool:
    return not line.lstrip().startswith("#") and bool(line.strip())
