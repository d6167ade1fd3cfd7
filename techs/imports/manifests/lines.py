"""Read plain text with one technology per line, or outputs of commands. Bullets and numbers are stripped."""

import re
from collections.abc import Iterator, Sequence

from techs.imports.manifests.types import Entry, Row, Skipped
from techs.rules import outputs

_BULLET = re.compile(r"\s*(?:[-*+•–]|[0-9]{1,5}[.)])\s+(?:\[[ xX]\]\s+)?|\s*\[[ xX]\]\s+")


_PART = "Part of the output of a command that is listed above."
_MOST_WORDS = 8  # without a digit; longer lines are sentences
_DIGIT = re.compile(r"\d")


def read(text: str) -> Iterator[Row]:
    lines = text.split("\n")
    if names := outputs.technologies(text):
        yield from _of_output(names, lines, 1)
        return
    number = 0
    while number < len(lines):
        if not lines[number].strip():
            number += 1
            continue
        names, size = outputs.read(lines[number : number + outputs.MAX_LINES])
        block = lines[number : number + size]
        yield from _of_output(names, block, number + 1) if names else _of_lines(block, number + 1)
        number += size


def _of_lines(lines: Sequence[str], number: int) -> Iterator[Row]:
    for place, line in enumerate(lines, start=number):
        if not is_content(line):
            continue
        if is_sentence(line):
            yield Skipped(place, line, "This reads like a sentence, not like a technology.", is_unread=True)
        else:
            yield Entry(place, without_bullet(line), line)


def _of_output(names: Sequence[str], lines: Sequence[str], number: int) -> Iterator[Row]:
    """Yield the technologies of an output, at its first line that is not blank, and its other lines as skipped."""
    start = next(place for place, line in enumerate(lines) if line.strip())
    for name in names:
        yield Entry(number + start, name, lines[start])
    rest = [place for place, line in enumerate(lines) if line.strip() and place > start]
    if rest:
        yield Skipped(number + rest[0], lines[rest[0]], _PART, number + rest[-1])


def is_sentence(line: str) -> bool:
    return len(line.split(maxsplit=_MOST_WORDS)) > _MOST_WORDS and not _DIGIT.search(line)


def without_bullet(line: str) -> str:
    return _BULLET.sub("", line[:4_000], count=1) if _BULLET.match(line) else line


def is_content(line: str) -> bool:
    return not line.lstrip().startswith("#") and bool(line.strip())
