"""Find the lowest version that a range allows, for the syntax of npm, Poetry and Python packages."""

import re
from dataclasses import dataclass

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

MAX_RANGE = 200  # characters; longer ranges are rejected

_HYPHEN = re.compile(r"(\S+)\s+-\s+\S+")
_BOUND = re.compile(r"(\^|~>|~=|~|>=|<=|!=|>|<|={1,3}|)\s*[vV]?([0-9][\w.*+-]*|[*xX](?:\.[*xX])*)")
_PLAIN = re.compile(r"[vV=]?\s*([0-9]\S*)")
_WILDCARD = re.compile(r"(?:\.[*xX])+(?=$|[-+])|[*xX]")
_UPPER = re.compile(r"<=?\s*[0-9][0-9.]*")
_NUMBERS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Reading:
    """The version to use, or "" if there is none, and a note if it differs from the one in the file."""

    version: str
    note: str = ""


def read(constraint: str) -> Reading | None:
    """Read an npm or Poetry range: 18.2.0 for "^18.2.0". Return None if it is not a range."""
    constraint = constraint.strip()
    if len(constraint) > MAX_RANGE:
        return None
    if constraint in ("", "*", "latest", "x", "X"):
        return Reading("", "any version")
    if _UPPER.fullmatch(constraint):
        return Reading(constraint.replace(" ", ""), "no lower bound")
    lows = [_lowest_of_all(part) for part in re.split(r"\|\|?", constraint)]
    found = [low for low in lows if low is not None]
    if len(found) < len(lows):
        return None
    return _reading(min(found, key=_order), constraint)


def read_specifiers(specifiers: SpecifierSet) -> Reading:
    """Read the specifiers of a Python requirement: 3.2 for ">=3.2,<4"."""
    lows = [specifier for specifier in specifiers if specifier.operator in ("==", "===", ">=", ">", "~=")]
    written = ",".join(sorted(map(str, specifiers), reverse=True))
    if not lows:
        return Reading(written if _UPPER.fullmatch(written) else "", "no lower bound" if written else "any version")
    low = max(lows, key=_python_order)
    is_pin = len(list(specifiers)) == 1 and low.operator in ("==", "===")
    return Reading(low.version.removesuffix(".*"), "" if is_pin else _note(written))


def _reading(version: str, constraint: str) -> Reading:
    if not version:
        return Reading("", f"{constraint} has no lower bound")
    plain = _PLAIN.fullmatch(constraint)
    return Reading(version, "" if plain and plain[1] == version else _note(constraint))


def _note(constraint: str) -> str:
    return f"the lowest version of {constraint}"


def _lowest_of_all(part: str) -> str | None:
    """Return the highest lower bound of a part like ">=1.2 <3", "" if it has none, None if it is not a range."""
    part = part.strip()
    if hyphen := _HYPHEN.fullmatch(part):
        part = hyphen[1]
    if _BOUND.sub("", part).strip(" ,"):
        return None
    lows = [_WILDCARD.sub("", bound[2]) for bound in _BOUND.finditer(part) if bound[1] not in ("<", "<=", "!=")]
    return max(lows, key=_order, default="")


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBERS.findall(version.partition("-")[0])))


def _python_order(specifier: Specifier) -> Version:
    try:
        return Version(specifier.version.removesuffix(".*"))
    except ValueError:  # "===" allows any text, even numbers too long for Python
        return Version("0")
