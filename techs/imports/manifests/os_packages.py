"""Read the installed packages of a system: the output of dpkg, dpkg-query and rpm -qa.

Packages of a distribution have its lifecycle, so they are skipped, but the distribution itself is named by its release
package, or by the suffix of its packages.
"""

import re
from collections import Counter
from collections.abc import Iterator

from techs.imports.manifests import entries
from techs.imports.manifests.types import Entry, Row, Skipped

_LISTED = re.compile(r"([a-z]{2,3})\s+(\S+)\s+(\S+)(?:\s.*)?", re.IGNORECASE)
_QUERIED = re.compile(r"([a-z0-9][a-z0-9+.-]+?)(?::[a-z0-9]+)?[\t =|,]+((?:[0-9]+:)?[0-9][\w.+~:-]*)(?:[\t |,].*)?")
_HEADER = re.compile(r"Desired=|\|\|/|\|\s*(?:Status|Err\?)=|\|?/|\+\+\+-|Listing\.\.\.")
_NOT_INSTALLED = ("rc", "un", "pn")

_UBUNTU = re.compile(r"(?:ubuntu|~)([12][0-9]\.(?:04|10))")
# Versions of base-files in Ubuntu, which are not those of the release.
_BASE_FILES = {
    "7.2ubuntu5": "14.04",
    "9.4ubuntu4": "16.04",
    "10.1ubuntu2": "18.04",
    "11ubuntu5": "20.04",
    "12ubuntu4": "22.04",
    "13ubuntu10": "24.04",
}
_BASE = re.compile(r"([0-9.]+ubuntu[0-9]+)")
_DEBIAN_BASE = re.compile(r"([0-9]{1,2})(?:\.[0-9]+)?(?:\+deb.*)?")

_RPM = re.compile(r"(.+)-([^-]+)-([^-]+?)(?:\.(?:x86_64|noarch|i[3-6]86|aarch64|ppc64le|s390x))?")
_RELEASES = {
    "almalinux-release": "AlmaLinux OS",
    "centos-release": "CentOS",
    "centos-linux-release": "CentOS",
    "centos-stream-release": "CentOS Stream",
    "fedora-release-common": "Fedora Linux",
    "oraclelinux-release": "Oracle Linux",
    "redhat-release": "Red Hat Enterprise Linux",
    "redhat-release-server": "Red Hat Enterprise Linux",
    "rocky-release": "Rocky Linux",
    "sles-release": "SUSE Linux Enterprise Server",
    "system-release": "Amazon Linux",
}
_CENTOS = re.compile(r"([0-9]+)\.([0-9]+)\.[0-9]+")
_NO_PACKAGE = "This is not a package with a version."


def read_dpkg(text: str) -> Iterator[Row]:
    """Read `dpkg -l`, `dpkg-query -W` or `apt list --installed`."""
    suffixes: Counter[str] = Counter()
    system: Row | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or _HEADER.match(line):
            continue
        name, version = _dpkg_line(line[:500])
        if not version:
            why = "This package is not installed." if name else _NO_PACKAGE
            yield Skipped(number, line, why, is_unread=not name)
            continue
        if name == "base-files":
            system = _debian(version, number, line)
        elif found := _UBUNTU.search(version):
            suffixes[f"Ubuntu {found[1]}"] += 1
        yield entries.system_package("deb", name, version, line=number, source=line)
    if system:
        yield system
    elif suffixes:
        yield Entry(1, suffixes.most_common(1)[0][0], "suffixes of the packages", "by the suffixes of its packages")


def _dpkg_line(line: str) -> tuple[str, str]:
    listed = _LISTED.fullmatch(line.strip())
    if listed and any(char.isdigit() for char in listed[3]):
        if listed[1].casefold() in _NOT_INSTALLED:
            return listed[2], ""
        return listed[2].partition(":")[0], listed[3]
    if listed and listed[1].casefold() in _NOT_INSTALLED:
        return listed[2], ""
    name, _, rest = line.strip().partition("/")  # apt list: name/suite version architecture
    queried = _QUERIED.fullmatch(f"{name} {rest.partition(' ')[2]}" if rest else line.strip())
    return (queried[1], queried[2]) if queried else ("", "")


def _debian(version: str, line: int, source: str) -> Row | None:
    if base := _BASE.match(version):
        release = _BASE_FILES.get(base[1])
        return Entry(line, f"Ubuntu {release}", source, "by its package base-files") if release else None
    if found := _DEBIAN_BASE.fullmatch(version):
        return Entry(line, f"Debian {found[1]}", source, "by its package base-files")
    return None


def read_rpm(text: str) -> Iterator[Row]:
    """Read `rpm -qa`: a package, its version and its release a line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found = _RPM.fullmatch(line.strip()[:500].removesuffix(".rpm"))
        if not found:
            yield Skipped(number, line, _NO_PACKAGE, is_unread=True)
            continue
        name, version, _ = found.groups()
        if system := _RELEASES.get(name):
            yield Entry(number, f"{system} {_release(version)}", line, f"by its package {name}")
        yield entries.system_package("rpm", name, version, line=number, source=line)


def _release(version: str) -> str:
    # Amazon Linux 2023 is 2023.3.20240131; CentOS 7 is 7-9.2009.1.
    dated = _CENTOS.fullmatch(version)
    return dated[1] if dated else version
