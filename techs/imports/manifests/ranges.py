"""Spell the versions in a manifest as people would: a pinned version alone, a range as a range.

techs.rules.ranges reads the result. Notations that mean something else there are spelled out: "~1.2" of Composer allows
1.9, and "1.2" of Cargo is a range.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from packaging.specifiers import Specifier, SpecifierSet

from techs.rules import ranges
from techs.rules.ranges import VersionRange

MAX_RANGE = ranges.MAX_LENGTH  # characters; longer ranges are rejected
MAX_SHOWN = 100  # characters; longer ranges are reduced to their limits

_ANY = {"", "*", "*.*", "*.*.*", "+", "LATEST", "RELEASE", "latest", "latest.integration", "latest.release", "x", "X"}
_PLAIN = re.compile(r"={0,3}\s*[vV]?([0-9]\S*)|\[([0-9][^\s,\]]*)\]")  # in brackets: the only version, for Maven
_GAP = re.compile(r"(?<=[<>=~^!\[(])\s+")
_SPACES = re.compile(r"\s+")
_COMMA = re.compile(r"\s*,\s*")
_EITHER = re.compile(r"\s*\|\|?\s*")
_STABILITY = re.compile(r"@[a-z]+", re.IGNORECASE)
_TILDE = re.compile(r"~\s*v?([0-9]+)\.([0-9]+)(?![0-9.])")
_BARE = re.compile(r"(?:^|(?<=,))\s*(?=[0-9])")


class Syntax(StrEnum):
    """Notations whose ranges differ. NPM is the usual one, which Poetry, Ruby, Terraform, Maven and NuGet fit, too."""

    NPM = "npm"
    COMPOSER = "composer"
    CARGO = "cargo"


@dataclass(frozen=True, slots=True)
class Reading:
    """The version or range to use, or "" if there is none, and a note if something needs explaining."""

    version: str
    note: str = ""


def read(constraint: str, *, syntax: Syntax = Syntax.NPM) -> Reading | None:
    """Read a version or range: ^18.2.0 as it is, 18.2.0 for "=18.2.0". Return None if it is neither."""
    constraint = constraint.strip()
    if len(constraint) > MAX_RANGE:
        return None
    if constraint in _ANY:
        return Reading("", "any version")
    written = _SPELLED[syntax](constraint)
    if versions := ranges.parse(written):
        return Reading(_tidy(written, versions))
    plain = _PLAIN.fullmatch(written)
    return Reading(plain[1] or plain[2]) if plain else None


def read_specifiers(specifiers: SpecifierSet) -> Reading:
    """Read the specifiers of a Python requirement: >=3.2,<4 as it is, 3.2.18 for "==3.2.18"."""
    if not specifiers:
        return Reading("", "any version")
    pins = [specifier.version for specifier in specifiers if _is_pin(specifier)]
    if pins:
        return Reading(max(pins, key=len))
    written = ",".join(sorted(map(_spelled, specifiers), reverse=True))
    versions = ranges.parse(written)
    return Reading(_tidy(written, versions) if versions else written[:MAX_SHOWN])


def _is_pin(specifier: Specifier) -> bool:
    return specifier.operator == "===" or (specifier.operator == "==" and not specifier.version.endswith(".*"))


def _spelled(specifier: Specifier) -> str:
    # In Python, 4.0.1 is above 4.
    is_major = specifier.operator == "<=" and specifier.version.isdecimal()
    return f"{specifier}.0" if is_major else str(specifier)


def _composer(constraint: str) -> str:
    """Spell out "~1.2", which allows 1.9 but not 2.0, and drop stability flags such as "@dev"."""
    return _TILDE.sub(lambda found: f">={found[1]}.{found[2]},<{int(found[1]) + 1}", _STABILITY.sub("", constraint))


def _cargo(constraint: str) -> str:
    return _BARE.sub("^", constraint)


_SPELLED: Mapping[Syntax, Callable[[str], str]] = {
    Syntax.NPM: str,
    Syntax.COMPOSER: _composer,
    Syntax.CARGO: _cargo,
}


def _tidy(written: str, versions: VersionRange) -> str:
    joined = _EITHER.sub(" || ", _COMMA.sub(",", _GAP.sub("", _SPACES.sub(" ", written)))).replace("~>", "~> ")
    return joined if len(joined) <= MAX_SHOWN else _limits(versions)


def _limits(versions: VersionRange) -> str:
    lowest = ranges.dotted(versions.lowest) or "0"
    return f">={lowest}" + (f",<{ranges.dotted(versions.highest)}" if versions.highest else "")
