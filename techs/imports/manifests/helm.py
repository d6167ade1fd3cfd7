"""Read Chart.yaml and values.yaml of Helm."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, image_keys, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import ManifestError, Row, Skipped

_PRERELEASE = re.compile(r"(?<=[0-9])-0(?=[\s,|]|$)")  # lets a range match versions of vendors, such as -eks-a5565ad
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
        source = f"appVersion: {chart['appVersion']}"
        yield Skipped(chart.lines["appVersion"], source, "The version of the chart's own application.")
    yield from _dependencies(chart)


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
