"""Parse YAML into JsonObject, lists and strings, with line numbers and bounds on depth, aliases and size.

No tag is resolved: every scalar is the text as written, so 3.10 stays "3.10". An alias shares its anchor's value.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from techs.imports.manifests.content import line_at
from techs.imports.manifests.json_places import JsonList, JsonObject, Part
from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 50
MAX_ALIASES = 1_000
MAX_MERGED = 100_000  # keys copied by merges (<<)
MAX_NODES = 500_000  # kept in memory at once

_NULL = ("~", "null", "Null", "NULL")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(text: str) -> Iterator[Any]:
    """Yield every document: a JsonObject, a JsonList or a string. Raises ManifestError with line and column."""
    composer = _Composer(text)
    while composer.has_document():
        yield composer.value()


def document(text: str) -> Any:
    """Return the only document. Raises ManifestError if there are several."""
    found = documents(text)
    first = next(found, "")
    if (second := next(found, None)) is not None:
        line = second.line if isinstance(second, JsonObject | JsonList) else None
        raise ManifestError("This file has several YAML documents. Import them as files of their own.", line=line)
    return first


def parts(text: str) -> Iterator[Part]:
    """Yield the members of the values of a mapping one by one, so that a large file is never held as a whole."""
    composer = _Composer(text)
    while composer.has_document():
        yield from composer.parts()


class _Composer:
    """Builds values from the events of the parser."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, Any] = {}
        self._aliases = self._merged = self._nodes = self._depth = 0
        self.line = 1

    def has_document(self) -> bool:
        while (event := self._next()) is not None:
            if isinstance(event, DocumentStartEvent):
                self._anchors, self._nodes = {}, 0
                return True
        return False

    def value(self) -> Any:
        event = self._next()
        return "" if event is None or isinstance(event, DocumentEndEvent) else self._build(event)

    def parts(self) -> Iterator[Part]:
        event = self._next()
        if not isinstance(event, MappingStartEvent):
            raise ManifestError("This file must be a mapping of names and values.", line=self.line)
        while not isinstance(event := self._next(), MappingEndEvent):
            key, line = self._key(event), self.line
            event = self._next()
            if isinstance(event, MappingStartEvent) and not event.anchor:
                yield from self._members(key)
            elif isinstance(event, SequenceStartEvent) and not event.anchor:
                yield from self._items(key)
            else:
                yield Part(key, None, line, self._build(event))

    def _members(self, key: str) -> Iterator[Part]:
        while not isinstance(event := self._next(), MappingEndEvent):
            name, line = self._key(event), self.line
            yield Part(key, name, line, self._build(self._next()))
            self._nodes = 0

    def _items(self, key: str) -> Iterator[Part]:
        while not isinstance(event := self._next(), SequenceEndEvent):
            line = self.line
            yield Part(key, None, line, self._build(event))
            self._nodes = 0

    def _next(self) -> Event | None:
        try:
            event: Event | None = next(self._events, None)
        except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
            _refuse(error, self._text)
        if event is not None and event.start_mark:
            self.line = event.start_mark.line + 1
        return event

    def _key(self, event: Event | None) -> str:
        found = self._build(event)
        return found if isinstance(found, str) else ""

    def _build(self, event: Event | None) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ManifestError("This YAML is too large. Split it.", line=self.line)
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if isinstance(event, MappingStartEvent):
            return self._anchored(event, self._nested(event))
        if isinstance(event, SequenceStartEvent):
            return self._anchored(event, self._nested(event))
        return self._anchored(event, _scalar(event)) if isinstance(event, ScalarEvent) else ""

    def _nested(self, event: MappingStartEvent | SequenceStartEvent) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=self.line)
        found = self._mapping() if isinstance(event, MappingStartEvent) else self._sequence()
        self._depth -= 1
        return found

    def _mapping(self) -> JsonObject:
        found = JsonObject()
        found.line, found.lines = self.line, {}
        merged: list[Any] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            key, line = self._key(event), self.line
            value = self._build(self._next())
            if key == "<<":
                merged.extend(value if isinstance(value, JsonList) else [value])
            else:
                found[key], found.lines[key] = value, line
        for source in merged:
            self._merge(source, found)
        return found

    def _merge(self, source: Any, into: JsonObject) -> None:
        # The keys of a mapping win over those merged into it, and earlier sources over later ones.
        if not isinstance(source, JsonObject):
            raise ManifestError("A merge (<<) needs a mapping.", line=into.line)
        self._merged += len(source)
        if self._merged > MAX_MERGED:
            raise ManifestError("Too many merges (<<) here.", line=into.line)
        for key in source.keys() - into.keys():
            into[key], into.lines[key] = source[key], source.lines[key]

    def _sequence(self) -> JsonList:
        found = JsonList()
        found.line, found.lines = self.line, []
        while not isinstance(event := self._next(), SequenceEndEvent):
            line = self.line
            found.append(self._build(event))
            found.lines.append(line)
        return found

    def _anchored(self, event: Any, value: Any) -> Any:
        # Only once it is complete, so no value can contain itself.
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _alias(self, event: AliasEvent) -> Any:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise ManifestError(f"This has more than {MAX_ALIASES:,} aliases.", line=self.line)
        if event.anchor not in self._anchors:
            raise ManifestError(f"The alias *{(event.anchor or '')[:50]} has no anchor before it.", line=self.line)
        return self._anchors[event.anchor]


def _scalar(event: ScalarEvent) -> str:
    is_null = not event.style and event.value in _NULL
    return "" if is_null else str(event.value)


def _refuse(error: yaml.MarkedYAMLError | yaml.reader.ReaderError, text: str) -> NoReturn:
    if isinstance(error, yaml.reader.ReaderError):
        line = line_at(text, error.position) if isinstance(error.position, int) else None
        raise ManifestError("This YAML contains an invalid character.", line=line) from error
    problem = f"Invalid YAML: {error.problem or error.context}."
    if mark := error.problem_mark or error.context_mark:
        raise ManifestError(problem, line=mark.line + 1, column=mark.column + 1) from error
    raise ManifestError(problem) from error
