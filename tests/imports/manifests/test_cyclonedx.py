"""CycloneDX in JSON, as written by Syft, cdxgen and the npm and Maven plugins."""

import json

import pytest

from techs.imports.manifests import Evidence, Format, read
from tests.support.manifests import entries, reading, refusal, skipped

BOM = """\
    {
      "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
      "bomFormat": "CycloneDX",
      "specVersion": "1.5",
      "version": 1,
      "metadata": {"component": {"type": "application", "name": "shop", "version": "1.0"}},
      "components": [
        {
          "type": "library", "group": "@angular", "name": "core", "version": "15.2.0",
          "purl": "pkg:npm/%40angular/core@15.2.0"
        },
        {"type": "library", "name": "redis", "version": "4.5.1", "purl": "pkg:pypi/redis@4.5.1"},
        {"type": "operating-system", "name": "debian", "version": "12"},
        {"type": "library", "name": "openssl", "version": "3.0.11-1", "purl": "pkg:deb/debian/openssl@3.0.11-1"},
        {"type": "file", "name": "/etc/motd"},
        {
          "type": "application", "name": "PostgreSQL", "version": "15.4",
          "components": [
            {"type": "library", "name": "spring-boot", "purl": "pkg:maven/org.springframework.boot/spring-boot@2.7.1"}
          ]
        },
        {"type": "library", "name": "mysql", "version": "1.0"},
        {"type": "library", "name": "broken", "version": 1.10, "purl": "not a package URL"}
      ]
    }
    """


def test_it_works() -> None:
    manifest = reading("bom.json", BOM)
    assert (manifest.format, manifest.evidence) == (Format.CYCLONEDX, Evidence.NAME)
    assert entries(manifest) == [
        (8, "Angular 15.2.0"),
        (12, "PyPI package redis 4.5.1"),
        (13, "Debian 12"),
        (16, "PostgreSQL 15.4"),
        (19, "Spring Boot 2.7.1"),
        (22, "package mysql 1.0"),
        (23, "broken 1.10"),
    ]
    assert skipped(manifest) == [
        (14, "This Debian package is covered by its operating system."),
        (15, "A file, not a package."),
    ]


def test_the_content_tells_it_too() -> None:
    manifest = reading("", BOM)
    assert (manifest.format, manifest.evidence) == (Format.CYCLONEDX, Evidence.CONTENT)


@pytest.mark.parametrize(
    ("component", "text"),
    [
        ({"type": "container", "purl": "pkg:docker/python@3.11-slim"}, "Python 3.11"),
        (
            {"type": "container", "purl": "pkg:oci/x@sha256%3Aa?repository_url=docker.io/nginx&tag=1.2"},
            "nginx/x 1.2",
        ),
        (
            {"type": "container", "purl": "pkg:oci/nginx@sha256%3Aa?repository_url=docker.io/library/nginx&tag=1.2"},
            "nginx 1.2",
        ),
        (
            {"type": "container", "purl": "pkg:oci/argocd@sha256%3Aa?repository_url=quay.io/argoproj&tag=v2.8.1"},
            "Argo CD 2.8.1",
        ),
        ({"type": "container", "purl": "pkg:docker/team/app@1.2?repository_url=gcr.io"}, "gcr.io/team/app 1.2"),
        ({"type": "container", "version": "sha256:ab", "purl": "pkg:oci/redis@sha256%3Aab"}, "Redis"),
        ({"type": "application", "purl": "pkg:generic/node@20.11.0"}, "node 20.11.0"),
        ({"type": "library", "version": "go1.21.5", "purl": "pkg:golang/stdlib@1.21.5"}, "Go 1.21.5"),
        ({"type": "platform", "version": "17"}, "x 17"),
        ({"type": "library", "version": "1", "purl": "no address"}, "x 1"),
    ],
)
def test_what_a_component_is(component: dict[str, str], text: str) -> None:
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{"name": "x"} | component]}
    assert [entry.text for entry in read("bom.json", json.dumps(bom).encode()).entries] == [text]


@pytest.mark.parametrize("kind", ["cryptographic-asset", "data", "machine-learning-model"])
def test_what_is_no_software(kind: str) -> None:
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "x", "type": kind}]}
    manifest = read("bom.json", json.dumps(bom).encode())
    assert not manifest.entries
    assert "not a technology" in manifest.skipped[0].why


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"bomFormat": "CycloneDX",\n"components": [{"name": "a"}}', 2),
        ('{"bomFormat": "CycloneDX",\n"components": {"a": 1}}', 2),
        ('{"bomFormat": "CycloneDX", "components": [\n"a"]}', 2),
        ('{"bomFormat": "CycloneDX", "components": [\n{"version": "1"}]}', 2),
        ('{"components": []}', 1),
        ("[]", 1),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int) -> None:
    assert refusal("bom.json", text).line == line


def test_deep_nesting_is_refused() -> None:
    component: dict[str, object] = {"name": "a"}
    for _ in range(200):
        component = {"name": "a", "components": [component]}
    assert "nested" in str(refusal("bom.json", json.dumps({"bomFormat": "CycloneDX", "components": [component]})))
