"""Look up products by name, and their release cycles by name, label or codename.

Pure: an index is built once from lifecycle data and never changes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from techs.rules.curated_names import (
    AMBIGUOUS,
    CODENAME_PRODUCTS,
    CURATED,
    NOT_ALONE,
    OTHER_NUMBERS,
    TOO_GENERAL,
    VENDOR_PREFIXES,
    VENDORS,
)
from techs.rules.identifiers import IdentifierIndex
from techs.rules.products import Facts, Outcome, ProductFacts, ReleaseCycle
from techs.rules.text import Words, compact, is_number, split_words

Key = TypeVar("Key")

_MIN_CODENAME = 5  # "Bo", "Rex" and "Hamm" are too short to mean Debian by themselves
_ASIDE = re.compile(r"'[^']*'|\([^()]*\)")
_SPLIT = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a name: one product or, if product is None, a vendor or several products to choose from."""

    product: ProductFacts | None
    outcome: Outcome
    products: tuple[ProductFacts, ...] = ()
    shares_versions: bool = False
    """Whether the products use the same version numbers as this name."""

    @property
    def instead(self) -> tuple[str, ...]:
        return tuple(product.title for product in self.products)


@dataclass(frozen=True, slots=True, eq=False)
class CycleKeys:
    """The release cycles of one product, by every form of their names, labels and codenames.

    Compared and hashed by identity, as a key of caches.
    """

    names: Mapping[Words, tuple[ReleaseCycle, ...]]
    packs: Mapping[Words, ReleaseCycle]
    labels: Mapping[Words, tuple[ReleaseCycle, ...]]
    codenames: Mapping[str, tuple[ReleaseCycle, ...]]
    latest: Mapping[Words, tuple[ReleaseCycle, ...]]
    internal: Mapping[str, tuple[ReleaseCycle, ...]]
    """By numbers that are not those of the cycle's name: Windows 10 22H2 is 10.0.19045."""
    vocabulary: frozenset[str]
    cycles: tuple[ReleaseCycle, ...]
    """In the order of the source."""

    @property
    def words(self) -> frozenset[str]:
        """The letters in names, labels and codenames of these cycles."""
        return self.vocabulary.union(self.codenames)

    def exact(self, words: Words) -> tuple[ReleaseCycle, ...]:
        """Return the cycles with exactly this name, else service pack base, else label, else codename."""
        if words in self.names or not words:
            return self.names[words] if words else ()
        if words in self.packs:
            return (self.packs[words],)
        return self.labels.get(words) or self.codenames.get("".join(words), ()) or self.newest_release(words)

    def newest_release(self, words: Words) -> tuple[ReleaseCycle, ...]:
        """Return the cycles whose newest release this is, unless the number places it in another one."""
        if not (cycles := self.latest.get(words, ())):
            return ()
        parts = words[0].split(".") if words else []
        prefixes = (".".join(parts[:size]) for size in range(len(parts), 1, -1))
        named = next((prefix for prefix in prefixes if (prefix,) in self.names), "")
        return cycles if all(cycle.name.startswith(named) for cycle in cycles) else ()

    def with_internal(self, number: str) -> tuple[ReleaseCycle, ...]:
        parts = number.split(".")
        prefixes = (".".join(parts[:size]) for size in range(len(parts), 1, -1))
        return next((self.internal[prefix] for prefix in prefixes if prefix in self.internal), ())

    def forms(self) -> Iterator[tuple[Words, tuple[ReleaseCycle, ...]]]:
        yield from self.names.items()
        yield from self.labels.items()

    def longer_than(self, prefix: Words) -> dict[Words, tuple[ReleaseCycle, ...]]:
        """Return the cycles whose names continue after this prefix ("2016", "2016 SP3")."""
        size = len(prefix)
        return {words: cycles for words, cycles in self.forms() if len(words) > size and words[:size] == prefix}

    def is_spelled_out(self, words: Words) -> bool:
        """Return True if the only cycles that continue this add words alone: 1909 of Windows Server is 1909-sac."""
        size = len(words)
        longer = [key for key in self.names if len(key) > size and key[:size] == words]
        return bool(longer) and all(word.isalpha() for key in longer for word in key[size:])

    def beginning_with(self, words: Words) -> Iterator[ReleaseCycle]:
        """Yield the cycles whose names continue at a dot or with another word: 3.14 for "3"."""
        head, last, size = words[:-1], words[-1], len(words)
        dotted = f"{last}."
        for key, cycles in self.forms():
            if len(key) < size or key[: size - 1] != head:
                continue
            if key[size - 1].startswith(dotted) or (len(key) > size and key[size - 1] == last):
                yield from cycles


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Meanings by name key, cycles by product slug, and the codenames recognised without a product."""

    meanings: Mapping[str, Meaning]
    cycles: Mapping[str, CycleKeys]
    codenames: Mapping[str, tuple[ProductFacts, ReleaseCycle]]
    identifiers: IdentifierIndex
    product_keys: tuple[str, ...]
    longest_key: int

    @classmethod
    def build(cls, facts: Facts) -> "NameIndex":
        meanings = _meanings(facts)
        return cls(
            meanings=meanings,
            cycles={product.slug: _cycle_keys(product) for product in facts.products.values()},
            codenames=_codenames_alone(facts),
            identifiers=IdentifierIndex.build(facts),
            product_keys=tuple(key for key, meaning in meanings.items() if meaning.product),
            longest_key=max(map(len, meanings), default=0),
        )


def _meanings(facts: Facts) -> dict[str, Meaning]:
    # Steps 2 and 3. A key claimed in one pass is not available to later ones.
    products = tuple(facts.products.values())
    owners: dict[str, ProductFacts | None] = {}
    _claim(owners, ((product.slug, product) for product in products))
    _claim(owners, ((product.title, product) for product in products))
    _claim(owners, ((alias, product) for product in products for alias in product.aliases))
    reserved = AMBIGUOUS.keys() | VENDORS.keys() | TOO_GENERAL
    _claim(owners, ((short, product) for product in products for short in _short_titles(product.title)), reserved)
    _claim(owners, ((name, facts.products[slug]) for name, slug in CURATED.items() if slug in facts.products))
    meanings = {key: Meaning(product, Outcome.CANDIDATES) for key, product in owners.items() if product}
    for table, outcome in ((AMBIGUOUS, Outcome.AMBIGUOUS), (VENDORS, Outcome.VENDOR)):
        for key, slugs in table.items():
            meant = tuple(facts.products[slug] for slug in slugs if slug in facts.products)
            shares_versions = outcome is Outcome.AMBIGUOUS and key not in OTHER_NUMBERS
            meanings.setdefault(key, Meaning(None, outcome, meant, shares_versions=shares_versions))
    return meanings


def _claim(
    owners: dict[str, ProductFacts | None],
    claims: Iterable[tuple[str, ProductFacts]],
    reserved: Iterable[str] = (),
) -> None:
    taken = {*owners, *reserved, ""}
    for name, product in claims:
        key = compact(name)
        if key not in taken:
            # Two claims in one pass cancel out: the key then means neither product.
            owners[key] = product if owners.get(key, product) is product else None


def _short_titles(title: str) -> Iterator[str]:
    plain = _ASIDE.sub("", title)
    yield plain
    for prefix in VENDOR_PREFIXES:
        if title.casefold().startswith(f"{prefix} "):
            yield title[len(prefix) + 1 :]
            yield plain[len(prefix) + 1 :]
    if title.startswith("Amazon "):
        yield f"AWS {title.removeprefix('Amazon ')}"


def _cycle_keys(product: ProductFacts) -> CycleKeys:
    title = frozenset(_SPLIT.split(product.title.casefold().replace("(", "").replace(")", "")))
    names: dict[Words, tuple[ReleaseCycle, ...]] = {
        (cycle.name,) if is_number(cycle.name) else split_words(cycle.name): (cycle,) for cycle in product.cycles
    }
    labels: dict[Words, tuple[ReleaseCycle, ...]] = {}
    codenames: dict[str, tuple[ReleaseCycle, ...]] = {}
    for cycle in product.cycles:
        if not is_number(cycle.name):
            for words in _forms(cycle.name, title):
                names.setdefault(words, (cycle,))
        if cycle.codename:
            _add(codenames, _codename_forms(cycle.codename), cycle)
    labelled = [cycle for cycle in product.cycles if cycle.label not in ("", cycle.name)]
    for cycle in labelled:
        _add(labels, [split_words(cycle.label)], cycle)
    in_full = frozenset(labels)
    for cycle in labelled:
        _add(labels, _forms(cycle.label, title) - in_full, cycle)
    return CycleKeys(
        names=names,
        packs=_newest_packs((*names.items(), *labels.items())),
        labels=labels,
        codenames=codenames,
        latest=_by_latest(product),
        internal=_by_internal_number(product, names),
        vocabulary=frozenset(word for words in (*names, *labels) for word in words if word.isalpha()),
        cycles=product.cycles,
    )


def _by_latest(product: ProductFacts) -> dict[Words, tuple[ReleaseCycle, ...]]:
    latest: dict[Words, tuple[ReleaseCycle, ...]] = {}
    for cycle in product.cycles:
        if any(map(str.isdecimal, cycle.latest)):
            _add(latest, [split_words(cycle.latest)], cycle)
    return latest


def _by_internal_number(
    product: ProductFacts, names: Mapping[Words, tuple[ReleaseCycle, ...]]
) -> dict[str, tuple[ReleaseCycle, ...]]:
    """Map numbers of newest releases to their cycles, if no cycle's name is a part of them."""
    internal: dict[str, tuple[ReleaseCycle, ...]] = {}
    for cycle in product.cycles:
        number = cycle.latest.partition(" ")[0]
        parts = number.split(".")
        is_named = any((".".join(parts[:size]),) in names for size in range(len(parts) + 1))
        if len(parts) > len(("major", "minor")) and is_number(number) and not is_named:
            _add(internal, [number], cycle)
    return internal


