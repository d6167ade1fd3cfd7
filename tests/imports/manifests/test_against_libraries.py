"""Files made at random, read by Techlist and by a library that knows their format. FUZZ_FULL=1 tries many more.

Left out is what a library gets wrong: dockerfile-parse knows neither here-documents nor the names of stages, and for
pip-requirements-parser "==4.2.*" is an exact version. PEP 440 itself is compared with packaging in tests/rules.
"""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from dockerfile_parse import DockerfileParser
from packageurl import PackageURL
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from pip_requirements_parser import RequirementsFile
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.writer.tagvalue import tagvalue_writer

from techs.imports.manifests import dockerfile, images, packages, requirements, sbom, sbom_xml, spdx_tags
from techs.imports.manifests.types import Entry, Row
from techs.rules.identifiers import key_of, name_of, type_of

COUNT = 3_000 if os.environ.get("FUZZ_FULL") else 60
SEED = int(os.environ.get("FUZZ_SEED", "12"))

NAMES = ("django", "spring-core", "left.pad", "Left_Pad", "react", "openssl", "log4j-core", "a")
VERSIONS = ("1", "4.17.1", "2.0.0-rc.1", "1:2.3-4ubuntu5", "v1.20", "5.3.2.RELEASE", "2024.1", "0.0.0-20240101")
KINDS = ("npm", "pypi", "maven", "gem", "nuget", "golang", "cargo", "composer")


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(f"{request.node.name} {SEED}")  # noqa: S311  a repeatable choice, no secret


def entries(rows: Any) -> list[Entry]:
    return [row for row in rows if isinstance(row, Entry)]


# --- Dockerfile ---

IMAGES = ("python:3.11-slim", "node", "ghcr.io/acme/app:1.2", "localhost:5000/db:9", "redis@sha256:" + "a" * 64)
TAGS = ("3.12", "18-alpine", '"7.4"')
COMMANDS = (
    "RUN apt-get update && \\\n    apt-get install -y curl",
    "run echo  'FROM debian:9'",
    "COPY --from=build /a /b",
    'CMD ["python", "-m", "app"]',
    "# FROM debian:8",
    "",
    "ENV A=1 \\\n# a comment between\n    B=2",
    '\tLABEL maintainer="FROM ubuntu:14.04"',
    "EXPOSE 80/tcp",
)


def dockerfile_text(chance: Random) -> str:
    lines = []
    if chance.random() < 0.6:
        lines += ["ARG TAG=" + chance.choice(TAGS), "ARG BASE=php"]
    for stage in range(chance.randint(1, 3)):
        image = chance.choice((*IMAGES, "${BASE}:${TAG}", "$BASE:$TAG") if lines and "ARG" in lines[0] else IMAGES)
        flag = chance.choice(("", "", "--platform=linux/amd64 "))
        named = chance.choice(("", f" AS stage{stage}", f" as Stage{stage}"))
        lines += [f"{chance.choice(('FROM', 'from', '  FROM'))} {flag}{image}{named}"]
        lines += chance.choices(COMMANDS, k=chance.randint(0, 4))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("number", range(4))
def test_dockerfile(chance: Random, number: int) -> None:
    for _ in range(COUNT // 4):
        text = dockerfile_text(chance)
        library = DockerfileParser(fileobj=io.BytesIO(text.encode()))
        known = [each for each in library.structure if each["instruction"] != "COMMENT"]
        ours = list(dockerfile.instructions(text))
        assert [(each.word, each.line, each.last_line) for each in ours] == [
            (each["instruction"], each["startline"] + 1, each["endline"] + 1) for each in known
        ], text
        assert [each.rest.split() for each in ours] == [each["value"].split() for each in known], text
        found = [each.text for image in library.parent_images for each in images.read(image)]
        assert [each.text for each in entries(dockerfile.read(text))] == found, text


# --- CycloneDX ---


def purl(chance: Random) -> str:
    kind = chance.choice(KINDS)
    namespace = (
        chance.choice(("@acme", "org.example", "github.com/acme")) if kind in ("npm", "maven", "golang") else None
    )
    qualifiers = chance.choice(({}, {}, {"type": "jar", "repository_url": "https://repo.example/a b"}))
    return PackageURL(kind, namespace, chance.choice(NAMES), chance.choice(VERSIONS), qualifiers).to_string()


def component(chance: Random, number: int, *, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": chance.choice(("library", "framework", "application", "operating-system")),
        "bom-ref": f"ref-{number}-{depth}-{chance.random()}",
        "name": chance.choice(NAMES),
    }
    if chance.random() < 0.9:
        found["version"] = chance.choice(VERSIONS)
    if chance.random() < 0.6:
        found["purl"] = purl(chance)
    if chance.random() < 0.3:
        found["group"] = "org.example"
    if depth < 2 and chance.random() < 0.3:
        inside = [component(chance, number, depth=depth + 1) for _ in range(2)]
        found["components"] = list({json.dumps({**each, "bom-ref": ""}): each for each in inside}.values())
    return found


def described(each: Any) -> tuple[str, str]:
    """How Techlist's reader names the source of a component that the library has read."""
    if each.purl:
        return "purl", each.purl.to_string()
    return "name", f"{each.group + '/' if each.group and each.type == 'library' else ''}{each.name}"


def flat(components: Any) -> list[Any]:
    return [each for outer in components for each in (outer, *flat(outer.components))]


def seen(row: Row) -> tuple[str, str]:
    assert isinstance(row, Entry), row
    if row.source.startswith("pkg:"):
        return "purl", PackageURL.from_string(row.source).to_string()
    return "name", row.source.partition(" ")[0]


SCHEMAS = (SchemaVersion.V1_4, SchemaVersion.V1_5, SchemaVersion.V1_6)


@pytest.mark.parametrize(
    ("output", "read"), [(OutputFormat.JSON, sbom.read_cyclonedx), (OutputFormat.XML, sbom_xml.read)]
)
def test_cyclonedx(chance: Random, output: OutputFormat, read: Callable[[str], Any]) -> None:
    for _ in range(COUNT // 3):
        document = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": [component(chance, number) for number in range(chance.randint(0, 8))],
        }
        bom: Any = Bom.from_json(document)  # type: ignore[attr-defined]
        text = make_outputter(bom, output, chance.choice(SCHEMAS)).output_as_string()
        assert sorted(map(seen, read(text))) == sorted(map(described, flat(bom.components))), text


# --- SPDX ---


def spdx_document(chance: Random) -> dict[str, Any]:
    def package(number: int) -> dict[str, Any]:
        found: dict[str, Any] = {
            "SPDXID": f"SPDXRef-{number}",
            "name": f"{chance.choice(NAMES)}{number}",
            "downloadLocation": chance.choice(("NOASSERTION", "https://example.org/a.tar.gz")),
            "comment": "Two lines,\nPackageName: not a package",
        }
        if chance.random() < 0.8:
            found["versionInfo"] = chance.choice(VERSIONS)
        if chance.random() < 0.6:
            reference = {"referenceType": "purl", "referenceLocator": purl(chance)}
            found["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", **reference}]
        return found

    subject = {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES"}
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": "made at random",
        "documentNamespace": "https://example.org/made-at-random",
        "creationInfo": {"created": "2026-11-28T00:00:00Z", "creators": ["Tool: test"]},
        "packages": [package(number) for number in range(chance.randint(1, 8))],
        "relationships": [{**subject, "relatedSpdxElement": "SPDXRef-0"}],
    }


