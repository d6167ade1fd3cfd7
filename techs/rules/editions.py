"""Editions of a release with their own ends of support, such as Windows 11 24H2 (E) and (W). Pure."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from typing import Final

from techs.rules.products import Match, ProductFacts, ReleaseCycle

_PRODUCTS: Final = frozenset(
    {
        *("internet-explorer", "mssqlserver", "office", "windows", "windows-embedded"),
        *("windows-nano-server", "windows-server", "windows-server-core"),
    }
)
"""Products with editions. Elsewhere "lts" may name the usual release, as it does for Mule."""

RESPELLED: Final = frozenset({"office", "windows"})
"""Products whose texts respelled() changes."""

_SPECIAL: Final[Mapping[str, frozenset[str]]] = {
    "iot": frozenset({"iot"}),
    "lts": frozenset({"lts", "ltsc", "ltsb"}),
    "ltsc": frozenset({"lts", "ltsc", "ltsb"}),
    "ltsb": frozenset({"lts", "ltsc", "ltsb"}),
    "sac": frozenset({"sac"}),
    "ac": frozenset({"ac"}),
    "acp": frozenset({"acp", "azure"}),
    "embedded": frozenset({"embedded"}),
    "server": frozenset({"server"}),
}
"""Parts of cycle names that mark a special edition, and the words by which a text asks for it."""

_LINES: Final[Mapping[str, str]] = {
    "home": "w",
    "pro": "w",
    "professional": "w",
    "prof": "w",
    "w": "w",
    "enterprise": "e",
    "ent": "e",
    "education": "e",
    "edu": "e",
    "e": "e",
}
"""Editions of Windows and their line of support. "Pro Education" is in the line of Pro, so these come first."""

_EDITIONS: Final = _SPECIAL.keys() | {"e", "w"}

_LONG_TERM: Final = {"2015": "1507", "2016": "1607", "2019": "1809", "2021": "21H2", "2024": "24H2"}
"""Releases of Windows 10 and 11 behind the years of their long-term editions."""

_UPDATES: Final[Mapping[str, str]] = {
    "anniversary update": "1607",
    "fall creators update": "1709",
    "creators update": "1703",
    "april 2018 update": "1803",
    "october 2018 update": "1809",
    "may 2019 update": "1903",
    "november 2019 update": "1909",
    "may 2020 update": "2004",
    "october 2020 update": "20H2",
    "may 2021 update": "21H1",
    "november 2021 update": "21H2",
    "2022 update": "22H2",
    "2023 update": "23H2",
    "2024 update": "24H2",
    "2025 update": "25H2",
    "19h1": "1903",
    "19h2": "1909",
    "20h1": "2004",
}
"""Releases of Windows 10 and 11 behind the names of their updates and of their development."""

_UPDATE: Final = re.compile(rf"\(?\b({'|'.join(_UPDATES)})\b\)?", re.IGNORECASE)
_AROUND: Final = (
    r"(?:[\s,():-]|version|os|build|pro(?:f|fessional)?|home|ent(?:erprise)?|edu(?:cation)?|for|workstations|x64"
    r"|64[ -]?bit)*"
)
_BUILD: Final = re.compile(  # the only number apart from that of Windows itself
    rf"(?:[\s(-]*1[01]\b)?{_AROUND}\b(?:10\.0\.)?(?P<build>[12][0-9]{{4}})(?:\.[0-9]+)?{_AROUND}",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"\b(lts[cb])\s+(20[0-9]{2})\b|\b(20[0-9]{2})\s+(lts[cb])\b", re.IGNORECASE)
_IOT: Final = re.compile(r"\biot\b", re.IGNORECASE)
_SYSTEMS: Final = frozenset({"linux", "windows"})
_WORD: Final = re.compile(r"[a-z]+")


def respelled(rest: str, slug: str) -> str:
    """Write editions in the order of the lifecycle data: "10 Enterprise LTSC 2019" is 10 1809 LTSC."""
    if slug == "office":
        return _YEAR.sub(lambda found: f"{found[2] or found[3]} {found[1] or found[4]}", rest)
    if build := _BUILD.fullmatch(rest):
        return f" 10.0.{build['build']}"
    rest = _UPDATE.sub(lambda found: _UPDATES[found[1].casefold()], rest)
    rest = _YEAR.sub(lambda found: f"{_release_of(found[2] or found[3])} {found[1] or found[4]}", rest)
    return f"{_IOT.sub('', rest)} IoT" if _IOT.search(rest) else rest


def _release_of(year: str) -> str:
    return _LONG_TERM.get(year, year)


def narrowed(match: Match, text: str) -> Match:
    """Drop the special editions that a text does not name, and the other line of Windows if it names one."""
    if not match.product or match.product.slug not in _PRODUCTS:
        return replace(match, readings=()) if match.readings else match
    words = frozenset(_WORD.findall(text.casefold()))
    if match.cycle:
        return replace(match, cycle=_long_term(match.cycle, match.product, words))
    cycles = _without_special(match.candidates, words)
    lines = [line for word, line in _LINES.items() if word in words]
    if lines and match.product.slug == "windows":
        cycles = tuple(cycle for cycle in cycles if _marks(cycle) & {"e", "w"} <= {lines[0]}) or cycles
    readings = tuple(reading for reading in match.readings if reading.cycle in cycles)
    if len(readings) == 1:
        return readings[0]
    return replace(match, candidates=cycles, readings=readings if _are_of_one_release(cycles) else ())


def _are_of_one_release(cycles: Sequence[ReleaseCycle]) -> bool:
    return len(set(map(_release, cycles))) == 1


def _release(cycle: ReleaseCycle) -> frozenset[str]:
    return frozenset(cycle.name.casefold().split("-")) - _EDITIONS


def _long_term(own: ReleaseCycle, product: ProductFacts, words: Set[str]) -> ReleaseCycle:
    """Return the long-term edition of the same release if the text names it: LTSC of Windows 10 1507."""
    if not words & _SPECIAL["lts"] or _marks(own) & _SPECIAL["lts"]:
        return own
    alike = [cycle for cycle in product.cycles if _release(cycle) == _release(own) and _marks(cycle) & _SPECIAL["lts"]]
    asked = [cycle for cycle in alike if _is_asked_for(cycle, words)]
    return asked[0] if len(asked) == 1 else own


def alike(targets: Sequence[ReleaseCycle], own: ReleaseCycle, product: ProductFacts) -> list[ReleaseCycle]:
    """Return the cycles to which a team can move from its own without changing the edition."""
    special = _EDITIONS if product.slug in _PRODUCTS else _SYSTEMS
    marks = _marks(own) & special
    return [target for target in targets if _fits(_marks(target) & special, marks)]


def _fits(wanted: Set[str], marks: Set[str]) -> bool:
    return wanted == marks or not wanted or (wanted == {"w"} and not marks)


def _without_special(cycles: tuple[ReleaseCycle, ...], words: frozenset[str]) -> tuple[ReleaseCycle, ...]:
    found = tuple(cycle for cycle in cycles if _is_asked_for(cycle, words))
    special = tuple(cycle for cycle in found if _marks(cycle) & _SPECIAL.keys())
    return special or found or cycles


def _is_asked_for(cycle: ReleaseCycle, words: Set[str]) -> bool:
    return all(_SPECIAL[mark] & words for mark in _marks(cycle) & _SPECIAL.keys())


def _marks(cycle: ReleaseCycle) -> frozenset[str]:
    return _marks_in(cycle.name)


@lru_cache(10_000)
def _marks_in(name: str) -> frozenset[str]:
    return frozenset(name.casefold().split("-")[1:])
