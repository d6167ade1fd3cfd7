"""The result of reading a manifest: entries with their lines, and skipped lines with reasons."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from techs.rules import ranges
from techs.rules.attributes import NAME_MAX_LENGTH, NO_ATTRIBUTES, InvalidAttribute, TechAttributes, clean_name
from techs.rules.kinds import Kind
from techs.rules.text import name_key

MAX_ENTRIES = 10_000
MAX_ROWS = 100_000  # technologies and skipped lines, repeated ones included
MAX_USAGES = 100_000  # services of all entries of a file, counted once for each entry
MAX_SOURCE = 120  # characters shown of a line

NOTHING_FOUND = "No technologies found."
EXPLAINED = 3  # skipped lines to explain if there are no entries

# By error code, worded for a line of a file instead of a form field.
_WHY_REFUSED = {
    "blank": "This has no letter or digit.",
    "control": "This contains control or invisible characters.",
    "length": f"This is longer than {NAME_MAX_LENGTH} characters.",
}
_SPACE = re.compile(r"\s+")
_EXACT = re.compile(r"(.+) v?([0-9]\S*)")
_RANGED = re.compile(r"(.+?) (?=[~^<>=!]|[\[(][0-9,]|v?[0-9][\w.]*(?:\.[x*]| - | ?\|\|))")


class Format(StrEnum):
    """Supported formats by their common names."""

    LINES = "plain lines"
    CSV = "CSV"
    REQUIREMENTS = "requirements.txt"
    PACKAGE_JSON = "package.json"
    PYPROJECT = "pyproject.toml"
    DOCKERFILE = "Dockerfile"
    COMPOSE = "compose file"
    TOOL_VERSIONS = ".tool-versions"
    CYCLONEDX = "CycloneDX"
    SPDX = "SPDX"
    TECHLIST = "Techlist JSON"
    GITHUB_ACTIONS = "GitHub Actions"
    PACKAGE_LOCK = "package-lock.json"
    YARN_LOCK = "yarn.lock"
    PNPM_LOCK = "pnpm-lock.yaml"
    BUN_LOCK = "bun.lock"
    UV_LOCK = "uv.lock"
    POETRY_LOCK = "poetry.lock"
    PDM_LOCK = "pdm.lock"
    PIPFILE = "Pipfile"
    PIPFILE_LOCK = "Pipfile.lock"
    PYLOCK = "pylock.toml"
    READ_THE_DOCS = ".readthedocs.yaml"
    GO_MOD = "go.mod"
    VERSION_FILE = "version file"
    PRE_COMMIT = ".pre-commit-config.yaml"
    HELM_CHART = "Chart.yaml"
    HELM_VALUES = "values.yaml"
    KUBERNETES = "Kubernetes manifest"
    MSBUILD = ".NET project"
    PACKAGES_CONFIG = "packages.config"
    POM = "pom.xml"
    GRADLE = "Gradle build"
    VERSION_CATALOG = "Gradle version catalogue"
    GRADLE_WRAPPER = "gradle-wrapper.properties"
    COMPOSER_JSON = "composer.json"
    COMPOSER_LOCK = "composer.lock"
    TERRAFORM = "Terraform"
    TERRAFORM_LOCK = ".terraform.lock.hcl"
    GEMFILE = "Gemfile"
    GEMFILE_LOCK = "Gemfile.lock"
    CARGO_TOML = "Cargo.toml"
    CARGO_LOCK = "Cargo.lock"
    CONDA = "environment.yml"
    GITLAB_CI = ".gitlab-ci.yml"
    SERVERLESS = "serverless.yml"
    HEROKU = "Heroku app"
    DPKG = "dpkg list"
    RPM = "rpm list"


SEPARATE = frozenset((Format.LINES, Format.CSV, Format.TECHLIST, Format.GITHUB_ACTIONS))
"""Formats in which a range and an exact version of the same technology are in use side by side."""


class Evidence(StrEnum):
    """How a format was detected."""

    NAME = "name"  # by the file name
    CONTENT = "content"  # only this format has such content
    DEFAULT = "default"  # no other format matches


class ManifestError(ValueError):
    """A file cannot be read. The message is for the user and starts with the line, if known."""

    def __init__(self, problem: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f"Line {line}, column {column}: " if column else f"Line {line}: " if line else ""
        super().__init__(place + printable(problem))
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Entry:
    """A technology as a user would type it, with a note such as "installed from source, version unknown".

    Few formats provide attributes. identifiers: package URLs without version, and CPEs, the most certain first.
    services: names of those that use it, or used it when the list was exported (is_exported). collect() sets last_line
    if the reader left it out.
    """

    line: int
    text: str
    source: str
    note: str = ""
    last_line: int = 0
    attributes: TechAttributes = NO_ATTRIBUTES
    identifiers: tuple[str, ...] = ()
    kind: Kind = Kind.TRACKED
    services: tuple[str, ...] = ()
    is_exported: bool = False

    @property
    def words(self) -> str:
        """Describe the given attributes and services, such as "owner Payments, services Shop and Checkout"."""
        used_by = f"service{'s' if len(self.services) > 1 else ''} {' and '.join(self.services)}"
        return ", ".join(filter(None, (self.attributes.words, used_by if self.services else "")))

    @property
    def identity(self) -> tuple[str, frozenset[str]]:
        """Return a key that repeats of this entry have in common. Several services may use one technology."""
        return name_key(self.text), frozenset(map(name_key, self.services))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line, or a range of lines up to last_line, from which no technology was read, and the reason.

    is_unread: it may contain a technology that could not be read. package: a package of an operating system, to be
    listed only if its own lifecycle has ended.
    """

    line: int
    source: str
    why: str
    last_line: int = 0
    is_unread: bool = False
    package: Entry | None = None


