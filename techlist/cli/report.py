"""The result of a command, which the formats print and the policy judges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self, TypeAlias

from techlist.cli.outcomes import Status
from techs.rules.kinds import Kind
from techs.rules.levels import Level

Row: TypeAlias = Mapping[str, Any]
"""An assessed technology with the keys of techs.imports.dry_run.row() and, if it is from a file, those of place().

A push adds is_new: the upload adds it.
"""

# The levels that annotations and test reports show as failures if no policy is given.
_URGENT = Level.HIGH
_ORDER = list(Level)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a line of it, that could not be read or uploaded."""

    file: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What an upload changed: items as the server describes them, and its worst level ("" for none)."""

    source: str
    state: str
    added: Sequence[Mapping[str, Any]] = ()
    removed: Sequence[Mapping[str, Any]] = ()
    changed: Sequence[Mapping[str, Any]] = ()
    unchanged: int = 0
    worst: str = ""

    @classmethod
    def of(cls, source: str, result: Mapping[str, Any], *, state: str = "") -> Self:
        """Return the result of an upload. The differences of an unchanged one are from its first time."""
        worst = result.get("worst") or ""
        differences = {} if state == UNCHANGED else {key: tuple(result.get(key) or ()) for key in _DIFFERENCES}
        return cls(
            source=source,
            state=state or str(result.get("state", "")),
            unchanged=int(result.get("unchanged") or 0),
            worst=str(worst.get("priority", "") if isinstance(worst, dict) else worst),
            **differences,
        )


UNCHANGED = "unchanged"
DRY_RUN = "dry run"
_DIFFERENCES = ("added", "removed", "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rows, worst first, with the problems and the policy.

    lines: problems with single lines of readable files. remarks: lines that are worth a look, but no problem.
    """

    rows: Sequence[Row]
    problems: Sequence[Problem] = ()
    lines: Sequence[Problem] = ()
    remarks: Sequence[Problem] = ()
    files: Sequence[str] = ()
    today: date
    as_of: date | None = None
    fail_on: str | None = None
    fail_on_new: str | None = None
    service: str = ""
    uploads: Sequence[Upload] = ()

    @property
    def tracked(self) -> list[Row]:
        return [row for row in self.rows if row["kind"] == Kind.TRACKED]

    @property
    def libraries(self) -> int:
        return len(self.rows) - len(self.tracked)

    @property
    def notes(self) -> list[Problem]:
        return [*self.problems, *self.lines, *self.remarks]

    @property
    def has_policy(self) -> bool:
        return bool(self.fail_on or self.fail_on_new)

    @property
    def additions(self) -> list[tuple[Upload, list[Mapping[str, Any]]]]:
        """Return the uploads with the technologies that they add, without libraries."""
        libraries = {(row["file"], row["text"].casefold()) for row in self.rows if row["kind"] == Kind.LIBRARY}
        return [
            (upload, [each for each in upload.added if (upload.source, str(each["name"]).casefold()) not in libraries])
            for upload in self.uploads
        ]

    def is_failure(self, row: Row) -> bool:
        """Return True for a technology that fails the policy or, without one, is urgent."""
        if row["kind"] != Kind.TRACKED:
            return False
        if row.get("is_new") and self.fail_on_new and is_at_least(row["priority"], self.fail_on_new):
            return True
        least = self.fail_on or (None if self.has_policy else _URGENT)
        return least is not None and is_at_least(row["priority"], least)

    @property
    def status(self) -> Status:
        worst = [upload.worst for upload in self.uploads if upload.worst]
        is_bad = bool(self.fail_on) and any(is_at_least(level, self.fail_on or "") for level in worst)
        if self.has_policy and (is_bad or any(map(self.is_failure, self.rows))):
            return Status.POLICY_FAILED
        # A policy must not pass if some lines could not be read.
        return Status.MISTAKE if self.problems or (self.has_policy and self.lines) else Status.FINE


def is_at_least(level: str, least: str) -> bool:
    """Return True if a level is as urgent as another one, or more."""
    return _ORDER.index(Level(level)) <= _ORDER.index(Level(least))


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Sort as the list does: by score, then by end of life and name. Libraries come last."""
    return sorted(
        rows,
        key=lambda row: (
            row["kind"] != Kind.TRACKED,
            -row["score"],
            row["end_of_life"] or date.max.isoformat(),
            row["text"].casefold(),
            row.get("file", ""),
            row.get("line", 0),
        ),
    )
