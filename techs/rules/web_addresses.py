"""Read addresses of packages and files on the web: https://unpkg.com/react@17.0.2/umd/react.min.js. Pure."""

import re

_SCRIPT = re.compile(
    r"<(?:script|link)\b[^<>]*?\b(?:src|href)=[\"']?([^\"'\s<>]+)[\"']?[^<>]*/?>(?:</script>)?", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s\"'<>]+", re.IGNORECASE)
_VERSION = r"v?([0-9]+(?:\.[0-9]+)*(?:-[\w.]+)?)"
_NAME = r"(@[\w.-]+/[\w.-]+|[a-z][\w.-]*)"
_PACKAGES = tuple(
    re.compile(rf"(?:https?:)?//{pattern}(?:[/?#+].*)?", re.IGNORECASE)
    for pattern in (
        rf"(?:cdn|fastly|gcore)\.jsdelivr\.net/npm/{_NAME}@{_VERSION}",
        rf"(?:unpkg\.com|esm\.sh|cdn\.skypack\.dev)/{_NAME}@{_VERSION}",
        rf"(?:cdnjs\.cloudflare\.com|ajax\.googleapis\.com|ajax\.aspnetcdn\.com)/ajax/(?:libs/)?{_NAME}/{_VERSION}",
        rf"(?:(?:max|net|stack)[a-z]*\.bootstrapcdn\.com)/{_NAME}/{_VERSION}",
        r"code\.jquery\.com/(jquery)-([0-9]+(?:\.[0-9]+)*)(?:\.[a-z]+)*",
        rf"code\.jquery\.com/(ui)/{_VERSION}",
        rf"(?:use|pro)\.(fontawesome)\.com/releases/{_VERSION}",
    )
)
_OTHER_NAMES = {
    "angular.js": "angular",
    "angularjs": "angular",
    "fontawesome": "@fortawesome/fontawesome-free",
    "jqueryui": "jquery-ui",
    "twitter-bootstrap": "bootstrap",
    "ui": "jquery-ui",
}
"""Packages that these services name unlike npm."""
_ARCHIVE = re.compile(
    r"\.(?:js|css|jar|war|zip|tar\.(?:[gx]z|bz2)|tgz|msi|exe|dmg|pkg|deb|rpm|iso|qcow2|ova|img)(?=[?#]|$)",
    re.IGNORECASE,
)


def address_in(text: str) -> str:
    """Return the address that a text is, or that an element of a page loads; "" for any other text."""
    if "//" not in text:
        return ""
    found = _SCRIPT.fullmatch(text)
    address = found[1] if found else text
    return address if _ADDRESS.fullmatch(address) else ""


def package(address: str) -> tuple[str, str] | None:
    """Return the package URL and the version of a package that a CDN for scripts delivers."""
    found = next(filter(None, (pattern.fullmatch(address) for pattern in _PACKAGES)), None)
    if not found:
        return None
    name = found[1].casefold()
    return f"pkg:npm/{_OTHER_NAMES.get(name, name)}", found[2]


def file_name(address: str) -> str:
    """Return the name of the archive or script that an address leads to; "" for the address of a page."""
    path = re.split(r"[?#]", address, maxsplit=1)[0]
    return path.rpartition("/")[2] if _ARCHIVE.search(path) else ""
