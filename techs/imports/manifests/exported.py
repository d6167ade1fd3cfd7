"""Read Techlist's own JSON, from an export or an API response, including attributes."""

from collections.abc import Iterator

from techs.imports.manifests import json_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped, shorten
from techs.rules.attributes import OPTIONS, InvalidAttribute, TechAttributes


def read(text: str) -> Iterator[Row]:
    """Read a list of technologies, or the list under "data". Raises ManifestError for other JSON."""
    document = json_places.parse(text)
    rows = document.get("data") if isinstance(document, JsonObject) else document
    if not isinstance(rows, list):
        raise ManifestError('Techlist JSON must be a list of technologies, or an object with such a list under "data".')
    for row in rows:
        if not isinstance(row, JsonObject):
            raise ManifestError(f"A technology must be an object, not {shorten(str(row)[:50])}.")
        yield _row(row)


def _row(row: JsonObject) -> Row:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        return Skipped(row.line, "{}", "This object has no name.", is_unread=True)
    line = row.lines["name"]
    try:
        attributes = TechAttributes.parse(**{field: row.get(field) for field in OPTIONS})
    except InvalidAttribute as error:
        return Skipped(line, name, str(error), is_unread=True)
    return Entry(line, name, name, attributes.words, attributes=attributes)