Row: TypeAlias = Entry | Skipped


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries and skipped lines of a file, both in the order of their lines."""

    format: Format
    evidence: Evidence
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def why_empty(self) -> list[str]:
        return [NOTHING_FOUND, *(f"Line {row.line}: {row.why}" for row in self.skipped[:EXPLAINED])]

    def corrected(self, texts: Mapping[int, str]) -> "Manifest":
        """Return a copy with the texts of some entries replaced, by position from 0. They count as typed by hand."""
        entries = [
            _corrected(entry, texts[place]) if place in texts else entry for place, entry in enumerate(self.entries)
        ]
        return replace(self, entries=tuple(entries))

    def without(self, reasons: Mapping[int, str]) -> "Manifest":
        """Return a copy that skips some entries for the given reasons, by position from 0, and any new duplicates."""
        rows = [
            Skipped(entry.line, entry.text, reasons[place], entry.last_line) if place in reasons else entry
            for place, entry in enumerate(self.entries)
        ]
        return collect(self.format, self.evidence, [*rows, *self.skipped])


def collect(format_: Format, evidence: Evidence, rows: Iterable[Row]) -> Manifest:
    """Build a manifest from rows. Invalid and duplicate texts are skipped.

    Raises ManifestError if there are more than MAX_ENTRIES technologies.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    checked = sorted(_limited(map(_checked, rows)), key=lambda row: row.line)
    for row in _without_repeats(checked if format_ in SEPARATE else without_ranges(checked)):
        if isinstance(row, Skipped):
            skipped.append(row)
            continue
        if len(entries) == MAX_ENTRIES:
            problem = f"More than {MAX_ENTRIES:,} technologies. Split the file."
            raise ManifestError(problem, line=row.line)
        entries.append(row)
    _check_usages(entries)
    return Manifest(format_, evidence, tuple(entries), tuple(skipped))


def _check_usages(entries: Iterable[Entry]) -> None:
    usages = 0
    for entry in entries:
        usages += len(entry.services)
        if usages > MAX_USAGES:
            problem = f"More than {MAX_USAGES:,} services in all rows together. Split the file."
            raise ManifestError(problem, line=entry.line)


def without_ranges(rows: Sequence[Row]) -> Iterator[Row]:
    """Skip a range if the same file has an exact version of the technology within it."""
    ranged = {
        id(row): (found[1].casefold(), row.text[found.end() :])
        for row in rows
        if isinstance(row, Entry) and (found := _RANGED.match(row.text))
    }
    exact: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Entry) and id(row) not in ranged and (found := _EXACT.fullmatch(row.text)):
            exact[found[1].casefold()].append((found[2], row.line))
    for row in rows:
        name, written = ranged.get(id(row), ("", ""))
        if line := _line_within(written, exact.get(name, ())):
            yield Skipped(row.line, row.source, f"The exact version is on line {line}.", row.last_line)
        else:
            yield row


def _line_within(written: str, exact: Sequence[tuple[str, int]]) -> int:
    """Return the line of the first exact version that a range allows, or 0."""
    versions = ranges.parse(written) if exact else None
    if versions is None:
        return 0
    return next((line for version, line in exact if versions.allows(ranges.leading(version))), 0)


def shorten(source: str) -> str:
    """Return a source as a single printable line of limited length."""
    shown = printable(_SPACE.sub(" ", source[: 4 * MAX_SOURCE]).strip())
    return shown if len(shown) <= MAX_SOURCE else f"{shown[: MAX_SOURCE - 1]}…"


def printable(text: str) -> str:
    """Replace characters that pages cannot show or that control terminals."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def why_refused(error: InvalidAttribute) -> str:
    return _WHY_REFUSED.get(error.code, str(error))


def _corrected(entry: Entry, text: str) -> Entry:
    return replace(entry, text=text, note=_instead(entry), identifiers=(), kind=Kind.TRACKED)


def _instead(entry: Entry) -> str:
    return "; ".join(filter(None, (f"instead of {entry.text}", entry.words)))


def _checked(row: Row) -> Row:
    source, last_line = shorten(row.source), row.last_line or row.line
    if isinstance(row, Skipped):
        return replace(row, source=source, last_line=last_line, why=printable(row.why))
    note = printable(row.note)
    try:
        text = clean_name(" ".join(row.text.split()))
    except InvalidAttribute as error:
        is_unread = any(map(str.isalnum, row.text))
        return Skipped(row.line, source, why_refused(error), last_line, is_unread=is_unread)
    is_clean = (text, source, last_line, note) == (row.text, row.source, row.last_line, row.note)
    return row if is_clean else replace(row, text=text, source=source, last_line=last_line, note=note)


def _limited(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == MAX_ROWS:
            raise ManifestError(f"More than {MAX_ROWS:,} lines and packages. Split the file.", line=row.line)
        yield row


def _without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    first: dict[tuple[str, frozenset[str]], int] = {}
    for row in rows:
        if isinstance(row, Skipped):
            yield row
            continue
        if line := first.get(row.identity):
            yield Skipped(row.line, row.source, f"Duplicate of line {line}: {row.text}.", row.last_line)
            continue
        first[row.identity] = row.line
        yield row
