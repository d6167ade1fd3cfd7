"""Read the FROM instructions of a Dockerfile, with the defaults of preceding ARG instructions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from techs.imports.manifests import images
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

INSTRUCTIONS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)

_ESCAPE = re.compile(r"\A(?:[ \t]*#[ \t]*[a-z]+[ \t]*=[^\n]*\n)*?[ \t]*#[ \t]*escape[ \t]*=[ \t]*`", re.IGNORECASE)
_HEREDOC = re.compile(r"(?:^|\s)[0-9]*<<(-?)([\"']?)([A-Za-z_]\w*)\2(?=\s|$)")
_WITH_HEREDOC = frozenset(("ADD", "COPY", "RUN"))
_DEFAULT = re.compile(r"(?:^|\s)(\w+)=(?:\"([^\"]*)\"|'([^']*)'|(\S*))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: its lines, its keyword in capitals, and its arguments."""

    line: int
    last_line: int
    word: str
    rest: str

    @property
    def source(self) -> str:
        return f"{self.word} {self.rest}"


@dataclass(slots=True)
class _Build:
    """State from earlier instructions: ARG values before the first FROM, and the line of each stage."""

    arguments: dict[str, str] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    has_begun: bool = False


def read(text: str) -> Iterator[Row]:
    """Read the technologies of every FROM. Each run of other instructions is skipped as one row.

    Raises ManifestError for an unknown instruction, a missing FROM or an open here-document, as Docker would.
    """
    build = _Build()
    others: list[Instruction] = []
    for instruction in instructions(text):
        if instruction.word != "FROM":
            others.append(instruction)
            _note_arguments(instruction, build)
            continue
        yield from _as_one(others)
        others = []
        yield from _from(instruction, build)
    yield from _as_one(others)
    if not build.has_begun:
        raise ManifestError("This Dockerfile has no FROM line.")


def instructions(text: str) -> Iterator[Instruction]:
    """Split a Dockerfile into instructions: join continued lines, drop comments, and include here-documents."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    lines = iter(enumerate(text.split("\n"), start=1))
    for number, line in lines:
        if not _is_content(line):
            continue
        first, parts = number, [line.strip()]
        while parts[-1].endswith(escape):
            parts[-1] = parts[-1][:-1].rstrip()
            number, line = _next_part(lines, number)  # noqa: PLW2901  one instruction takes several lines
            parts.append(line.strip())
        word, _, rest = " ".join(filter(None, parts)).partition(" ")
        if (word := word.upper()) not in INSTRUCTIONS:
            raise ManifestError(f"{word[:30]} is not a Dockerfile instruction.", line=first)
        if word in _WITH_HEREDOC:
            number = _end_of_heredocs(rest, lines, number)  # noqa: PLW2901
        yield Instruction(first, number, word, rest.strip())


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _next_part(lines: Iterator[tuple[int, str]], number: int) -> tuple[int, str]:
    return next(((at, line) for at, line in lines if _is_content(line)), (number, ""))


def _end_of_heredocs(rest: str, lines: Iterator[tuple[int, str]], number: int) -> int:
    first = number
    for strips, _, end in _HEREDOC.findall(rest):
        for number, line in lines:  # noqa: B007, PLR1704
            if (line.lstrip("\t") if strips else line) == end:
                break
        else:
            raise ManifestError(f"The here-document <<{end[:30]} is not closed.", line=first)
    return number


def _note_arguments(instruction: Instruction, build: _Build) -> None:
    # ARG instructions after the first FROM do not affect images.
    if instruction.word != "ARG" or build.has_begun:
        return
    for name, *quoted in _DEFAULT.findall(instruction.rest):
        value = next(filter(None, quoted), "")
        try:
            build.arguments[name] = images.substitute(value, build.arguments)
        except images.Unreadable:
            build.arguments.pop(name, None)


def _as_one(others: list[Instruction]) -> Iterator[Row]:
    if others:
        first, last = others[0], others[-1]
        yield Skipped(first.line, first.source, "Not a FROM line.", last.last_line)


def _from(instruction: Instruction, build: _Build) -> Iterator[Row]:
    build.has_begun = True
    words = [word for word in instruction.rest.split() if not word.startswith("--")]
    if not words:
        raise ManifestError("FROM has no image.", line=instruction.line)
    yield from _image(instruction, words[0], build)
    match words[1:]:
        case [word, stage, *_] if word.upper() == "AS":
            build.stages.setdefault(stage.casefold(), instruction.line)


def _image(instruction: Instruction, written: str, build: _Build) -> Iterator[Row]:
    line, last, source = instruction.line, instruction.last_line, instruction.source
    try:
        image = images.substitute(written, build.arguments)
    except images.Unreadable as error:
        yield Skipped(line, source, str(error), last, is_unread=True)
        return
    if stage := build.stages.get(image.casefold()):
        yield Skipped(line, source, f"Refers to the stage {image} on line {stage}.", last)
    elif image.casefold() == "scratch":
        yield Skipped(line, source, "scratch is an empty image.", last)
    else:
        for found in images.read(image):
            yield Entry(line, found.text, source, found.note, last, identifiers=found.identifiers)
