"""Read CycloneDX in XML, with the rules for components in JSON."""

from collections.abc import Iterator

from techs.imports.manifests import sbom, systems, xml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import ManifestError, Row
from techs.imports.manifests.xml_places import XmlElement


def read(text: str) -> Iterator[Row]:
    """Read every component, one by one. Raises ManifestError if it is not a CycloneDX document."""
    yield from systems.with_systems(_rows(text))


def _rows(text: str) -> Iterator[Row]:
    is_empty = True
    for element in xml_places.parts(text, "components", "component"):
        is_empty = False
        yield from sbom.component_rows(_component(element))
    if is_empty and xml_places.parse(text).name != "bom":
        raise ManifestError("This is not a CycloneDX document: its root element must be bom.", line=1)


def _component(element: XmlElement) -> JsonObject:
    found = JsonObject(type=element.attributes.get("type", ""))
    for key in ("name", "version", "group", "purl", "cpe"):
        if value := element.text_of(key):
            found[key] = value
    if inner := [_component(each) for each in element.all("components", "component")]:
        found["components"] = inner
    found.line, found.lines = element.line, dict.fromkeys(found, element.line)
    return found
