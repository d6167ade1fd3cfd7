"""Find the technologies that an upload adds, as the server describes them, among those read from its file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from techlist.cli.report import Row, Upload, is_at_least
from techs.rules.kinds import Kind
from techs.rules.levels import BANDS, Level
from techs.rules.text import compact


def with_additions(rows: Iterable[Row], uploads: Iterable[Upload]) -> Iterator[Row]:
    """Mark the rows that uploads add, with the level they have on the list, and yield others that uploads add."""
    by_file: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_file[row["file"]].append(row)
    for upload in uploads:
        yield from _marked(by_file.pop(upload.source, []), upload)
    for rest in by_file.values():
        yield from _marked(rest, None)


def _marked(rows: Sequence[Row], upload: Upload | None) -> Iterator[Row]:
    found: set[int] = set()
    for row in rows:
        places = [place for place, each in enumerate(upload.added if upload else ()) if _is_same(each, row)]
        found.update(places)
        yield {**row, "is_new": bool(places), "priority": _level(row, upload, places)}
    for place, added in enumerate(upload.added if upload else ()):
        if upload and place not in found:
            yield _row(added, upload.source)


def _level(row: Row, upload: Upload | None, places: Sequence[int]) -> str:
    """Return the level that counts on the list. The team may have set another one than the rule gives."""
    level = str(row["priority"])
    if upload is None or row["kind"] != Kind.TRACKED:
        return level
    if places:
        return str(upload.added[places[0]].get("priority") or level)
    return upload.worst if upload.worst and is_at_least(level, upload.worst) else level


def _is_same(added: Mapping[str, Any], row: Row) -> bool:
    name, text = str(added["name"]).casefold(), str(row["text"]).casefold()
    # The list names release cycles, such as "Node.js 20", and the file versions of them, such as "Node.js 20.1.0".
    if text == name or (row["release"] and compact(name) == compact(f"{row['product']} {row['release']}")):
        return True
    versions = str(added.get("version") or "").casefold().split(", ")
    return any(version and text.endswith(f" {version}") for version in versions) and text.split()[0] == name.split()[0]


def _row(added: Mapping[str, Any], file: str) -> Row:
    level = Level(added.get("priority") or Level.UNKNOWN)
    version = added.get("version") or ""
    text = str(added["name"])
    reason = {"code": "ADDED", "text": f"Added{f': version {version}' if version else ''}.", "source": None}
    return {
        "text": text,
        "product": None,
        "release": None,
        "priority": level.value,
        "score": BANDS[level],
        "action": level.action,
        "reasons": [reason | {"facts_as_of": None}],
        "end_of_life": None,
        "days_left": None,
        "upgrade_to": None,
        "kind": Kind(added.get("kind") or Kind.TRACKED),
        "file": file,
        "line": None,
        "note": "",
        "is_new": True,
    }
