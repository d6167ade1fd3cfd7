"""SPDX 2 and 3 in JSON, as written by GitHub, Syft and the SPDX tools."""

import json

import pytest

from techs.imports.manifests import Evidence, Format, read
from tests.support.manifests import entries, notes, reading, refusal, skipped

SHOP = """\
    {
      "spdxVersion": "SPDX-2.3",
      "SPDXID": "SPDXRef-DOCUMENT",
      "name": "com.github.example/shop",
      "packages": [
        {"SPDXID": "SPDXRef-shop", "name": "com.github.example/shop", "versionInfo": "main"},
        {
          "SPDXID": "SPDXRef-react", "name": "react", "versionInfo": "^18.2.0",
          "externalRefs": [
            {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x"},
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/react"}
          ]
        },
        {"SPDXID": "SPDXRef-pg", "name": "PostgreSQL", "versionInfo": "15.4"},
        {"SPDXID": "SPDXRef-x", "name": "unversioned", "versionInfo": "NOASSERTION"},
        {"SPDXID": "SPDXRef-f", "name": "a.txt", "primaryPackagePurpose": "FILE"},
        {
          "SPDXID": "SPDXRef-ssl", "name": "libssl3",
          "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:apk/alpine/libssl3@3.1.4-r1"}]
        }
      ],
      "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-shop"}
      ]
    }
    """


def test_it_works() -> None:
    manifest = reading("shop.spdx.json", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.SPDX, Evidence.NAME)
    assert entries(manifest) == [(7, "React ^18.2.0"), (14, "PostgreSQL 15.4"), (15, "unversioned")]
    assert notes(manifest)["React ^18.2.0"] == ""
    assert skipped(manifest) == [
        (6, "The software that this document describes."),
        (16, "A file, not a package."),
        (17, "This Alpine package is covered by its operating system."),
    ]


def test_the_content_tells_it_too() -> None:
    manifest = reading("", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.SPDX, Evidence.CONTENT)


def test_what_the_api_of_github_gives() -> None:
    wrapped = json.dumps({"sbom": json.loads(SHOP)}, indent=1)
    assert [text for _, text in entries(reading("", wrapped))] == ["React ^18.2.0", "PostgreSQL 15.4", "unversioned"]


def test_packages_as_github_names_them() -> None:
    packages = [("npm:react", "18.2.0"), ("pip:requests", ">= 2.0, < 3"), ("our:thing", "1")]
    rows = [{"name": name, "versionInfo": version} for name, version in packages]
    manifest = read("", json.dumps({"spdxVersion": "SPDX-2.2", "packages": rows}).encode())
    assert [entry.text for entry in manifest.entries] == ["React 18.2.0", "requests >=2.0,<3", "our:thing 1"]


SPDX_3 = """\
    {
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": [
        {"type": "CreationInfo", "@id": "_:1", "specVersion": "3.0.1"},
        {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:shop"]},
        {"type": "software_Package", "spdxId": "urn:shop", "name": "shop"},
        {"type": "software_Package", "spdxId": "urn:a", "name": "django", "software_packageVersion": "3.2.18",
         "externalIdentifier": [
           {"externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x"},
           {"externalIdentifierType": "packageUrl", "identifier": "pkg:pypi/django@3.2.18"}]},
        {"type": "software_Package", "spdxId": "urn:b", "name": "x", "software_packageUrl": "pkg:npm/react@18.2.0"},
        {"type": "software_Package", "spdxId": "urn:c", "name": "PostgreSQL", "software_packageVersion": "15.4"},
        {"type": "software_File", "spdxId": "urn:d", "name": "a.txt"}
      ]
    }
    """


@pytest.mark.parametrize(("name", "evidence"), [("shop.spdx.json", Evidence.NAME), ("", Evidence.CONTENT)])
def test_spdx_3(name: str, evidence: Evidence) -> None:
    manifest = reading(name, SPDX_3)
    assert (manifest.format, manifest.evidence) == (Format.SPDX, evidence)
    assert entries(manifest) == [(7, "Django 3.2.18"), (11, "React 18.2.0"), (12, "PostgreSQL 15.4")]
    assert skipped(manifest) == [(6, "The software that this document describes.")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"spdxVersion": "SPDX-2.3",\n"packages": [,]}', 2),
        ('{"spdxVersion": "SPDX-2.3",\n"packages": ["a"]}', 2),
        ('{"spdxVersion": "SPDX-2.3", "packages": [\n{}]}', 2),
        ('{"spdxVersion": "SPDX-3.0"}', 1),
        ('{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', 1),
        ('{"@context": "https://spdx.org/rdf/3.0.1/x",\n"@graph": [\n{"type": "software_Package"}]}', 3),
        ('{"@context": "https://spdx.org/rdf/3.0.1/x",\n"@graph": {"a": 1}}', 2),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int) -> None:
    assert refusal("shop.spdx.json", text).line == line
