"""Operating systems in bills of materials: each is listed once, by a component of its own or by its packages."""

import json
from collections.abc import Mapping

import pytest

from techs.imports.manifests import systems
from tests.support.manifests import entries, reading, skipped

DEBIAN = "pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12"
SPDX_TAGS = """\
SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT

PackageName: alpine
SPDXID: SPDXRef-OperatingSystem-1
PackageVersion: 3.15.11
PrimaryPackagePurpose: OPERATING-SYSTEM

PackageName: musl
SPDXID: SPDXRef-Package-2
PackageVersion: 1.2.2-r7
ExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/musl@1.2.2-r7?arch=x86_64&distro=3.15.11

PackageName: app/package-lock.json
SPDXID: SPDXRef-Application-3
PrimaryPackagePurpose: APPLICATION

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-OperatingSystem-1
"""


def cyclonedx(*components: Mapping[str, object], subject: Mapping[str, str] | None = None) -> str:
    document = {"bomFormat": "CycloneDX", "metadata": {"component": subject or {}}, "components": components}
    return json.dumps(document)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("debian", "12", "Debian 12"),
        ("alpine", "3.18.4", "Alpine Linux 3.18.4"),
        ("rhel", "9.3", "Red Hat Enterprise Linux 9.3"),
        ("redhat", "8.6", "Red Hat Enterprise Linux 8.6"),
        ("amazon", "2 (Karoo)", "Amazon Linux 2"),
        ("amazon", "2023.3.20240312 (Amazon Linux)", "Amazon Linux 2023.3.20240312"),
        ("oracle", "8.9", "Oracle Linux 8.9"),
        ("ol", "8.9", "Oracle Linux 8.9"),
        ("centos", "7", "CentOS 7"),
        ("centos", "9", "CentOS Stream 9"),
        ("opensuse-leap", "15.5", "openSUSE 15.5"),
        ("Debian GNU/Linux", "13", "Debian GNU/Linux 13"),
        ("wolfi", "20230201", "wolfi 20230201"),
        ("ubuntu", "", "Ubuntu"),
    ],
)
def test_names_of_systems(name: str, version: str, expected: str) -> None:
    assert systems.named(name, version) == expected


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        (DEBIAN, "Debian 12"),
        ("pkg:apk/alpine/musl@1.2?distro=alpine-3.18.4", "Alpine Linux 3.18.4"),
        ("pkg:apk/alpine/musl@1.2?arch=x86_64&distro=3.15.0", "Alpine Linux 3.15.0"),
        ("pkg:rpm/amzn/bash@5?distro=amzn-2023", "Amazon Linux 2023"),
        ("pkg:rpm/amazon/bash@5?distro=amazon-2+%28Karoo%29", "Amazon Linux 2"),
        ("pkg:rpm/redhat/acl@2.2?arch=x86_64&distro=rhel-8.10&upstream=acl.src.rpm", "Red Hat Enterprise Linux 8.10"),
        ("pkg:rpm/opensuse/bash@5?distro=opensuse-leap-15.6", "openSUSE 15.6"),
        ("pkg:deb/ubuntu/bash@5.1?distro=jammy", "Ubuntu jammy"),
        ("pkg:deb/debian/apt@2.6?os_distro=bookworm&os_name=debian&os_version=12", "Debian 12"),
        ("pkg:deb/debian/apt@2.6?distro=debian", ""),
        ("pkg:deb/debian/apt@2.6", ""),
        ("pkg:deb/apt@2.6?distro=debian-12", ""),
        ("", ""),
    ],
)
def test_the_system_of_a_package(purl: str, expected: str) -> None:
    assert systems.of_package(purl) == expected


def test_a_system_with_a_component_is_listed_once() -> None:
    system = {"type": "operating-system", "name": "debian", "version": "12.5"}
    manifest = reading("bom.json", cyclonedx({"type": "library", "name": "apt", "purl": DEBIAN}, system))
    assert entries(manifest) == [(1, "Debian 12.5")]


def test_a_system_that_only_the_packages_name() -> None:
    manifest = reading("bom.json", cyclonedx(*2 * [{"type": "library", "name": "apt", "purl": DEBIAN}]))
    assert entries(manifest) == [(1, "Debian 12")]
    assert manifest.entries[0].note == systems.BY_PACKAGES


def test_a_system_that_is_the_subject() -> None:
    subject = {"type": "operating-system", "name": "redhat", "version": "7"}
    assert entries(reading("bom.json", cyclonedx(subject=subject))) == [(1, "Red Hat Enterprise Linux 7")]


def test_a_system_in_xml() -> None:
    text = f"""<bom><components><component type="library"><name>apt</name><version>2.6.1</version>
        <purl>{DEBIAN.replace("&", "&amp;")}</purl></component></components></bom>"""
    assert entries(reading("bom.xml", text)) == [(1, "Debian 12")]


def test_systems_and_lock_files_in_spdx() -> None:
    manifest = reading("alpine.spdx", SPDX_TAGS)
    assert entries(manifest) == [(4, "Alpine Linux 3.15.11")]
    assert skipped(manifest) == [
        (9, "This Alpine package is covered by its operating system."),
        (14, "A lock file or a kind of packages, which are listed on their own."),
    ]


def test_a_system_in_spdx_3() -> None:
    system = {
        "type": "software_Package",
        "spdxId": "urn:system",
        "name": "debian",
        "software_packageVersion": "12",
        "software_primaryPurpose": "operatingSystem",
    }
    document = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [system]}
    assert entries(reading("shop.spdx.json", json.dumps(document))) == [(1, "Debian 12")]


def test_groups_of_packages_are_no_technologies() -> None:
    properties = [{"name": "aquasecurity:trivy:Class", "value": "lang-pkgs"}]
    group = {"type": "application", "name": "Node.js", "properties": properties}
    application = {"type": "application", "name": "nginx", "version": "1.24.0"}
    assert entries(reading("bom.json", cyclonedx(group, application))) == [(1, "nginx 1.24.0")]
