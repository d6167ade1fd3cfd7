"""Changes of uploads as pages show them: versions that changed first, then additions and removals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Self

from techs.models import ChangeKind
from techs.rules import snapshots
from techs.rules.kinds import library_name
from techs.rules.snapshots import Difference, Seen

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A technology that was added, removed, or changed its version."""

    kind: str
    id: int | None
    name: str
    before: str
    after: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The first changes of an upload, and the number of all."""

    rows: list[Change]
    count: int
    added: int
    removed: int
    moved: int
    unchanged: int

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Self:
        """Read the changes of an upload or of its preview, as techs.imports.upload_results returns them."""
        moved = [_moved(move["name"], move["from"], move["to"]) for move in result["changed"]]
        added = [row for row in result["added"] if not _is_in(moved, row["name"], after=row["version"])]
        removed = [row for row in result["removed"] if not _is_in(moved, row["name"], before=row["version"])]
        rows = [*moved, *map(_added, added), *map(_removed, removed)]
        return cls(
            rows=rows[:SHOWN],
            count=len(rows),
            added=len(added),
            removed=len(removed),
            moved=len(moved),
            unchanged=result["unchanged"],
        )

    @property
    def rest(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadChanges:
    """The changes of one upload of a service."""

    source: str
    at: datetime
    rows: list[Change]


def by_upload(changes: Sequence[Mapping[str, Any]]) -> Iterator[UploadChanges]:
    """Group the changes of a service by upload, in their order."""
    for (_, source, at), group in groupby(changes, key=lambda each: (each["upload"], each["source"], each["at"])):
        yield UploadChanges(source=source, at=datetime.fromisoformat(at), rows=list(_rows(list(group))))


def _rows(changes: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    ids = {change["name"]: change["tech"] for change in changes}
    moved = [_moved(move.name, move.before, move.after) for move in snapshots.moves(_difference(changes))]
    yield from moved
    for change in reversed(changes):
        name, before, after = change["name"], _joined(change["from"]), _joined(change["to"])
        if not _is_in(moved, name, before=before) and not _is_in(moved, name, after=after):
            yield Change(kind=change["kind"], id=ids[name], name=name, before=before, after=after, level="")


def _difference(changes: Iterable[Mapping[str, Any]]) -> Difference:
    before = {each["name"]: _seen(each, "from") for each in changes if each["kind"] != ChangeKind.ENTERED}
    after = {each["name"]: _seen(each, "to") for each in changes if each["kind"] != ChangeKind.LEFT}
    return snapshots.diff(before, after)


def _seen(change: Mapping[str, Any], field: str) -> Seen:
    return Seen(name=change["name"], product=change["product"] or "", versions=tuple(change[field]))


def _is_in(moved: Iterable[Change], name: str, **versions: str | None) -> bool:
    [(field, version)] = versions.items()
    group = library_name(name)
    return any(each.name == group and getattr(each, field) == version for each in moved)


def _moved(name: str, before: str, after: str) -> Change:
    return Change(kind=ChangeKind.CHANGED, id=None, name=name, before=before, after=after, level="")


def _added(row: Mapping[str, Any]) -> Change:
    return _row(row, ChangeKind.ENTERED, after=row["version"] or "")


def _removed(row: Mapping[str, Any]) -> Change:
    return _row(row, ChangeKind.LEFT, before=row["version"] or "")


def _row(row: Mapping[str, Any], kind: str, *, before: str = "", after: str = "") -> Change:
    level = row["priority"] or ""
    return Change(kind=kind, id=row["id"], name=row["name"], before=before, after=after, level=level)


def _joined(versions: Iterable[str]) -> str:
    return ", ".join(versions)
