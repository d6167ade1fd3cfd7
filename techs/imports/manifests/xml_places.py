"""Parse XML with line numbers. Definitions of entities are refused, and namespaces are dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 100
MAX_ELEMENTS = 300_000  # kept in memory at once
_CHUNK = 65_536  # characters

_ENTITIES = "This XML defines entities, which are not read. Remove the DOCTYPE."


@dataclass(slots=True, eq=False)
class XmlElement:
    """An element with its line, and the text before its first child."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list["XmlElement"] = field(default_factory=list)
    text: str = ""

    def all(self, *path: str) -> Iterator["XmlElement"]:
        """Yield the elements at a path of names below this one."""
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:]) if len(path) > 1 else (child,)

    def first(self, *path: str) -> "XmlElement | None":
        return next(self.all(*path), None)

    def text_of(self, *path: str) -> str:
        found = self.first(*path)
        return found.text.strip() if found else ""


def parse(text: str) -> XmlElement:
    """Return the root element. Raises ManifestError with line and column."""
    builder = _Builder()
    for _ in _fed(text, builder):
        pass
    return builder.root


def parts(text: str, *path: str) -> Iterator[XmlElement]:
    """Yield each element at a path below the root as soon as it ends, and forget it, so that memory stays bounded."""
    builder = _Builder(path)
    for _ in _fed(text, builder):
        yield from builder.finished
        builder.finished.clear()


def _fed(text: str, builder: "_Builder") -> Iterator[None]:
    parser = DefusedXMLParser(target=builder)
    builder.place = parser.parser
    try:
        for begin in range(0, len(text), _CHUNK):
            parser.feed(text[begin : begin + _CHUNK])
            yield
        parser.close()
    except DefusedXmlException as error:
        raise ManifestError(_ENTITIES, line=builder.line) from error
    except ParseError as error:
        line, column = error.position
        problem = str(error.msg).partition(":")[0]
        raise ManifestError(f"Invalid XML: {problem}.", line=line, column=column + 1) from error
    yield


class _Builder:
    """Builds elements from the events of the parser."""

    def __init__(self, path: tuple[str, ...] = ()) -> None:
        self.place: object = None  # the parser of expat, which knows the line
        self.root = XmlElement("", 1, {})
        self.finished: list[XmlElement] = []
        self._path = path
        self._open: list[XmlElement] = []
        self._texts: list[str] = []
        self._count = 0

    @property
    def line(self) -> int:
        return int(getattr(self.place, "CurrentLineNumber", 1))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._take_text()
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            problem = "too large" if self._count > MAX_ELEMENTS else f"nested more than {MAX_DEPTH} levels deep"
            raise ManifestError(f"This XML is {problem}.", line=self.line)
        element = XmlElement(_local(name), self.line, {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def data(self, text: str) -> None:
        if self._open and not self._open[-1].children:
            self._texts.append(text)

    def end(self, _: str) -> None:
        self._take_text()
        element = self._open.pop()
        if self._path and tuple(each.name for each in (*self._open[1:], element)) == self._path:
            self.finished.append(element)
            self._open[-1].children.pop()
            self._count = 0

    def close(self) -> None:
        return None

    def _take_text(self) -> None:
        if self._texts:
            self._open[-1].text += "".join(self._texts)
            self._texts.clear()


def _local(name: str) -> str:
    return name.rpartition("}")[2]
