"""Promises of the rule and the parser, on the starter table and on the whole document of endoflife.date.

The whole document is not part of the project: set TECHLIST_FACTS_FILE to a saved copy of /api/v1/products/full/.
Scores were worked out with the data of 2026-08-22.
"""

import itertools
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from techs.lifecycles import endoflife_date, starter
from techs.rules import matching, priority
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Facts, Match, Outcome, ProductFacts
from tests.support.worked_examples import EXAMPLES, Example

FACTS_FILE = os.environ.get("TECHLIST_FACTS_FILE", "")
PRODUCTS = 464  # in the data of 2026-08-22
RELEASES = 8351

EXCEPTIONS = {
    # A name of SQLite, and also its release cycle 3: without another version, it is read as cycle 3.
    "sqlite3": "sqlite 3",
    # A name of Flux, and also Flux with the start of a version: only its 2.x cycles remain possible.
    "flux2": "flux",
}
"""Names that mean more than their product alone, and their meaning."""

GARBAGE = 10_000
SIGNS = "0123456789.x*+-_()<>=!~^,|:@/ vrcbetaSPlts"
EMOJI = "🚀🐍🦀☕🐘🐳💥👩‍💻🇩🇪🔥"


@pytest.fixture(scope="module")
def full() -> ProductCatalogue:
    if not FACTS_FILE:
        pytest.skip("TECHLIST_FACTS_FILE names no saved copy of endoflife.date's /api/v1/products/full/")
    return ProductCatalogue.of(endoflife_date.read(Path(FACTS_FILE).read_bytes()))


@pytest.fixture(scope="module", params=["starter", "full"])
def catalogue(request: pytest.FixtureRequest) -> ProductCatalogue:
    """Each of the two sets of lifecycle data."""
    if request.param == "full":
        found: ProductCatalogue = request.getfixturevalue("full")
        return found
    return ProductCatalogue.of(starter.read_starter())


def names(product: ProductFacts) -> list[str]:
    return list(dict.fromkeys([product.slug, product.title, *product.aliases]))


def meaning(match: Match) -> str:
    return " ".join([match.product.slug if match.product else "", match.cycle.name if match.cycle else ""]).strip()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.text} on {example.today}")
def test_worked_example(catalogue: ProductCatalogue, example: Example) -> None:
    found = priority.assess(catalogue.find(example.text), today=example.today)
    first = found.reasons[0]

    assert (found.level, found.score, first.code) == (example.level, example.score, example.code)
    assert example.words in first.text
    if example.release:
        assert f"{found.product} {found.release}" == example.release


def test_every_product_is_found_by_each_of_its_names(catalogue: ProductCatalogue) -> None:
    wrong = [
        name
        for product in catalogue.facts.products.values()
        for name in names(product)
        if not is_product(catalogue.find(name), product)
    ]
    assert {name: meaning(catalogue.find(name)) for name in wrong}.items() <= EXCEPTIONS.items()


def is_product(match: Match, product: ProductFacts) -> bool:
    # Special editions such as LTSC are only meant if they are named.
    return match.outcome is Outcome.CANDIDATES and match.product is product and {*match.candidates} <= {*product.cycles}


@pytest.mark.parametrize("gap", [" ", ":", "-", "@"])
def test_every_release_is_found_by_each_name_of_its_product(catalogue: ProductCatalogue, gap: str) -> None:
    wrong = {}
    for product in catalogue.facts.products.values():
        for line in product.cycles:
            for name in names(product):
                match = catalogue.find(f"{name}{gap}{line.name}")
                if match.product is not product or match.cycle is not line:
                    wrong[f"{name}{gap}{line.name}"] = meaning(match)
    assert wrong == {}


def test_labels_codenames_and_latest_versions_never_mean_another_product(catalogue: ProductCatalogue) -> None:
    wrong = {}
    for product in catalogue.facts.products.values():
        for line in product.cycles:
            for version in {line.label, line.codename, line.latest}:
                match = catalogue.find(f"{product.title} {version}")
                if match.product not in (product, None):
                    wrong[f"{product.title} {version}"] = meaning(match)
    assert wrong == {}


NOT_IN_CYCLE = {
    # The Kindle of 2011 is generation 4, and the Keyboard is 3.
    "Amazon Kindle 3.4.3": "kindle-4",
}
"""Newest versions that lie between two cycles by their number, and the cycle above."""


def test_no_release_of_the_data_lies_outside_of_it(catalogue: ProductCatalogue) -> None:
    outside = {}
    for product in catalogue.facts.products.values():
        for version in {text for cycle in product.cycles for text in (cycle.name, cycle.label, cycle.latest) if text}:
            match = catalogue.find(f"{product.title} {version}")
            assert not match.newer_than_facts, f"{product.title} {version}"
            assert not match.older_than_facts, f"{product.title} {version}"
            if match.next_newer:
                outside[f"{product.title} {version}"] = match.next_newer.name
    assert outside.items() <= NOT_IN_CYCLE.items()


