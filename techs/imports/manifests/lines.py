"""Read plain text with one technology per line. Bullets, numbers and check boxes are stripped."""

import re
from collections.abc import Iterator

from techs.imports.manifests.types import Entry, Row

_BULLET = re.compile(r"\s*(?:[-*+•–]|[0-9]{1,5}[.)])\s+(?:\[[ xX]\]\s+)?|\s*\[[ xX]\]\s+")


def read(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if is_content(line):
            yield Entry(number, without_bullet(line), line)


def without_bullet(line: str) -> str:
    return _BULLET.sub("", line[:4_000], count=1) if _BULLET.match(line) else line


def is_content(line: str) -> bool:
    return not line.lstrip().startswith("#") and bool(line.strip())
