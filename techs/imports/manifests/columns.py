"""Recognise the columns of a table by their titles, in English and German."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from techs.imports.manifests.types import shorten

WORDS = {
    "name": frozenset(
        {
            *("name", "technology", "technologies", "tech", "product", "component", "software", "package"),
            *("application", "app", "library", "framework", "tool", "system", "title", "text", "program", "item"),
            *("technologie", "produkt", "komponente", "paket", "anwendung", "applikation", "bibliothek"),
            *("werkzeug", "programm", "bezeichnung", "titel", "softwarename", "produktname"),
        }
    ),
    "version": frozenset(
        {
            *("version", "versions", "ver", "release", "installed", "current", "number", "versionsnummer"),
            *("produktversion", "softwareversion", "versionsstand", "installierte", "aktuelle", "eingesetzte"),
        }
    ),
    "owner": frozenset(
        {
            *("owner", "owners", "owning", "owned", "team", "teams", "squad", "responsible", "responsibility"),
            *("maintainer", "maintainers", "maintained", "person", "contact", "department"),
            *("verantwortlich", "verantwortliche", "verantwortlicher", "verantwortliches", "verantwortung"),
            *("zuständig", "zuständige", "zuständiger", "zuständiges", "zuständigkeit", "besitzer", "eigentümer"),
            *("ansprechpartner", "ansprechpartnerin", "abteilung", "betreuer"),
        }
    ),
    "tags": frozenset(
        {
            *("tags", "tag", "labels", "label", "keywords", "keyword"),
            *("schlagwort", "schlagwörter", "schlagworte", "stichwort", "stichwörter", "stichworte", "etiketten"),
        }
    ),
    "impact": frozenset(
        {
            *("impact", "criticality", "importance", "auswirkung", "auswirkungen", "kritikalität", "wichtigkeit"),
            *("bedeutung", "schutzbedarf"),
        }
    ),
    "note": frozenset(
        {
            *("note", "notes", "comment", "comments", "remark", "remarks", "annotation", "annotations"),
            *("notiz", "notizen", "kommentar", "kommentare", "bemerkung", "bemerkungen", "anmerkung", "anmerkungen"),
            *("hinweis", "hinweise"),
        }
    ),
    "service": frozenset(
        {
            *("service", "services", "microservice", "microservices", "dienst", "dienste"),
        }
    ),
    "extended_support": frozenset(
        {
            *("extendedsupport", "hasextendedsupport", "paidsupport", "erweitertersupport", "verlängertersupport"),
        }
    ),
}
"""Words in titles by field, in lower case."""

_FILLERS = {
    "the",
    "of",
    "in",
    "use",
    "used",
    "by",
    "or",
    "and",
    "our",
    "business",
    "der",
    "die",
    "das",
    "des",
    "und",
    "oder",
    "name",
    "von",
    "stack",
}
# A table with one of these and a technology lists the technologies of applications.
_CONTAINERS = {"application", "applications", "app", "apps", "system", "systems", "anwendung", "applikation"}
_SYSTEMS = {
    *("os", "operatingsystem", "osname", "guestos", "osdistribution", "distro", "distribution", "linuxdistribution"),
    *("betriebssystem", "systèmedexploitation", "sistemaoperativo", "sistemaoperacional", "besturingssysteem"),
}
"""Titles of operating systems. They are the technologies of a table of hosts, and of one without another column."""
_SYSTEMS_WITH_VERSION = {"osversion", "osrelease", "osfullname", "operatingsystemversion", "betriebssystemversion"}
_HOSTS = {
    *("host", "hostname", "fqdn", "dnsname", "ip", "ips", "ipaddress", "ipaddresses", "ipv4", "ipadresse", "mac"),
    *("macaddress", "server", "servername", "machine", "machinename", "computer", "computername", "rechner"),
    *("rechnername", "vm", "vmname", "node", "nodename", "device", "devicename", "gerät", "instance", "instanceid"),
}
# Words that name a field only on their own: a serial number is no version.
_WEAK = {
    *("number", "current", "installed", "person", "contact", "text", "title", "item", "system", "titel"),
    *("service", "services", "dienst", "dienste"),
}
# Titles with these words are not about the version in use.
_OTHER_VERSIONS = {
    *("latest", "newest", "available", "target", "next", "minimum", "required", "fixed", "recommended"),
    *("neueste", "neuste", "verfügbare", "empfohlene", "ziel"),
}
_FIELDS = {"extended_support": "extended support"}
_EXACT, _WHOLE, _LAST = 3, 2, 1  # how certainly a title names a field
_MOST = 1_000  # columns of a table
_LISTED = 10  # titles shown in a reason
_SHOWN = 40  # characters of a title
_NO_WORD = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")

# Columns that identify a Techlist export, whose name column contains the whole text including the version.
EXPORTED = frozenset(("name", "priority", "score", "action"))
COMPUTED = frozenset(
    {
        *("priority", "score", "action", "product", "release", "endoflife", "reason"),
        *("submittedat", "assessedat", "upgradeto"),
    }
)
"""Columns of a Techlist export that are computed again, so ignoring them loses nothing."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of fields, counted from 0, with their titles, and the titles of ignored columns."""

    count: int
    places: Mapping[str, int]
    titles: Mapping[str, str]
    unread: Sequence[str]
    is_export: bool

    @property
    def explained(self) -> str:
        """Describe how the columns were understood, for the preview."""
        read = [
            f"{shorten(title)[:_SHOWN]} ({_FIELDS.get(field, field)})"
            for field, title in self.titles.items()
            if _compact(title) != _compact(field)
        ]
        return " ".join(
            filter(None, ("Header row.", _sentence("Columns", read), _sentence("Ignored columns", self.unread)))
        )


