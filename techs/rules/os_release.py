"""Find the name of an operating system in the files and commands that describe it. Pure.

/etc/os-release, lsb_release, hostnamectl, systeminfo and sw_vers have keys and values, in one line when pasted.
"""

import re
from collections.abc import Iterator

_ASSIGNED = re.compile(r"([A-Z_]{2,30})=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']*))(?:\s+|$)", re.IGNORECASE)
_IN_FULL = ("PRETTY_NAME", "DISTRIB_DESCRIPTION")
_IN_PARTS = (("NAME", "VERSION_ID"), ("NAME", "VERSION"), ("DISTRIB_ID", "DISTRIB_RELEASE"), ("ID", "VERSION_ID"))
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
        return next(_assigned(text), "")
    if ": " not in text:
        return ""
    return next((found.expand(form) for pattern, form in _LABELLED if (found := pattern.fullmatch(text))), "")


def _assigned(text: str) -> Iterator[str]:
    pairs = list(_ASSIGNED.finditer(text))
    if "".join(found[0] for found in pairs) != text:
        return
    values = {found[1].upper(): found[2] or found[3] or found[4] or "" for found in pairs}
    yield from (values[key] for key in _IN_FULL if values.get(key))
    yield from (f"{values[name]} {values[number]}" for name, number in _IN_PARTS if {name, number} <= values.keys())
