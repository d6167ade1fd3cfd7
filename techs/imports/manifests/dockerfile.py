"""The FROM lines of a Dockerfile, with the defaults of the ARG lines before them."""

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
    """One instruction on its lines: its first word in capitals, and what stands behind it."""

    line: int
    last_line: int
    word: str
    rest: str

    @property
    def source(self) -> str:
        """The instruction as one line."""
        return f"{self.word} {self.rest}"


@dataclass(slots=True)
class _Build:
    """What earlier lines have set: ARG values before the first FROM, and the names of stages with their lines."""

    arguments: dict[str, str] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    has_begun: bool = False


def read(text: str) -> Iterator[Row]:
    """The technologies of every FROM; instructions between them are skipped, each run of them as one.

    Raises ManifestError for what Docker does not read either: an unknown instruction, no FROM, no end.
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
    """Every instruction: lines that go on are joined, comments between them dropped, here-documents belong to it."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    lines = iter(enumerate(text.split("\n"), start=1))
    for number, line in lines:
        if not _says_something(line):
            continue
        first, parts = number, [line.strip()]
        while parts[-1].endswith(escape):
            parts[-1] = parts[-1][:-1].rstrip()
            number, line = _next_part(lines, number)  # noqa: PLW2901  one instruction takes several lines
            parts.append(line.strip())
        word, _, rest = " ".join(filter(None, parts)).partition(" ")
        if (word := word.upper()) not in INSTRUCTIONS:
            raise ManifestError(f"{word[:30]} is not an instruction of a Dockerfile.", line=first)
        if word in _WITH_HEREDOC:
            number = _end_of_heredocs(rest, lines, number)  # noqa: PLW2901
        yield Instruction(first, number, word, rest.strip())


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _next_part(lines: Iterator[tuple[int, str]], number: int) -> tuple[int, str]:
    """The next line that is neither blank nor a comment; at the end of the file nothing more."""
    return next(((at, line) for at, line in lines if _says_something(line)), (number, ""))


def _end_of_heredocs(rest: str, lines: Iterator[tuple[int, str]], number: int) -> int:
    first = number
    for strips, _, end in _HEREDOC.findall(rest):
        for number, line in lines:  # noqa: B007, PLR1704
            if (line.lstrip("\t") if strips else line) == end:
                break
        else:
            raise ManifestError(f"The text that begins with <<{end[:30]} here has no end.", line=first)
    return number


def _note_arguments(instruction: Instruction, build: _Build) -> None:
    """Keep what an ARG line sets. Those behind the first FROM say nothing about images."""
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
        raise ManifestError("There is no image behind FROM.", line=instruction.line)
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
        yield Skipped(line, source, f"The stage {image} of line {stage}.", last)
    elif image.casefold() == "scratch":
        yield Skipped(line, source, "scratch is an empty image.", last)
    else:
        yield from (Entry(line, found.text, source, found.note, last) for found in images.read(image))
