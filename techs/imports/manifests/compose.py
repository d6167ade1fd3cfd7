"""Read the images of the services in a compose file.

The YAML is composed but never constructed, so an alias stays a single node however often it is used.
"""

from collections.abc import Iterator

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from techs.imports.manifests import images
from techs.imports.manifests.content import line_at
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

MAX_DEPTH = 50
MAX_ALIASES = 1_000
MAX_MERGES = 5  # nesting of merges

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> Iterator[Row]:
    """Read the image of every service. Raises ManifestError for invalid YAML or a file without services."""
    for name, service in _services(_mapping(_compose(text), "the document")).items():
        yield from _service(name, service)


def _services(whole: dict[str, Node]) -> dict[str, Node]:
    if services := whole.get("services"):
        return _mapping(services, "services")
    if any(map(_is_service, whole.values())):
        return whole
    raise ManifestError("This compose file has no services.")


def _is_service(node: Node) -> bool:
    return isinstance(node, MappingNode) and any(key.value in ("image", "build") for key, _ in node.value)


def _compose(text: str) -> Node | None:
    try:
        _check_size(text)
        found: Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _broken(error) from error
    except yaml.reader.ReaderError as error:
        line = line_at(text, error.position) if isinstance(error.position, int) else None
        raise ManifestError("This YAML contains an invalid character.", line=line) from error
    return found


def _broken(error: yaml.MarkedYAMLError) -> ManifestError:
    problem = f"Invalid YAML: {error.problem or error.context}."
    if mark := error.problem_mark or error.context_mark:
        return ManifestError(problem, line=mark.line + 1, column=mark.column + 1)
    return ManifestError(problem)


def _check_size(text: str) -> None:
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        aliases += isinstance(event, AliasEvent)
        line = event.start_mark.line + 1 if event.start_mark else None
        if depth > MAX_DEPTH:
            raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)
        if aliases > MAX_ALIASES:
            raise ManifestError(f"This has more than {MAX_ALIASES:,} aliases.", line=line)


def _mapping(node: Node | None, name: str, *, merges: int = MAX_MERGES) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        line = node.start_mark.line + 1 if node else None
        raise ManifestError(f"In a compose file, {name} must be a mapping.", line=line)
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, value in node.value:
        if key.value == "<<":
            merged |= _merged(value, name, merges)
        elif isinstance(key, ScalarNode):
            own[key.value] = value
    return merged | own


def _merged(node: Node, name: str, merges: int) -> dict[str, Node]:
    if not merges:
        raise ManifestError("Merges (<<) are nested too deeply.", line=node.start_mark.line + 1)
    sources = reversed(node.value) if isinstance(node, SequenceNode) else [node]
    merged: dict[str, Node] = {}
    for source in sources:
        merged |= _mapping(source, name, merges=merges - 1)
    return merged


def _service(name: str, node: Node) -> Iterator[Row]:
    service = _mapping(node, f"the service {name[:50]}")
    image = service.get("image")
    line = (image or node).start_mark.line + 1
    if why := _why_not(service):
        yield Skipped(line, f"{name}:", why)
    elif not isinstance(image, ScalarNode) or not image.value.strip():
        yield Skipped(line, f"{name}:", "The image must be a string.", is_unread=True)
    else:
        yield from _image(name, image.value, line)


def _why_not(service: dict[str, Node]) -> str:
    if "build" in service:
        return "Built from source. Import its Dockerfile, too."
    if "image" not in service:
        return "Extends another service." if "extends" in service else "No image given."
    return ""


def _image(name: str, written: str, line: int) -> Iterator[Row]:
    source = f"{name}: image: {written}"
    try:
        image = images.substitute(written, {})
    except images.Unreadable as error:
        yield Skipped(line, source, str(error), is_unread=True)
        return
    for found in images.read(image):
        yield Entry(line, found.text, source, found.note, identifiers=found.identifiers)
