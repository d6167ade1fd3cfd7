"""Read the images of the services in a compose file."""

from collections.abc import Iterator, Mapping
from typing import Any

from techs.imports.manifests import entries, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import ManifestError, Row, Skipped


def read(text: str) -> Iterator[Row]:
    """Read the image of every service. Raises ManifestError for invalid YAML or a file without services."""
    document = yaml_places.document(text)
    if isinstance(document, JsonObject) and "include" in document and not document.get("services"):
        yield Skipped(document.lines["include"], "include:", "Includes other files. Import them, too.")
        return
    services = _services(_mapping(document, "the document", line=1 if document else None))
    for name, service in services.items():
        if service == "":
            yield Skipped(services.lines[name], f"{name}:", "No image given.")
            continue
        yield from _service(name, _mapping(service, f"the service {name[:50]}", line=services.lines[name]))


def _services(whole: JsonObject) -> JsonObject:
    if services := whole.get("services"):
        return _mapping(services, "services", line=whole.lines["services"])
    if any(map(_is_service, whole.values())):
        return whole
    raise ManifestError("This compose file has no services.")


def _is_service(node: Any) -> bool:
    return isinstance(node, JsonObject) and ("image" in node or "build" in node)


def _mapping(node: Any, name: str, *, line: int | None) -> JsonObject:
    if not isinstance(node, JsonObject):
        raise ManifestError(f"In a compose file, {name} must be a mapping.", line=line)
    return node


def _service(name: str, service: JsonObject) -> Iterator[Row]:
    image, line = service.get("image"), service.lines.get("image", service.line)
    if why := _why_not(service):
        yield Skipped(line, f"{name}:", why)
    elif not isinstance(image, str) or not image.strip():
        yield Skipped(line, f"{name}:", "The image must be a string.", is_unread=True)
    else:
        yield from entries.image(image, line=line, source=f"{name}: image: {image}")


def _why_not(service: Mapping[str, Any]) -> str:
    if "build" in service:
        return "Built from source. Import its Dockerfile, too."
    if "image" not in service:
        return "Extends another service." if "extends" in service else "No image given."
    return ""
