"""Lifecycle data with the index of its names. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from techs.rules import matching
from techs.rules.name_index import NameIndex
from techs.rules.products import Facts, Match, Outcome
from techs.rules.search_words import ProductWords


@dataclass(frozen=True, slots=True)
class ProductCatalogue:
    """Lifecycle data with the index built from it."""

    facts: Facts
    index: NameIndex
    words: ProductWords
    load: int = 0
    """Primary key of the active version; 0 for data that is not from the database."""

    def find(self, text: str) -> Match:
        return matching.find(text, self.index)

    def knows(self, text: str) -> bool:
        """Return False if find() does not recognise a text, in less time."""
        return matching.find(text, self.index, suggests=False).outcome is not Outcome.NO_MATCH

    @classmethod
    def of(cls, facts: Facts, *, load: int = 0, former: Iterable[tuple[str, str]] = ()) -> "ProductCatalogue":
        """Build the index. former: slugs with names that products had, by which a search still finds them."""
        index = NameIndex.build(facts)
        words = ProductWords.of(_names(facts, index), former=former)
        return cls(facts=facts, index=index, words=words, load=load)


def _names(facts: Facts, index: NameIndex) -> Iterator[tuple[str, str]]:
    for product in facts.products.values():
        yield from ((product.slug, name) for name in (product.slug, product.title, *product.aliases))
    for key, meaning in index.meanings.items():
        if meaning.product:
            yield meaning.product.slug, key
