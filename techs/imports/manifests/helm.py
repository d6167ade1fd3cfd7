"""Read Chart.yaml and values.yaml of Helm."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, image_keys, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.namesakes import PRODUCTS
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped
from techs.rules.text import compact

_PRERELEASE = re.compile(r"(?<=[0-9])-0(?=[\s,|]|$)")  # lets a range match versions of vendors, such as -eks-a5565ad
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+)*")
_TEMPLATE = "This is a template, not YAML. Import values.yaml and Chart.yaml of the chart instead."


def read_chart(text: str) -> Iterator[Row]:
    """Read the supported Kubernetes and the charts that a chart needs. A chart's version is not its application's."""
    chart = _document(text)
    version = chart.get("kubeVersion")
    if isinstance(version, str) and version.strip():
        line = chart.lines["kubeVersion"]
        constraint = _PRERELEASE.sub("", version)
        yield entries.runtime_range("Kubernetes", constraint, line=line, source=f"kubeVersion: {version}")
    if "appVersion" in chart:
        yield _application(chart)
    yield from _dependencies(chart)


def _application(chart: JsonObject) -> Row:
    # A chart that is named like a product installs it: its name is not that of an own application.
    name, version, line = chart.get("name"), chart.get("appVersion"), chart.lines["appVersion"]
    source = f"appVersion: {version}"
    if isinstance(name, str) and isinstance(version, str) and compact(name) in PRODUCTS and _VERSION.fullmatch(version):
        return Entry(line, f"{name} {version.removeprefix('v')}", source, "the application of the chart")
    return Skipped(line, source, "The version of the chart's own application.")


def _dependencies(chart: JsonObject) -> Iterator[Row]:
    for needed in chart.get("dependencies") or ():
        if not isinstance(needed, JsonObject) or not isinstance(name := needed.get("name"), str) or not name.strip():
            line = needed.line if isinstance(needed, JsonObject) else chart.lines["dependencies"]
            yield Skipped(line, "dependencies", "A dependency needs a name.", is_unread=True)
            continue
        version = needed.get("version")
        written = version if isinstance(version, str) else ""
        yield entries.constrained("helm", name, written, line=needed.line, source=f"{name} {written}".rstrip())


def read_values(text: str) -> Iterator[Row]:
    """Read every image: a mapping of repository and tag, or a text under a key such as image."""
    yield from image_keys.read(_document(text))


def _document(text: str) -> JsonObject:
    if text.lstrip().startswith("{{") or "\n{{" in text:
        raise ManifestError(_TEMPLATE, line=text[: max(text.find("{{"), 0)].count("\n") + 1)
    document = yaml_places.document(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("This file must be a mapping of names and values.", line=1)
    return document
