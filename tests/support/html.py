"""HTML pages for assertions: elements with attributes and text, in document order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    """An element and its content."""

    tag: str
    attributes: dict[str, str]
    children: "list[Element | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return all text within, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> "Iterator[str]":
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def find_all(self, tag: str, **attributes: str) -> "Iterator[Element]":
        """Return descendants by tag. class_ matches one of several classes; other attributes must be equal."""
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and child.has(attributes):
                    yield child
                yield from child.find_all(tag, **attributes)

    def find(self, tag: str, **attributes: str) -> "Element":
        """Return the first match, or fail the test."""
        found = next(self.find_all(tag, **attributes), None)
        assert found is not None, f"no <{tag} {attributes}>"
        return found

    def has(self, attributes: dict[str, str]) -> bool:
        given = dict(attributes)
        wanted_class = given.pop("class_", "")
        classes = self.attributes.get("class", "").split()
        return (not wanted_class or wanted_class in classes) and given.items() <= self.attributes.items()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {})
        self._path = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._path[-1].children.append(element)
        if tag not in VOID:
            self._path.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._path[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while len(self._path) > 1 and tag not in VOID:
            if self._path.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        self._path[-1].children.append(data)


def parse(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root
