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


class _Additions:
    """The technologies that an upload adds, by all that a row read from the file may be called."""

    def __init__(self, added: Sequence[Mapping[str, Any]]) -> None:
        self.added = added
        self._places: dict[object, int] = {}
        for place, each in enumerate(added):
            name = str(each["name"]).casefold()
            versions = str(each.get("version") or "").casefold().split(", ")
            # The list names release cycles, such as "Node.js 20", and the file versions of them, such as 20.1.0.
            for key in (name, (compact(name),), *((_first_word(name), version) for version in versions if version)):
                self._places.setdefault(key, place)

    def place_of(self, row: Row) -> int | None:
        text = str(row["text"]).casefold()
        keys: list[object] = [text, (_first_word(text), text.rpartition(" ")[2])]
        if row["release"]:
            keys.append((compact(f"{row['product']} {row['release']}"),))
        return next((self._places[key] for key in keys if key in self._places), None)


def _first_word(text: str) -> str:
    return text.partition(" ")[0]


def _marked(rows: Sequence[Row], upload: Upload | None) -> Iterator[Row]:
    additions = _Additions(upload.added if upload else ())
    found: set[int | None] = set()
    for row in rows:
        place = additions.place_of(row)
        found.add(place)
        added = None if place is None else additions.added[place]
        yield {**row, "is_new": added is not None, "priority": _level(row, upload, added)}
    if upload:
        yield from (_row(each, upload.source) for place, each in enumerate(upload.added) if place not in found)


def _level(row: Row, upload: Upload | None, added: Mapping[str, Any] | None) -> str:
    """Return the level that counts on the list. The team may have set another one than the rule gives."""
    level = str(row["priority"])
    if upload is None or row["kind"] != Kind.TRACKED:
        return level
    if added:
        return str(added.get("priority") or level)
    return upload.worst if upload.worst and is_at_least(level, upload.worst) else level


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
