"""Read Techlist's own JSON, from an export or an API response, including attributes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from techs.imports.manifests import json_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped, shorten
from techs.rules.attributes import OPTIONS, InvalidAttribute, TechAttributes
from techs.rules.services import clean_service_names, split_services


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
        services = _services(row)
    except InvalidAttribute as error:
        return Skipped(line, name, str(error), is_unread=True)
    entry = Entry(line, name, name, attributes=attributes, services=services, is_exported=True)
    return replace(entry, note=entry.words)


def _services(row: JsonObject) -> tuple[str, ...]:
    """Return the services that use a technology. In an answer of the API, "services" is their number."""
    counted = row.get("services")
    given = row.get("service") or row.get("used_by") or (counted if isinstance(counted, list) else [])
    names = split_services(given) if isinstance(given, str) else given
    if not isinstance(names, list):
        raise InvalidAttribute("Service: Must be a name or a list of names.", code="invalid")
    return clean_service_names(map(_name_of, names))


def _name_of(service: Any) -> Any:
    return service.get("name") or service.get("service") if isinstance(service, dict) else service
