"""Find the name of an operating system in the files and commands that describe it. Pure.

/etc/os-release, lsb_release, hostnamectl, systeminfo and sw_vers have keys and values, in one line when pasted.
"""

import re
from collections.abc import Iterator

_ASSIGNED = re.compile(r"([A-Z_]{2,40})=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']*))(?:\s+|$)", re.IGNORECASE)
_IN_FULL = ("PRETTY_NAME", "DISTRIB_DESCRIPTION")
_IN_PARTS = (("NAME", "VERSION_ID"), ("NAME", "VERSION"), ("DISTRIB_ID", "DISTRIB_RELEASE"), ("ID", "VERSION_ID"))
_NUMBERED = (
    (re.compile(r"[0-9]{2}\.(?:04|10)"), "Ubuntu"),
    (re.compile(r"(?:1[7-9]|2[0-9])\.[0-9]{2}\.[0-9]+"), "OpenWrt"),
)
"""Releases that belong to one system."""
_NUMBER_KEYS = ("DISTRIB_RELEASE", "VERSION_ID", "RELEASE")
_CODENAME_KEYS = ("VERSION_CODENAME", "DISTRIB_CODENAME", "UBUNTU_CODENAME", "CODENAME")
_WITH_CODENAMES = ("Ubuntu", "Debian", "Linux Mint")
_NAMED = re.compile(r"([0-9][0-9.]*)(?: LTS)? \(([^()]+)\)", re.IGNORECASE)
_CODENAMES = {
    "core": "CentOS",
    **dict.fromkeys(("santiago", "maipo", "ootpa", "plow", "coughlan"), "RHEL"),
    **dict.fromkeys(("green obsidian", "blue onyx"), "Rocky Linux"),
}
_BY_PROJECT = re.compile(r"(CENTOS|ALMALINUX|ROCKY|ORACLE)_[A-Z]+_(?:PROJECT|PRODUCT)_VERSION")
_PROJECTS = {"CENTOS": "CentOS", "ALMALINUX": "AlmaLinux", "ROCKY": "Rocky Linux", "ORACLE": "Oracle Linux"}
_LONE = re.compile(r"(Codename|Release): (\S+)", re.IGNORECASE)
_BEFORE = r"(?:LSB Version: .* |No LSB modules are available\. )?"
_LABELLED = tuple(
    (re.compile(pattern, re.IGNORECASE), template)
    for pattern, template in (
        (rf"{_BEFORE}(?:Distributor ID: \S+ )?Description: (.+?)(?: Release: .*)?", r"\1"),
        (rf"{_BEFORE}Distributor ID: (\S+) Release: (\S+)(?: Codename: .*)?", r"\1 \2"),
        (r"ProductName: (.+?) ProductVersion: (\S+)(?: .*)?", r"\1 \2"),
        (r"(?:Static hostname: .* )?Operating System: (.+?)(?: CPE OS Name: .*| Kernel: .*)?", r"\1"),
        (r"OS Name: (.+?)(?: OS Version: .*)?", r"\1"),
    )
)


def name_in(text: str) -> str:
    """Return name and version of the system that the text describes; "" if it describes none."""
    if "=" in text:
        return next(_names(_assigned(text)), "")
    if ": " not in text:
        return ""
    return next((found.expand(form) for pattern, form in _LABELLED if (found := pattern.fullmatch(text))), "")


def systems_with(text: str) -> tuple[str, ...]:
    """Return the systems that a line without their name may describe: those with this number, codename or project."""
    if "=" not in text and ": " not in text:
        return ()
    found = _LONE.fullmatch(text)
    return tuple(_by_one_line({found[1].upper(): found[2]} if found else _assigned(text)))


def _assigned(text: str) -> dict[str, str]:
    pairs = list(_ASSIGNED.finditer(text))
    if "".join(found[0] for found in pairs) != text:
        return {}
    return {found[1].upper(): found[2] or found[3] or found[4] or "" for found in pairs}


def _names(values: dict[str, str]) -> Iterator[str]:
    yield from (values[key] for key in _IN_FULL if values.get(key))
    yield from (f"{values[name]} {values[number]}" for name, number in _IN_PARTS if {name, number} <= values.keys())


def _by_one_line(values: dict[str, str]) -> Iterator[str]:
    for key in values.keys() & set(_CODENAME_KEYS):
        yield from (f"{system} {values[key]}" for system in _WITH_CODENAMES)
    for key in values.keys() & set(_NUMBER_KEYS):
        yield from (f"{system} {values[key]}" for number, system in _NUMBERED if number.fullmatch(values[key]))
    if found := _NAMED.fullmatch(values.get("VERSION", "")):
        system = _CODENAMES.get(found[2].casefold())
        yield from (f"{each} {found[1]} ({found[2]})" for each in ([system] if system else _WITH_CODENAMES))
    for key, value in values.items():
        if found := _BY_PROJECT.fullmatch(key):
            yield f"{_PROJECTS[found[1]]} {value}"
    if values.keys() == {"DISTRIB_ID"}:
        yield values["DISTRIB_ID"]
    if "CPE_NAME" in values:
        yield values["CPE_NAME"]