def of(cells: Sequence[str]) -> Columns | None:
    """Recognise a header. None if no column is the name, or if a single column only resembles it."""
    if len(cells) > _MOST:
        return None
    compact = [_compact(cell) for cell in cells]
    is_export = EXPORTED.issubset(compact)
    places = {"name": compact.index("name"), **_attributes(cells)} if is_export else _read(cells)
    if "name" not in places or not _is_certain(cells, places):
        return None
    ignored = COMPUTED if is_export else frozenset()
    unread = [
        cell
        for place, cell in enumerate(cells)
        if cell and place not in places.values() and compact[place] not in ignored
    ]
    return Columns(len(cells), places, {field: cells[place] for field, place in places.items()}, unread, is_export)


def lack_name(cells: Sequence[str]) -> bool:
    """Return True for the titles of several fields without one for the name."""
    fields = {field for cell in cells[:_MOST] for field, score in _scores(cell) if score == _EXACT}
    is_of_hosts = len(_HOSTS & {_compact(cell) for cell in cells[:_MOST]}) > 1
    return (len(fields) > 1 or is_of_hosts) and "name" not in _read(cells[:_MOST])


def _read(cells: Sequence[str]) -> dict[str, int]:
    """Assign the fields; the technologies of hosts are their operating systems, if no other column names any."""
    found = _assigned(cells)
    titles = [_compact(cell) for cell in cells]
    systems = [place for place, title in enumerate(titles) if title in _SYSTEMS]
    with_version = [place for place, title in enumerate(titles) if title in _SYSTEMS_WITH_VERSION]
    name, place = found.get("name"), next(iter((*systems, *with_version)), None)
    is_host = name is not None and (titles[name] == "name" or titles[name] not in WORDS["name"])
    if place is None or not (name is None or (is_host and _HOSTS.intersection(titles))):
        return found
    kept = {field: other for field, other in found.items() if field != "name" and other != place}
    return {"name": place, **kept}


def _attributes(cells: Sequence[str]) -> dict[str, int]:
    found = _assigned(cells)
    return {field: place for field, place in found.items() if field not in ("name", "version")}


def _assigned(cells: Sequence[str]) -> dict[str, int]:
    """Assign to each field the column whose title fits best, the first of several, and to each column one field."""
    ranked = sorted(
        ((score, field, place) for place, cell in enumerate(cells) for field, score in _scores(cell)),
        key=lambda found: (_is_container(cells[found[2]]), -found[0], found[2]),
    )
    places: dict[str, int] = {}
    for _, field, place in ranked:
        if field not in places and place not in places.values():
            places[field] = place
    return {field: places[field] for field in WORDS if field in places}


def _scores(cell: str) -> Iterator[tuple[str, int]]:
    compact = _compact(cell)
    words = [word for word in _NO_WORD.split(_HUMP.sub(" ", cell).casefold()) if word]
    telling = [word for word in words if word not in _FILLERS] or words
    if _OTHER_VERSIONS & {*words}:
        return
    for field, known in WORDS.items():
        if {compact, compact.removesuffix("name")} & known:
            yield field, _EXACT
        elif telling and all(word in known for word in telling):
            yield field, _WHOLE
        elif telling and telling[-1] in known - _WEAK:
            yield field, _LAST


def _is_container(cell: str) -> bool:
    return _compact(cell).removesuffix("name") in _CONTAINERS


def _is_certain(cells: Sequence[str], places: Mapping[str, int]) -> bool:
    title = cells[places["name"]]
    is_system = _compact(title) in _SYSTEMS | _SYSTEMS_WITH_VERSION
    return len(places) > 1 or is_system or ("name", _EXACT) in set(_scores(title))


def _compact(cell: str) -> str:
    # "Owner_Team" and "owner team" become "ownerteam".
    return _NO_WORD.sub("", cell).casefold()


def _sentence(begin: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = len(items) - _LISTED
    listed = ", ".join(shorten(item)[: 2 * _SHOWN if begin == "Columns" else _SHOWN] for item in items[:_LISTED])
    return f"{begin}: {listed.removesuffix('.')}{f' and {more} more' if more > 0 else ''}."
