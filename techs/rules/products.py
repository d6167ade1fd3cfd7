"""Plain data types for products and their release cycles, shared by matching, lifecycles and priority.

They need no database, so the database, files and tests can all produce them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from techs.rules.ranges import VersionRange

EndOfLife: TypeAlias = date | bool
"""A date; True: ended on an unknown date; False: no end announced."""

EndOfSupport: TypeAlias = date | bool | None
"""Like EndOfLife, for active and extended support. None: the source does not record this kind of support."""


@dataclass(frozen=True, slots=True)
class ReleaseCycle:
    """One release cycle of a product, such as Django 3.2. Names are strings: "3.10" is not 3.1."""

    name: str
    released: date | None
    eol: EndOfLife
    label: str = ""
    codename: str = ""
    active_support: EndOfSupport = None
    extended_support: EndOfSupport = None
    latest: str = ""
    latest_released: date | None = None
    is_lts: bool = False
    lts_from: date | None = None
    """The day from which this is a long-term release, past or announced; None where the source has no date."""


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """One product with its release cycles, and the date of its lifecycle data."""

    slug: str
    title: str
    url: str
    facts_as_of: date
    cycles: tuple[ReleaseCycle, ...]
    aliases: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    """Package URLs and CPEs as published, and names in Repology as "repology:NAME"."""
    version_command: str = ""
    """How to look up the installed version; may be several lines."""
    release_policy: str = ""
    """The address of the vendor's release policy."""


def label_of(cycle: ReleaseCycle) -> str:
    return cycle.label or cycle.name


def name_of(product: ProductFacts, cycle: ReleaseCycle) -> str:
    """Return title and cycle. Some labels include the product's name, such as "Windows Server 2012 R2"."""
    title, label = product.title.split(), label_of(cycle).split()
    is_named = {*title[-1:]} & {*label} or {*filter(str.isalpha, label[:1])} & {*title}
    return label_of(cycle) if is_named else f"{product.title} {label_of(cycle)}"


class Outcome(StrEnum):
    """How much of a text was recognised."""

    MATCHED = "matched"
    CANDIDATES = "candidates"
    RELEASE_UNKNOWN = "release_unknown"
    NO_MATCH = "no_match"
    VENDOR = "vendor"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Match:
    """The result of matching a text.

    MATCHED: product and cycle are set. CANDIDATES: product is set, the version is missing or partial, and candidates
    lists every possible cycle (all cycles of the product if the version is missing). RELEASE_UNKNOWN: product is set,
    and the version belongs to no cycle. NO_MATCH, VENDOR, AMBIGUOUS: product is None, and suggestions lists names to
    use instead. parts lists the technologies of a text that names several, with MATCHED too if one of them leads; a
    NO_MATCH then has no suggestions.

    CANDIDATES of a range: allowed is set, and candidates lists the cycles that it allows, newest version first.
    RELEASE_UNKNOWN: newer_than_facts, or next_newer is the cycle above the version; it is older_than_facts if there
    is none below. readings: the exact matches that a text with several meanings can have.
    """

    outcome: Outcome
    product: ProductFacts | None = None
    cycle: ReleaseCycle | None = None
    candidates: tuple[ReleaseCycle, ...] = ()
    version: str = ""
    allowed: VersionRange | None = None
    newer_than_facts: bool = False
    older_than_facts: bool = False
    next_newer: ReleaseCycle | None = None
    readings: tuple["Match", ...] = ()
    suggestions: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Products by slug, a content hash as their version, and the date of the whole set."""

    version: str
    as_of: date
    products: Mapping[str, ProductFacts]

    def known_on(self, day: date) -> "Facts":
        products = {slug: replace(product, facts_as_of=day) for slug, product in self.products.items()}
        return replace(self, as_of=day, products=products)
