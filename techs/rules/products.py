"""What is known about technologies: plain data that parsing, lifecycles and priority share.

Standard library only, no Django: the same shapes come from the database, from a file or from a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeAlias

EndOfLife: TypeAlias = date | bool
"""A date; True: ended on a day nobody recorded; False: no end announced."""

EndOfSupport: TypeAlias = date | bool | None
"""As EndOfLife, for active and extended support; None: the source does not know this kind of support."""


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


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """One product with its release cycles, and the day these facts were known to be true."""

    slug: str
    title: str
    url: str
    facts_as_of: date
    cycles: tuple[ReleaseCycle, ...]
    aliases: tuple[str, ...] = ()


class Outcome(StrEnum):
    """How far a typed text could be matched."""

    MATCHED = "matched"
    CANDIDATES = "candidates"
    RELEASE_UNKNOWN = "release_unknown"
    NO_MATCH = "no_match"
    VENDOR = "vendor"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Match:
    """What a typed text means.

    MATCHED: product and cycle are set. CANDIDATES: product is set, the version is missing or partial, and
    candidates holds every line it leaves open (all lines, if no version was typed). RELEASE_UNKNOWN: product is
    set, version fits no line. NO_MATCH, VENDOR, AMBIGUOUS: no product; suggestions holds what to type instead.
    NO_MATCH may name several technologies together: parts holds each as it was typed, and nothing is suggested.
    """

    outcome: Outcome
    product: ProductFacts | None = None
    cycle: ReleaseCycle | None = None
    candidates: tuple[ReleaseCycle, ...] = ()
    version: str = ""
    newer_than_facts: bool = False
    suggestions: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Every product by slug, with the version (a content hash) and the date of the whole set."""

    version: str
    as_of: date
    products: Mapping[str, ProductFacts]

    def known_on(self, day: date) -> "Facts":
        """Return the same facts with another date."""
        products = {slug: replace(product, facts_as_of=day) for slug, product in self.products.items()}
        return replace(self, as_of=day, products=products)
