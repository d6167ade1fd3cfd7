"""Name operating systems in bills of materials: by the ids of os-release, and by the qualifiers of their packages."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from techs.imports.manifests.types import Entry, Row

NAMES = {
    "alma": "AlmaLinux OS",
    "almalinux": "AlmaLinux OS",
    "alpine": "Alpine Linux",
    "amazon": "Amazon Linux",
    "amzn": "Amazon Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "fedora": "Fedora Linux",
    "ol": "Oracle Linux",
    "opensuse": "openSUSE",
    "opensuse-leap": "openSUSE",
    "opensuse.leap": "openSUSE",
    "oracle": "Oracle Linux",
    "photon": "Photon OS",
    "redhat": "Red Hat Enterprise Linux",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "sles": "SUSE Linux Enterprise Server",
    "suse linux enterprise server": "SUSE Linux Enterprise Server",
    "ubuntu": "Ubuntu",
}
"""Names by the ids that Syft and Trivy give operating systems."""

BY_PACKAGES = "by the qualifiers of its packages"

_FIRST_STREAM_ONLY = 9  # of CentOS, whose id is that of CentOS Stream, too
_PACKAGE = re.compile(r"pkg:[a-z]+/([^/?@#]+)/")
_QUALIFIER = re.compile(r"[?&](distro|os_name|os_version)=([^&#]+)")


def named(name: str, version: str) -> str:
    """Return a system with its version, without the code name that Trivy adds, such as 2 (Karoo)."""
    system, version = NAMES.get(name.casefold(), name), version.partition(" (")[0]
    if system == "CentOS" and version.isdecimal() and int(version[:9]) >= _FIRST_STREAM_ONLY:
        system = "CentOS Stream"
    return f"{system} {version}".rstrip()


def with_systems(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, and then the systems that only the package URLs of their packages name."""
    listed, found = set[str](), dict[str, Row]()
    for row in rows:
        yield row
        if isinstance(row, Entry):
            listed.add(_without_version(row.text))
        elif row.package and (system := of_package(row.source)):
            found.setdefault(system, row)
    for text, row in found.items():
        if _without_version(text) not in listed:
            yield Entry(row.line, text, row.source, BY_PACKAGES)


def of_package(purl: str) -> str:
    """Return the system of a package URL with distro=debian-12, distro=3.18.4 or os_version=12; "" without these."""
    package = _PACKAGE.match(purl)
    qualifiers = {key: unquote_plus(value) for key, value in _QUALIFIER.findall(purl)}
    if not package or not qualifiers:
        return ""
    if version := qualifiers.get("os_version"):
        return named(qualifiers.get("os_name") or package[1], version)
    name, _, version = qualifiers.get("distro", "").rpartition("-")
    name = name or package[1]
    return named(name, version) if version and version != name else ""


def _without_version(text: str) -> str:
    return text.rpartition(" ")[0]
