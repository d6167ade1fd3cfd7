"""Read requirements.txt, and single requirements as in pyproject.toml."""

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from techs.imports.manifests import packages, ranges
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

MAX_REQUIREMENT = 1_000  # characters, without hashes
MAX_DEPTH = 20  # nested brackets; the parser is recursive

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_OPTIONS = re.compile(r"(?<=\s)--[a-z]")
_OPTION_REASONS = {
    ("-r", "--requirement"): "Refers to another requirements file. Import it, too.",
    ("-c", "--constraint"): "Refers to a constraints file. Import it, too.",
    ("-e", "--editable"): "Installed from source, version unknown.",
    ("--hash",): "A hash without a requirement.",
}
_QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"")
_BRACKET = re.compile(r"[()]")
_PATH = re.compile(r"[./~]|[A-Za-z]:[\\/]|[a-z+]+://|[^\s@]+\.(?:whl|zip|tar\.gz)$")


def read(text: str) -> Iterator[Row]:
    for first, last, line, is_continued in _joined(text):
        if line.strip():
            yield _row(first, last, line.strip())
        elif is_continued:
            yield Skipped(first, "\\", "An empty continued line.", last)


def row(requirement: str, *, line: int, last_line: int = 0, source: str = "") -> Row:
    """Read a requirement such as "celery[redis]>=5.3; python_version > '3.8'".

    Raises ManifestError if it is nested too deeply, which only hostile files are.
    """
    source = source or requirement
    _check_depth(requirement, line)
    try:
        parsed = _parse(requirement)
    except ValueError as error:
        return Skipped(line, source, str(error), last_line, is_unread=True)
    reading = ranges.read_specifiers(parsed.specifier)
    if parsed.url:
        reading = ranges.Reading("", "installed from a URL, version unknown")
    condition = f"only if {parsed.marker}" if parsed.marker else ""
    note = "; ".join(filter(None, (reading.note, condition)))
    text, purl = packages.text_of("pypi", parsed.name, reading.version), packages.purl_of("pypi", parsed.name)
    return Entry(line, text, source, note, last_line, identifiers=(purl,))


def _parse(requirement: str) -> Requirement:
    if len(requirement) > MAX_REQUIREMENT:
        raise ValueError(f"This is longer than {MAX_REQUIREMENT:,} characters.")
    if "\\" in requirement:  # Python would warn about invalid escapes
        raise ValueError("This is not a requirement: it contains a backslash.")
    try:
        return Requirement(requirement)
    except InvalidRequirement as error:
        problem = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"This is not a requirement: {problem}.") from error


def _check_depth(requirement: str, line: int) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(_QUOTED.sub("", requirement)):
        depth += 1 if bracket[0] == "(" else -1
        if depth > MAX_DEPTH:
            raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)


def _joined(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Join continued lines like pip. Yield first and last line, the text without comments, and True if continued."""
    parts: list[str] = []
    first = 0
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        first = first if parts else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            parts.append(line[:-1])
            continue
        yield first, number, _COMMENT.sub("", "".join((*parts, line)), count=1), bool(parts)
        parts = []
    if parts:
        yield first, number, _COMMENT.sub("", "".join(parts), count=1), True


def _row(first: int, last: int, line: str) -> Row:
    if line.startswith("-"):
        return Skipped(first, line, _why_option(line), last)
    options = _OPTIONS.search(line)
    requirement = line[: options.start()].rstrip() if options else line
    if _PATH.match(requirement):
        return Skipped(first, line, "A path or URL, version unknown.", last)
    return row(requirement, line=first, last_line=last, source=line)


def _why_option(line: str) -> str:
    option = re.split(r"[\s=]", line, maxsplit=1)[0]
    reasons = (why for names, why in _OPTION_REASONS.items() if option in names or line[:2] in names)
    return next(reasons, "A pip option, not a requirement.")
