"""Properties of matching for every product of the starter table, and for any text."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.names import MAX_SUGGESTIONS
from techs.rules.products import Match, Outcome, ProductFacts
from techs.rules.text import compact, name_key, normalise

FACTS = read_starter()
INDEX = NameIndex.build(FACTS)
PRODUCTS = sorted(FACTS.products.values(), key=lambda product: product.slug)

NAMES_WITH_A_VERSION = {"sqlite3"}  # an alias that is both a name and a cycle: it is read as SQLite, cycle 3


def names(product: ProductFacts) -> set[str]:
    return {product.slug, product.title, *product.aliases}


def spellings(name: str, version: str) -> Iterator[str]:
    yield from (
        f"{name} {version}",
        f"{name}:{version}",
        f"{name}@{version}",
        f"{name}-{version}",
    )
    yield from (f"{name.upper()} {version.upper()}", f"  {name}   {version} ", f"{name} version {version}")
    if version[0].isdecimal():
        yield f"{name} v{version}"
        if not name[-1].isdecimal():
            yield f"{name}{version}"


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_every_product_is_found_by_each_of_its_names(product: ProductFacts) -> None:
    for name in names(product) - NAMES_WITH_A_VERSION:
        match = find(name, INDEX)
        assert (match.outcome, match.product, match.version) == (Outcome.CANDIDATES, product, ""), name
        assert set(match.candidates) == set(product.cycles)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_every_line_is_found_by_each_of_its_names(product: ProductFacts) -> None:
    for line in product.cycles:
        for version in {line.name, line.label or line.name, line.codename or line.name}:
            for text in (text for name in names(product) for text in spellings(name, version)):
                match = find(text, INDEX)
                assert (match.outcome, match.product, match.cycle) == (Outcome.MATCHED, product, line), text


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_the_latest_version_of_every_line_is_in_it(product: ProductFacts) -> None:
    for line in product.cycles:
        numbered = line.latest.replace(".", "").isdecimal()
        # Builds of Windows and SQL Server have other numbers than their cycles.
        if numbered and product.slug not in {"mssqlserver", "windows-server"}:
            match = find(f"{product.title} {line.latest}", INDEX)
            assert (match.cycle, match.version) == (line, line.latest), line.latest


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_other_words_behind_a_name_are_never_accepted(product: ProductFacts) -> None:
    for name in names(product):
        match = find(f"{name} gizmo toolkit 1.5", INDEX)
        assert match.outcome is Outcome.NO_MATCH
        assert product.title in match.suggestions


@given(st.text())
def test_any_text_gives_a_match_that_keeps_its_promises(text: str) -> None:
    check(text, find(text, INDEX))


@given(
    st.sampled_from(sorted(INDEX.meanings)),
    st.sampled_from(["", " ", "-", ":", ">=", "v", " ("]),
    st.text("0123456789.x*+-_()<>=!~^,|vrspluSP \ud800\u0301é🚀", max_size=40),
)
def test_any_text_behind_a_known_name_keeps_them_too(name: str, gap: str, rest: str) -> None:
    check(f"{name}{gap}{rest}", find(f"{name}{gap}{rest}", INDEX))


def check(text: str, match: Match) -> None:
    """Check the promises of Match, and that a product is found only in texts that start with one of its names."""
    has_product = match.outcome in (Outcome.MATCHED, Outcome.CANDIDATES, Outcome.RELEASE_UNKNOWN)
    assert (match.product is not None) == has_product
    assert (match.cycle is not None) == (match.outcome is Outcome.MATCHED)
    assert bool(match.candidates) == (match.outcome is Outcome.CANDIDATES)
    assert len(match.suggestions) <= MAX_SUGGESTIONS
    if match.product:
        known = {key for key, meaning in INDEX.meanings.items() if meaning.product is match.product}
        key = compact(normalise(text))
        assert key.startswith(tuple(known)) or any(alone in key for alone in INDEX.codenames)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert name_key(name_key(text)) == name_key(text)
    assert name_key(normalise(text)) == name_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 1_000_000,
        "\u0301\u0316" * 500_000,  # marks that NFKC would reorder one by one
        "\ufdfa" * 2_000,  # one character that NFKC expands to eighteen
        "Django " + "9." * 90,
        "Django " + "(" * 180,
        "a " * 100,
        "\ud800" * 200,
    ],
    ids=["digits", "marks", "ligatures", "dots", "brackets", "words", "surrogates"],
)
def test_hostile_texts_are_answered_at_once(text: str) -> None:
    started = time.process_time()
    find(text, INDEX)
    assert time.process_time() - started < 10
