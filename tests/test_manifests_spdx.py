"""SPDX 2 in JSON, as GitHub, Syft and the SPDX tools write it."""

import json

import pytest

from techs.manifests import Evidence, Format
from tests.manifests import entries, notes, reading, refusal, skipped

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
    assert entries(manifest) == [(7, "React 18.2.0"), (14, "PostgreSQL 15.4"), (15, "unversioned")]
    assert notes(manifest)["React 18.2.0"] == "the lowest version of ^18.2.0"
    assert skipped(manifest) == [
        (6, "What this document describes."),
        (16, "A file, not a package."),
        (17, "This Alpine package is looked after together with its operating system."),
    ]


def test_the_content_tells_it_too() -> None:
    manifest = reading("", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.SPDX, Evidence.CONTENT)


def test_what_the_api_of_github_gives() -> None:
    wrapped = json.dumps({"sbom": json.loads(SHOP)}, indent=1)
    assert [text for _, text in entries(reading("", wrapped))] == ["React 18.2.0", "PostgreSQL 15.4", "unversioned"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"spdxVersion": "SPDX-2.3",\n"packages": [,]}', 2),
        ('{"spdxVersion": "SPDX-2.3",\n"packages": ["a"]}', 2),
        ('{"spdxVersion": "SPDX-2.3", "packages": [\n{}]}', 2),
        ('{"spdxVersion": "SPDX-3.0"}', 1),
        ('{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', 1),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int) -> None:
    assert refusal("shop.spdx.json", text).line == line
