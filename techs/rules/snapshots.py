"""The technologies that a file shows, the rows they belong to, and the differences between two files. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from techs.rules import ranges
from techs.rules.kinds import Kind, library_name
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle, name_of
from techs.rules.text import MAX_TEXT, name_key

PACKAGE_MAX_LENGTH: Final = 300
MAX_VERSIONS: Final = 50  # of one row in one source

# An upload that removes more than this many usages, and more than half of them, needs a confirmation.
LARGE_REMOVAL: Final = 20

_PARTS = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)
_NUMERIC = re.compile(r"v?([0-9]+(?:\.[0-9]+)+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A technology in a file: the row it belongs to, and package, name and versions as read.

    product and cycle are set if the lifecycle data has them. is_exact: it shows the version in use, or its cycle.
    """

    name: str
    as_read: str
    kind: Kind = Kind.TRACKED
    product: str = ""
    cycle: str = ""
    package: str = ""
    versions: tuple[str, ...] = ()
    line: int = 0
    is_range: bool = False
    is_exact: bool = False

    @property
    def key(self) -> str:
        return name_key(self.name)

    def merged(self, other: "Sighting") -> "Sighting":
        """Return this sighting with the versions of another one of the same row."""
        return replace(self, versions=united(self.versions, other.versions), is_exact=self.is_exact or other.is_exact)


FindCycle: TypeAlias = Callable[[str], tuple[str, str]]
"""Returns the product and the release cycle that a text names, or empty texts."""


def collect(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    """Return one sighting per row, with all of its versions."""
    found: dict[str, Sighting] = {}
    for each in sightings:
        key = each.key
        found[key] = found[key].merged(each) if key in found else each
    return found


def place(text: str, match: Match, *, find_cycle: FindCycle) -> Sighting:
    """Return the row of a text: product and release cycle, product and range, or the text if neither is known.

    find_cycle checks that a spelling of product and cycle is understood as just that.
    """
    product = match.product
    if product is None:
        is_range = ranges.parse(text.removeprefix(library_name(text)).strip()) is not None
        return Sighting(name=text, as_read=text, is_range=is_range)
    if match.outcome is Outcome.MATCHED and match.cycle and match.allowed is None:
        cycle = match.cycle
        spelled = (name for name in _spellings(product, cycle) if find_cycle(name) == (product.slug, cycle.name))
        name = next(spelled, text)
        return Sighting(name=name, as_read=text, product=product.slug, cycle=cycle.name, is_exact=True)
    is_range = match.allowed is not None
    is_exact = match.outcome is Outcome.RELEASE_UNKNOWN and bool(match.version) and not is_range
    name = f"{product.title} {match.version}".rstrip()
    if is_range or len(name) > MAX_TEXT or find_cycle(name)[0] != product.slug:
        name = text
    return Sighting(name=name, as_read=text, product=product.slug, is_range=is_range, is_exact=is_exact)


def _spellings(product: ProductFacts, cycle: ReleaseCycle) -> Iterator[str]:
    for name in (f"{product.title} {cycle.name}", name_of(product, cycle)):
        if len(name) <= MAX_TEXT:
            yield name


# --- Versions ----------------------------------------------------------------------------------------------------


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key: 3.9 is before 3.10, and 3.2rc1 before 3.2."""
    parts = [_part(part) for part in _PARTS.findall(version)]
    return (*parts, (1, -1, ""))


def _part(part: str) -> tuple[int, int, str]:
    return (2, int(part[:18]), "") if part.isdecimal() else (0, 0, part.casefold())


def united(*lists: Iterable[str]) -> tuple[str, ...]:
    """Return all versions in order, without repeats."""
    versions = {version for each in lists for version in each}
    return tuple(sorted(versions, key=lambda version: (version_order(version), version))[:MAX_VERSIONS])


def lowest_exact(versions: Iterable[str]) -> str:
    """Return the lowest full numeric version, such as 3.2.10, or ""."""
    numeric = [found[1] for version in versions if (found := _NUMERIC.fullmatch(version))]
    return min(numeric, key=version_order, default="")


# --- Differences -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Name, product and versions of a technology in a snapshot."""

    name: str
    product: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One version of a technology that another one replaced."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The additions, removals and changed versions from one snapshot to another, by key."""

    entered: Mapping[str, Seen]
    left: Mapping[str, Seen]
    changed: Mapping[str, tuple[Seen, Seen]]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.entered or self.left or self.changed)


def diff(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> Difference:
    shared = before.keys() & after.keys()
    changed = {key for key in shared if before[key].versions != after[key].versions}
    return Difference(
        entered={key: seen for key, seen in after.items() if key not in before},
        left={key: seen for key, seen in before.items() if key not in after},
        changed={key: (before[key], after[key]) for key in before if key in changed},
        unchanged=len(shared) - len(changed),
    )


def moves(difference: Difference) -> list[Move]:
    """Return the technologies of which exactly one version left and one entered."""
    left, entered = _versions(difference.left.values()), _versions(difference.entered.values())
    for old, new in difference.changed.values():
        _add(left, old, without=new.versions)
        _add(entered, new, without=old.versions)
    return [
        Move(name, before, after)
        for group, ((name, before), *others) in left.items()
        for _, after in entered.get(group, ())[:1]
        if not others and len(entered[group]) == 1 and before != after
    ]


def needs_confirmation(*, removes: int, of: int, left: int) -> bool:
    """Return True for an upload that removes most usages of a source, or all without replacing them."""
    return removes > 0 and (left == 0 or (removes > LARGE_REMOVAL and 2 * removes > of))


_Versions: TypeAlias = dict[str, list[tuple[str, str]]]


def _versions(seen: Iterable[Seen]) -> _Versions:
    """Return name and version of each, by product or, if that is unknown, by name without version."""
    found: _Versions = defaultdict(list)
    for each in seen:
        _add(found, each)
    return found


def _add(found: _Versions, seen: Seen, *, without: Iterable[str] = ()) -> None:
    name = library_name(seen.name)
    group = seen.product or name_key(name)
    if versions := [(name, version) for version in seen.versions if version not in without]:
        found[group] += versions
