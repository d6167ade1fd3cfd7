"""Plain lines: one technology a line, as it would be typed. A bullet, a number or a box before it is not part of it."""

import re
from collections.abc import Iterator

from techs.imports.manifests.types import Entry, Row

_BULLET = re.compile(r"\s*(?:[-*+•–]|[0-9]{1,5}[.)])\s+(?:\[[ xX]\]\s+)?|\s*\[[ xX]\]\s+")


def read(text: str) -> Iterator[Row]:
    """Every line that is neither blank nor a comment (#)."""
    for number, line in enumerate(text.split("\n"), start=1):
        if is_content(line):
            yield Entry(number, without_bullet(line), line)


def without_bullet(line: str) -> str:
    """The technology of a line."""
    return _BULLET.sub("", line[:4_000], count=1) if _BULLET.match(line) else line


def is_content(line: str) -> bool:
    """True for a line that is neither blank nor a comment."""
    return not line.lstrip().startswith("#") and bool(line.strip())