def test_spdx(chance: Random) -> None:
    for _ in range(COUNT // 3):
        document = spdx_document(chance)
        known = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]  # the library has half its types
        subjects = {each.related_spdx_element_id for each in known.relationships}
        expected = [
            next((("purl", reference.locator) for reference in each.external_references), ("name", each.name))
            for each in known.packages
            if each.spdx_id not in subjects
        ]
        tags = io.StringIO()
        tagvalue_writer.write_document(known, tags)
        for rows in (sbom.read_spdx(json.dumps(document)), spdx_tags.read(tags.getvalue())):
            assert list(map(seen, entries(rows))) == expected, document


# --- Package URLs ---


def respelled(canonical: str, chance: Random) -> str:
    """The same package URL as people and other programs spell it."""
    kind, _, rest = canonical.removeprefix("pkg:").partition("/")
    head = chance.choice(("pkg:", "pkg://", "PKG:"))
    return f"{head}{chance.choice((kind, kind.upper()))}/{rest.replace('%40', '@', 1) if '%40acme' in rest else rest}"


def test_package_urls(chance: Random) -> None:
    for _ in range(COUNT * 5):
        canonical = purl(chance)
        text = respelled(canonical, chance) if chance.random() < 0.5 else canonical
        known = PackageURL.from_string(canonical)
        assert type_of(text) == known.type
        written = f"{known.namespace}/{known.name}" if known.namespace else known.name
        # Names are compared as written; the library folds those of some types.
        assert name_of(text).casefold().replace("_", "-") == written.casefold().replace("_", "-"), text
        assert key_of(text) == key_of(canonical), text


def test_package_urls_of_names(chance: Random) -> None:
    for _ in range(COUNT):
        kind, name = chance.choice(KINDS), chance.choice((*NAMES, "@acme/a b", "org.example:core", "näme"))
        known = PackageURL.from_string(packages.purl_of(kind, name))
        assert (known.type, known.version) == (kind, None)
        assert key_of(packages.purl_of(kind, name)).startswith(f"{kind}/")


# --- Python requirements ---

SPECIFIERS = ("", "==4.2", ">=3.2,<4", " ~= 1.4.2", "!=1.5 , >1", "==4.2.*", ">=2,!=2.1.*", "(>=1,<2)", "<=5")
MARKERS = ("", ' ; python_version < "3.9"', "; os_name == 'nt' and extra == 'x'")
OTHERS = (
    "# django==1.0",
    "",
    "-r other.txt",
    "--index-url https://example.org/simple",
    "-e ./local",
    "./wheels/a-1.0-py3-none-any.whl",
    "https://example.org/a-1.0.tar.gz",
)


def requirement_lines(chance: Random) -> str:
    lines = []
    for _ in range(chance.randint(1, 10)):
        extras = chance.choice(("", "", "[redis, auth]"))
        line = f"{chance.choice(NAMES)}{extras}{chance.choice(SPECIFIERS)}{chance.choice(MARKERS)}"
        tail = chance.choice(("", "", "  # why: django==1", " \\\n    --hash=sha256:" + "0" * 64))
        lines.append(chance.choice((line + tail, line + tail, chance.choice(OTHERS))))
    return "\n".join(lines) + "\n"


def test_requirements(chance: Random, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    for _ in range(COUNT):
        text = requirement_lines(chance)
        file.write_text(text)
        known = [each for each in RequirementsFile.from_file(str(file)).requirements if each.name and not each.link]
        ours = entries(requirements.read(text))
        names = [canonicalize_name(name_of(each.identifiers[0])) for each in ours]
        assert names == [canonicalize_name(each.name) for each in known], text
        for entry, each in zip(ours, known, strict=True):
            stated = entry.text.removeprefix(packages.text_of("pypi", each.name)).strip()
            assert SpecifierSet(f"=={stated}" if stated[:1].isdecimal() else stated) == (
                each.specifier or SpecifierSet()
            ), text
            assert ("only if" in entry.note) is bool(each.marker), text
