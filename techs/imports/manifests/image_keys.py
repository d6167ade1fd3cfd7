"""Find container images anywhere in YAML or JSON: in manifests of Kubernetes, values of Helm, and custom resources."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import entries
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Row, Skipped

_NAMES = ("repository", "image")
_NAMES_IN_IMAGES = ("repository", "newname", "name", "image")  # below a key such as image or images
_TAGS = ("tag", "newtag", "imagetag", "image_tag")
_SINGLE = ("image", "imagename")  # keys whose text is a whole image
_TEMPLATES = ("{{", "$(", "<%", "{%")
_TAGGED = re.compile(r"(?!sha256:)[\w./-]+(?::[0-9]+/[\w./-]+)?:[\w.-]+")
_PICTURE = re.compile(r"(?:https?:|data:|/|\./).*|.+\.(?:gif|ico|jpe?g|png|svg|webp)", re.IGNORECASE)

_NO_TAG = "No tag given. It is the version of the chart's application, or of the deployment."
_IN_TEMPLATE = "A template, without the version. Import the values, too."


def read(root: Any, *, leave_out: frozenset[str] = frozenset()) -> Iterator[Row]:
    """Yield the technologies of every image, in the order of the file. Keys to leave out are not searched."""
    pending, seen = [("", root)], set[int]()
    while pending:
        above, node = pending.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))  # aliases share their values
        if isinstance(node, JsonObject):
            yield from _of_mapping(node, above)
            inner = [(key, value) for key, value in node.items() if key not in leave_out]
        else:
            inner = [(above, value) for value in node]
        pending.extend((key, value) for key, value in reversed(inner) if isinstance(value, dict | list))


def _of_mapping(node: JsonObject, above: str) -> Iterator[Row]:
    keys = {key.casefold(): key for key in node}
    tag = next((keys[key] for key in _TAGS if key in keys), "")
    names = _NAMES_IN_IMAGES if "image" in above.casefold() else _NAMES
    name = next((keys[key] for key in names if _text(node, keys.get(key))), "")
    if tag and name:
        yield from _tagged(node, name, tag)
    for key, written in node.items():
        if (tag and key == name) or not isinstance(written, str) or not written.strip():
            continue
        if _is_single(key) or (above.casefold() == "images" and _TAGGED.fullmatch(written.strip())):
            yield from _row(written.strip(), node.lines[key], f"{key}: {written}")


def _is_single(key: str) -> bool:
    return key.casefold() in _SINGLE or key.endswith(("Image", "_image", "_IMAGE"))


def _tagged(node: JsonObject, name: str, tag: str) -> Iterator[Row]:
    reference, written = _text(node, name), _text(node, tag)
    source, line = f"{name}: {reference}, {tag}: {written}", node.lines[tag if written else name]
    if not written:
        yield Skipped(line, source, _NO_TAG)
        return
    registry = _text(node, "registry")
    if registry and not reference.startswith(f"{registry}/"):
        reference = f"{registry}/{reference}"
    yield from _row(f"{reference}:{written}", line, source)


def _row(reference: str, line: int, source: str) -> Iterator[Row]:
    if any(opening in reference for opening in _TEMPLATES):
        yield Skipped(line, source, _IN_TEMPLATE)
    elif " " in reference or "\n" in reference or _PICTURE.fullmatch(reference[:500]):
        yield Skipped(line, source, "This is not an image.")
    else:
        yield from entries.image(reference, line=line, source=source)


def _text(node: JsonObject, key: str | None) -> str:
    found = None if key is None else node.get(key)
    return found.strip() if isinstance(found, str) else ""
