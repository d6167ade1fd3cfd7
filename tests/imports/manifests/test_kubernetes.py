"""Kubernetes and Helm: images wherever they stand, versions of resources, nodes, and templates."""

import pytest

from techs.imports.manifests import Format
from tests.support.manifests import entries, reading, refusal, skipped


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Kafka", "{kafka: {version: 3.4.0}}", "Apache Kafka 3.4.0"),
        ("PostgresCluster", "{postgresVersion: 14}", "PostgreSQL 14"),
        ("KubeadmControlPlane", "{version: v1.26.3}", "Kubernetes 1.26.3"),
        ("postgresql", "{postgresql: {version: '13'}}", "PostgreSQL 13"),
        ("HelmRelease", "{values: {image: {repository: redis, tag: 6.2.7}}}", "Redis 6.2.7"),
        ("Anything", "{relayImage: 'nginx:1.20'}", "nginx 1.20"),
        ("Anything", "{image: redis, tag: 7.2, sideImage: '$(params.image)'}", "Redis 7.2"),
        ("Anything", "{image: /static/logo.png, images: {db: 'postgres:13', digest: 'sha256:0af'}}", "PostgreSQL 13"),
        ("Prometheus", "{version: v2.45.0}", "Prometheus 2.45.0"),
        ("Cluster", "{topology: {version: v1.25.0}}", "Kubernetes 1.25.0"),
        ("OpenSearchCluster", "{general: {version: 2.3.0}}", "OpenSearch 2.3.0"),
    ],
)
def test_resources_that_name_a_version(kind: str, spec: str, expected: str) -> None:
    manifest = reading("k8s.yaml", f"apiVersion: x/v1\nkind: {kind}\nspec: {spec}\n")
    assert manifest.format is Format.KUBERNETES
    assert entries(manifest) == [(3, expected)]


def test_the_version_of_a_cluster_of_eksctl() -> None:
    text = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: shop\n  version: '1.24'\n"
    assert entries(reading("cluster.yaml", text)) == [(5, "Amazon EKS 1.24")]


@pytest.mark.parametrize(
    ("kubelet", "expected"),
    [
        ("v1.27.3-gke.100", "Google Kubernetes Engine 1.27.3"),
        ("v1.24.17-eks-43840fb", "Amazon EKS 1.24.17"),
        ("v1.26.1+k3s1", "Kubernetes 1.26.1"),
    ],
)
def test_the_kubelet_of_a_node(kubelet: str, expected: str) -> None:
    text = f"apiVersion: v1\nkind: Node\nstatus:\n  nodeInfo:\n    kubeletVersion: {kubelet}\n"
    assert entries(reading("nodes.yaml", text)) == [(5, expected)]


def test_a_list_of_resources() -> None:
    pod = "- apiVersion: v1\n  kind: Pod\n  spec:\n    containers:\n    - image: redis:6.2\n"
    text = f"apiVersion: v1\nitems:\n{pod}kind: List\n"
    assert entries(reading("", text)) == [(7, "Redis 6.2")]


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [("wordpress", "6.2.2", ["wordpress 6.2.2"]), ("redis", "latest", []), ("shop", "1.4.2", [])],
)
def test_the_application_of_a_chart(name: str, version: str, expected: list[str]) -> None:
    text = f"apiVersion: v2\nname: {name}\nversion: 1.0.0\nappVersion: {version}\n"
    assert [entry for _, entry in entries(reading("Chart.yaml", text))] == expected


@pytest.mark.parametrize("name", ["templates/deployment.yaml", "values.yaml"])
def test_a_template_is_refused_with_an_alternative(name: str) -> None:
    text = "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\nspec: {}\n{{- end }}\n"
    assert "This is a template" in str(refusal(name, text))


def test_a_templated_image_is_skipped() -> None:
    text = 'apiVersion: v1\nkind: Pod\nspec:\n  image: "{{ .Values.image }}:{{ .Chart.AppVersion }}"\n'
    assert skipped(reading("pod.yaml", text)) == [(4, "A template, without the version. Import the values, too.")]


@pytest.mark.parametrize("name", ["values.yaml", "k8s.yaml"])
def test_an_alias_bomb_does_not_go_off(name: str) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    text = f"apiVersion: v1\nkind: Pod\na0: &a0 {{image: redis:7}}\n{levels}"
    assert [entry for _, entry in entries(reading(name, text))] == ["Redis 7"]


@pytest.mark.parametrize(
    "text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: *b\n", "{a: " * 60, "a: &a {<<: 3}\nb: {<<: *a}\n"]
)
def test_hostile_yaml_is_refused(text: str) -> None:
    assert refusal("values.yaml", text).line == 1


def test_values_name_images_in_several_ways() -> None:
    text = """\
        a: {registry: quay.io, image: {repository: keycloak/keycloak, tag: 21.1.0}}
        b: {repository: mcr.microsoft.com/mssql/server, tag: 2019-latest}
        c: {image: {registry: docker.io, repository: bitnami/redis, tag: 7.0.10}}
        d: {image: {name: nginx, tag: 1.23}}
        e: {image: "not an image"}
        g: {image: {repository: redis, tag: ~}}
        h: {image: null}
        i: {name: redis, tag: production}
        f: {image: {repository: "{{ .Values.x }}", tag: latest}}
        """
    assert entries(reading("values-prod.yaml", text)) == [
        (1, "keycloak/keycloak 21.1.0"),
        (2, "Microsoft SQL Server 2019"),
        (3, "Redis 7.0.10"),
        (4, "nginx 1.23"),
    ]
