"""Read the version ranges of Maven and NuGet, which are intervals: [1.0,2.0)."""

import re

from techs.imports.manifests.ranges import MAX_RANGE, Reading

_INTERVAL = re.compile(r"([\[(])\s*([^,\[\]()\s]*)\s*(?:(,)\s*([^,\[\]()\s]*)\s*)?([\])])")
_FLOATING = re.compile(r"([0-9]+(?:\.[0-9]+)*)\.(?:\*|\+)")
_PLAIN = re.compile(r"v?([0-9][\w.+-]*)")


def read(written: str) -> Reading | None:
    """Return a version, or a range with operators: ">=1.0,<2.0" for "[1.0,2.0)". None if it is neither."""
    written = written.strip()
    if len(written) > MAX_RANGE:
        return None
    if plain := _PLAIN.fullmatch(written):
        return Reading(plain[1])
    if floating := _FLOATING.fullmatch(written):
        return Reading(f"{floating[1]}.*")
    found = _INTERVAL.fullmatch(written)
    return _interval(found, written) if found else None


def _interval(found: re.Match[str], written: str) -> Reading:
    begins, low, comma, high, ends = found.groups()
    if not comma:
        return Reading(low)
    lower = f"{'>=' if begins == '[' else '>'}{low}" if low else ""
    upper = f"{'<=' if ends == ']' else '<'}{high}" if high else ""
    return Reading(",".join(filter(None, (lower, upper))), f"written {written}")
