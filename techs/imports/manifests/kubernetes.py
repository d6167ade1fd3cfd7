"""Read Kubernetes manifests, and the output of `kubectl get -o yaml` or `-o json`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from techs.imports.manifests import image_keys, json_places, runtimes, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

VERSIONS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "AWSManagedControlPlane": {("spec", "version"): "Amazon EKS"},
    "AzureManagedControlPlane": {("spec", "version"): "Azure Kubernetes Service"},
    "CassandraDatacenter": {("spec", "serverVersion"): "Apache Cassandra"},
    "Cluster": {
        ("spec", "k0s", "version"): "Kubernetes",
        ("spec", "kubernetesVersion"): "Kubernetes",
        ("spec", "topology", "version"): "Kubernetes",
    },
    "ClusterConfig": {("metadata", "version"): "Amazon EKS"},
    "ClusterConfiguration": {("kubernetesVersion",): "Kubernetes"},
    "Elasticsearch": {("spec", "version"): "Elasticsearch"},
    "Grafana": {("spec", "version"): "Grafana"},
    "InnoDBCluster": {("spec", "version"): "MySQL"},
    "Kafka": {("spec", "kafka", "version"): "Apache Kafka"},
    "KafkaConnect": {("spec", "version"): "Apache Kafka"},
    "Kibana": {("spec", "version"): "Kibana"},
    "KubeadmControlPlane": {("spec", "version"): "Kubernetes"},
    "Logstash": {("spec", "version"): "Logstash"},
    "MachineDeployment": {("spec", "template", "spec", "version"): "Kubernetes"},
    "MachinePool": {("spec", "template", "spec", "version"): "Kubernetes"},
    "MongoDB": {("spec", "version"): "MongoDB"},
    "MongoDBCommunity": {("spec", "version"): "MongoDB"},
    "OpenSearchCluster": {("spec", "general", "version"): "OpenSearch"},
    "PostgresCluster": {("spec", "postgresVersion"): "PostgreSQL"},
    "Prometheus": {("spec", "version"): "Prometheus"},
    "postgresql": {("spec", "postgresql", "version"): "PostgreSQL"},
}
"""Resources that name the version of a product, by kind: the product by the path of the version."""

_LEFT_OUT = frozenset(("status", "annotations", "managedFields"))  # repeat the images of the specification
_KUBELET = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+)(?:[-+](eks|gke)?.*)?")
_MANAGED = {"eks": "Amazon EKS", "gke": "Google Kubernetes Engine"}
_RUNTIME = re.compile(r"(containerd|docker|cri-o)://v?([0-9][\w.]*).*")
_RUNTIMES = {"containerd": "containerd", "cri-o": "CRI-O", "docker": "Docker Engine"}
_SYSTEM = re.compile(r"[^()]{1,80}(?:\([^()]{1,40}\))?")
_TEMPLATE = "This is a template, not YAML. Import values.yaml, or the output of `helm template`, instead."


def read(text: str) -> Iterator[Row]:
    """Read the images of every resource, the versions that some kinds name, and the software of nodes."""
    if text.lstrip().startswith("{") and not text.lstrip().startswith("{{"):
        yield from _json(text)
        return
    try:
        for document in yaml_places.documents(text):
            yield from _document(document)
    except ManifestError as error:
        if "{{" not in text:
            raise
        raise ManifestError(_TEMPLATE, line=error.line) from error


def _json(text: str) -> Iterator[Row]:
    # The resources of a list are read one by one; any other document is put together again.
    whole = JsonObject()
    whole.line, whole.lines = 1, {}
    for part in json_places.parts(text):
        if part.key == "items" and part.name is None:
            yield from _document(part.value)
            continue
        whole.lines.setdefault(part.key, part.line)
        if part.name is None:
            whole[part.key] = part.value
            continue
        inner = whole.get(part.key)
        if not isinstance(inner, JsonObject):
            inner = whole[part.key] = JsonObject()
            inner.line, inner.lines = part.line, {}
        inner[part.name], inner.lines[part.name] = part.value, part.line
    yield from _document(whole)


def _document(document: Any) -> Iterator[Row]:
    if not isinstance(document, JsonObject):
        return
    if document.get("kind") == "Node":
        yield from _node(document)
        return
    resources = document.get("items")
    for resource in resources if isinstance(resources, list) else ():
        yield from _document(resource)
    if not isinstance(resources, list):
        yield from _version(document)
        yield from image_keys.read(document, leave_out=_LEFT_OUT)


def _version(resource: JsonObject) -> Iterator[Row]:
    kind = resource.get("kind")
    for path, product in VERSIONS.get(kind, {}).items() if isinstance(kind, str) else ():
        found = _at(resource, path)
        if found and isinstance(version := found[0], str) and "{{" not in version:
            yield runtimes.row(product, version, line=found[1], source=f"{path[-1]}: {version}")


def _at(resource: JsonObject, path: tuple[str, ...]) -> tuple[Any, int] | None:
    """Return the value at a path with its line."""
    node: Any = resource
    line = resource.line
    for key in path:
        if not isinstance(node, JsonObject) or key not in node:
            return None
        line, node = node.lines[key], node[key]
    return node, line


def _node(resource: JsonObject) -> Iterator[Row]:
    status = resource.get("status")
    info = status.get("nodeInfo") if isinstance(status, JsonObject) else None
    if not isinstance(info, JsonObject):
        yield Skipped(resource.line, "kind: Node", "This node has no nodeInfo.")
        return
    for key, value in info.items():
        if isinstance(value, str) and (text := _software(key, value[:200])):
            yield Entry(info.lines[key], text, f"{key}: {value}")


def _software(key: str, value: str) -> str:
    if key == "kubeletVersion" and (kubelet := _KUBELET.fullmatch(value)):
        return f"{_MANAGED.get(kubelet[2], 'Kubernetes')} {kubelet[1]}"
    if key == "containerRuntimeVersion" and (runtime := _RUNTIME.fullmatch(value)):
        return f"{_RUNTIMES[runtime[1]]} {runtime[2]}"
    return value.strip() if key == "osImage" and _SYSTEM.fullmatch(value) else ""
