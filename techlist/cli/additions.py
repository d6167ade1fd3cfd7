"""Find the technologies that an upload adds, as the server describes them, among those read from its file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from techlist.cli.report import Row, Upload
from techs.rules.kinds import Kind
from techs.rules.levels import BANDS, Level


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
    left = list(upload.added) if upload else []
    for row in rows:
        added = next((each for each in left if _is_same(each, row)), None)
        if added:
            left = [each for each in left if each is not added]
        yield {**row, "is_new": bool(added), "priority": (added or {}).get("priority") or row["priority"]}
    if upload:
        yield from (_row(each, upload.source) for each in left)


def _is_same(added: Mapping[str, Any], row: Row) -> bool:
    name, text = str(added["name"]).casefold(), str(row["text"]).casefold()
    if text == name:
        return True
    # The list names a release cycle, such as "Node.js 20", and the file versions of it, such as "Node.js 20.1.0".
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