# Without "==", which pip uses for packages.
RANGES = ("^{0}", "~{0}", "~> {0}", ">={0}", "<={0}", "{0}.x", "[{0},)", "{0}+", "{0} || {0}", "{0} - {0}")
NO_RANGES = {"Fairphone 3+"}  # a model


def test_a_range_at_a_cycle_allows_that_cycle(catalogue: ProductCatalogue) -> None:
    """The newest numbered cycles of every product, and their ranges in every notation."""
    wrong = []
    for product in catalogue.facts.products.values():
        numbered = [cycle for cycle in product.cycles if cycle.name.replace(".", "").isdecimal()]
        for cycle, form in itertools.product(numbered[:3], RANGES):
            text = f"{product.title} {form.format(cycle.name)}"
            match = catalogue.find(text)
            if match.product is not product or cycle not in {*match.candidates, match.cycle}:
                wrong.append(text)
    assert {*wrong} <= NO_RANGES


def test_garbage_never_raises_and_never_means_a_product(catalogue: ProductCatalogue) -> None:
    texts = list(garbage(random.Random(20261122)))  # noqa: S311  no secrets, but the same texts every time
    found = {text: meaning(catalogue.find(text)) for text in texts}

    assert len(texts) == GARBAGE
    assert {text: slug for text, slug in found.items() if slug} == {}


def garbage(source: random.Random) -> Iterator[str]:
    """Unicode, emoji, very long texts, version soup, and random letters."""
    kinds: list[Callable[[random.Random], str]] = [any_unicode, emoji, very_long, version_soup, letters]
    for number in range(GARBAGE):
        yield kinds[number % len(kinds)](source)


def any_unicode(source: random.Random) -> str:
    return "".join(chr(source.randrange(0x110000)) for _ in range(source.randrange(40)))


def emoji(source: random.Random) -> str:
    return "".join(source.choices(EMOJI + " 0123456789.", k=source.randrange(1, 20)))


def very_long(source: random.Random) -> str:
    return "".join(source.choices("abcdefghij.-0123456789 ", k=5)) * source.randrange(50, 1000)


def version_soup(source: random.Random) -> str:
    return "".join(source.choices(SIGNS, k=source.randrange(1, 60)))


def letters(source: random.Random) -> str:
    """Too long to be the name of a product by chance, as "go" and "vue" would be."""
    name = "".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randrange(8, 30)))
    return f"{name}{source.choice(['', ' ', '-'])}{source.randrange(100)}.{source.randrange(100)}"


def test_the_whole_document(full: ProductCatalogue) -> None:
    facts: Facts = full.facts
    assert len(facts.products) == PRODUCTS
    assert sum(len(product.cycles) for product in facts.products.values()) == RELEASES


def test_node_without_a_version_counts_every_recent_line(full: ProductCatalogue) -> None:
    found = priority.assess(full.find("Node"), today=EXAMPLES[0].today)
    assert "6 of the last 9" in found.reasons[0].text


class TestTime:
    """Budgets in seconds of CPU time, five times the measured values. The best of three counts."""

    READ = 3
    INDEX = 1
    EXACT = 0.005
    SUGGESTION = 0.02

    def test_the_document_is_read(self, full: ProductCatalogue) -> None:
        content = Path(FACTS_FILE).read_bytes()
        assert best(lambda: endoflife_date.read(content)) < self.READ

    def test_the_index_is_built(self, full: ProductCatalogue) -> None:
        assert best(lambda: ProductCatalogue.of(full.facts)) < self.INDEX

    def test_an_exact_name_is_found(self, full: ProductCatalogue) -> None:
        texts = [f"{p.title} {p.cycles[0].name}" for p in full.facts.products.values()]
        assert max(best(partial(full.find, text)) for text in texts) < self.EXACT

    def test_a_suggestion_is_found(self, full: ProductCatalogue) -> None:
        texts = [f"{slug[:-1]}zq 3.2" for slug in full.facts.products] + ["djano", "kuberntes v1.33", "legacy php 5"]
        assert max(best(partial(full.find, text)) for text in texts) < self.SUGGESTION


def best(work: Callable[[], object]) -> float:
    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(3))


def test_plain_texts_mean_the_same_without_the_other_steps(
    catalogue: ProductCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = catalogue.facts.products.values()
    texts = [
        f"{name} {version}"
        for product in products
        for name in names(product)
        for cycle in product.cycles
        for version in dict.fromkeys((cycle.name, cycle.label, cycle.latest))
        if matching._PLAIN.fullmatch(f"{name} {version}")
    ]
    quickly = [catalogue.find(text) for text in texts]
    monkeypatch.setattr(matching, "_PLAIN", re.compile("(?!)"))
    assert len(texts) > len(products)
    assert [text for text, match in zip(texts, quickly, strict=True) if catalogue.find(text) != match] == []
