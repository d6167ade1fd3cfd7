"""Name the distribution that built a Linux kernel. Pure.

A distribution maintains its kernel itself: 3.10.0-1160.el7 is supported with Red Hat Enterprise Linux 7, although
kernel.org gave up 3.10 years before. So its number never counts as that of a kernel from kernel.org.
"""

import re
from collections.abc import Iterator

_NUMBER = r"[2-7]\.[0-9]{1,2}(?:\.[0-9]{1,3})?"
_OF_KERNEL_ORG = r"-(?:rc[0-9]+|lts|longterm|stable|mainline)(?![\w.-])"
_MARK = r"(?:[-+_~]|\.(?=(?:el|fc|amzn|ph)[0-9]))(?=\S*[0-9a-z])[\w.+~-]*"
_RELEASE = rf"(?P<number>{_NUMBER})(?!{_OF_KERNEL_ORG})(?P<mark>{_MARK}|\+(?=\s+#[0-9]))"
_PREFIX = r"(?:(?:gnu/)?linux|kernel|version|release|image|headers|modules|core|default|vmlinuz|uname -[ra]+)"
_KERNEL = re.compile(
    rf"(?:(?P<prefix>{_PREFIX}(?:[\s:=-]+{_PREFIX})*)[\s:=-]+|(?P<host>linux \S+ ))?{_RELEASE}(?P<rest>\s.*)?",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\.(?:el|fc|amzn|ph)[0-9]+|uek|-(?:generic|lowlatency|default|pve|lts|wsl2|amd64|686(?:-pae)?|arm64|armmp|raspi|arch[0-9]-[0-9]+"
    r"|zen[0-9]-[0-9]+|microsoft-standard\S*|v[78]l?\+|aws|azure|gcp|oracle|cloud-amd64)(?![a-z])",
    re.IGNORECASE,
)
"""Marks that make a number without a name that of a kernel."""

_FAMILIES = (
    (re.compile(r"\.amzn1\b"), ("Amazon Linux 2018.03",)),
    (re.compile(r"\.amzn([0-9]+)"), (r"Amazon Linux \1",)),
    (re.compile(r"\.el([0-9]+)\w*uek"), (r"Oracle Linux \1",)),
    (re.compile(r"\.el([5-7])"), (r"Red Hat Enterprise Linux \1", r"CentOS \1", r"Oracle Linux \1")),
    (re.compile(r"\.el([0-9]+)"), (r"Red Hat Enterprise Linux \1", r"Rocky Linux \1", r"AlmaLinux \1")),
    (re.compile(r"\.fc([0-9]+)"), (r"Fedora Linux \1",)),
    (re.compile(r"\.ph([0-9]+)"), (r"VMware Photon \1.0",)),
    (re.compile(r"-150([1-9])00\."), (r"SUSE Linux Enterprise Server 15 SP\1", r"openSUSE 15.\1")),
    (re.compile(r"(?:~deb|~bpo|\bdeb)([0-9]+)"), (r"Debian \1",)),
    (re.compile(r"~([0-9]{2}\.[0-9]{2})(?:\.[0-9]+)*-ubuntu"), (r"Ubuntu \1",)),
)
_DEBIAN = re.compile(r"-[0-9]+(?:-cloud|-rt)?-(?:amd64|686(?:-pae)?|arm64|armmp|s390x|powerpc64le|marvell)(?![a-z])")
_DEBIANS = {"3.2": "7", "3.16": "8", "4.9": "9", "4.19": "10", "5.10": "11", "6.1": "12", "6.12": "13"}
_UBUNTU = re.compile(
    r"-[0-9]+-(?:generic|lowlatency|virtual|server|raspi|aws|azure|gcp|gke|oracle|ibm|kvm|nvidia|fips)(?![a-z])"
)
_IS_NATIVE = re.compile(r"#[0-9.]+-ubuntu")
_UBUNTUS = {
    "3.13": ("14.04",),
    "4.4": ("16.04", "14.04"),
    "4.15": ("18.04", "16.04"),
    "5.4": ("20.04", "18.04"),
    "5.15": ("22.04", "20.04"),
    "6.8": ("24.04", "22.04"),
    "4.18": ("18.10", "18.04"),
    "5.0": ("19.04", "18.04"),
    "5.3": ("19.10", "18.04"),
    "5.8": ("20.10", "20.04"),
    "5.11": ("21.04", "20.04"),
    "5.13": ("21.10", "20.04"),
    "5.19": ("22.10", "22.04"),
    "6.2": ("23.04", "22.04"),
    "6.5": ("23.10", "22.04"),
    "6.11": ("24.10", "24.04"),
    "6.14": ("25.04", "24.04"),
}
"""Releases of Ubuntu by kernel: the one that came with it, and the long-term one that gets it as an update.

A build for the latter has its number in the build's name: #101~20.04.1-Ubuntu.
"""
_BESIDE = re.compile(r"[\s,;/]+[(\[]?(?:with |linux ){0,2}kernel:? v?[0-9][\w.+-]*[)\]]?$", re.IGNORECASE)
_NUMBERED = re.compile(r"[^\W\d_]{2}.*[\s/_-]v?[0-9]")


def systems(text: str) -> tuple[str, ...] | None:
    """Return the systems that a distribution's kernel may belong to; None for text that is no such kernel."""
    found = _KERNEL.fullmatch(text)
    if not found or not (found["prefix"] or found["host"] or _ALONE.search(found["mark"])):
        return None
    if found["host"] and not re.match(r"\s+#[0-9]", found["rest"] or ""):
        return None
    return tuple(_systems(found["number"], f"{found['mark']}{found['rest'] or ''}".casefold()))


def _systems(number: str, mark: str) -> Iterator[str]:
    for pattern, names in _FAMILIES:
        if found := pattern.search(mark):
            yield from (found.expand(name) for name in names)
            return
    minor = ".".join(number.split(".")[:2])
    if _UBUNTU.match(mark):
        ubuntus = _UBUNTUS.get(minor, ())
        yield from (f"Ubuntu {each}" for each in (ubuntus[:1] if _IS_NATIVE.search(mark) else ubuntus))
    elif _DEBIAN.match(mark) and minor in _DEBIANS:
        yield f"Debian {_DEBIANS[minor]}"


def without_number(text: str) -> str:
    """Remove the kernel behind another technology: that of "Debian 10, kernel 4.19" is not kernel.org's."""
    found = _BESIDE.search(text)
    rest = text[: found.start()] if found else ""
    return rest if _NUMBERED.search(rest) else text