def _add(table: dict[Key, tuple[ReleaseCycle, ...]], keys: Iterable[Key], cycle: ReleaseCycle) -> None:
    for key in keys:
        if cycle not in (known := table.get(key, ())):
            table[key] = (*known, cycle)


def _forms(text: str, title: frozenset[str]) -> set[Words]:
    forms = set()
    for variant in (text, _ASIDE.sub(" ", text)):
        chunks = _SPLIT.split(variant.casefold().strip())
        while chunks and chunks[0] in title:
            chunks.pop(0)
        forms |= {split_words(variant), split_words(" ".join(chunks))}
    return forms - {()}


def _codename_forms(codename: str) -> set[str]:
    return {compact(codename), compact(codename.split(maxsplit=1)[0])} - {""}


def _newest_packs(keys: Iterable[tuple[Words, tuple[ReleaseCycle, ...]]]) -> dict[Words, ReleaseCycle]:
    """Map the words before "SP" to the cycle with the highest service pack: ("2016",) to 2016 SP3."""
    newest: dict[Words, tuple[int, ReleaseCycle]] = {}
    for words, cycles in keys:
        *base, kind, number = ("", "", *words)
        if kind == "sp" and number.isascii() and number.isdecimal():
            key, pack = tuple(base[2:]), (int(number), cycles[0])
            newest[key] = max(newest.get(key, pack), pack, key=lambda found: found[0])
    return {key: cycle for key, (_, cycle) in newest.items()}


def _codenames_alone(facts: Facts) -> dict[str, tuple[ProductFacts, ReleaseCycle]]:
    # Step 6. A codename that another product uses too is ambiguous.
    owners: dict[str, set[str]] = {}
    for product in facts.products.values():
        for cycle in product.cycles:
            for word in {compact(word) for word in (cycle.codename, *cycle.codename.split())}:
                owners.setdefault(word, set()).add(product.slug)
    alone = {}
    for slug in CODENAME_PRODUCTS & facts.products.keys():
        product = facts.products[slug]
        for cycle in product.cycles:
            for key in _codename_forms(cycle.codename) if cycle.codename else ():
                if len(key) >= _MIN_CODENAME and key not in NOT_ALONE and owners[key] == {slug}:
                    alone[key] = (product, cycle)
    return alone
