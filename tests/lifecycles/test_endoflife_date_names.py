"""Names, labels and codenames in the document of endoflife.date."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from techs.lifecycles import endoflife_date
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Outcome, name_of
from tests.support.endoflife_date import left_out, line
from tests.support.lifecycle_server import document, product, release


@pytest.mark.parametrize(
    ("label", "shown"),
    [("20 (LTS)", "20 (LTS)"), ("4.9 LTS (LTS)", "4.9 LTS"), ("2024 LTSC (LTS)", "2024 LTSC (LTS)")],
)
def test_a_label_says_once_that_support_is_long(label: str, shown: str) -> None:
    assert line(label=label).label == shown


@pytest.mark.parametrize(
    ("first", "second", "title", "aliases"),
    [
        (product("one", label="Thing"), product("two", label="THING"), "two", ()),
        (product("one"), product("two", label="One!"), "two", ()),
        (product("one"), product("two", aliases=["One!", "zwei"]), "Two", ("zwei",)),
        (product("one", aliases=["both"]), product("two", aliases=["both", "zwei"]), "Two", ("zwei",)),
        (product("one", label="Both"), product("two", aliases=["both"]), "Two", ()),
    ],
    ids=["titles", "slug and title", "slug and alias", "aliases", "title and alias"],
)
def test_a_name_of_two_products_is_the_first_ones(
    first: dict[str, Any], second: dict[str, Any], title: str, aliases: tuple[str, ...]
) -> None:
    content = document(first, second)
    (words,) = left_out(content)
    assert words.startswith("DETAIL product two: the name ")
    assert words.endswith(" also belongs to product one")
    products = endoflife_date.read(content).products
    assert (products["two"].title, products["two"].aliases) == (title, aliases)
    assert products["one"] == endoflife_date.read(document(first)).products["one"]


def test_a_slug_comes_before_the_other_names_of_products_listed_earlier() -> None:
    products = endoflife_date.read(document(product("one", label="Two", aliases=["two"]), product("two"))).products
    assert (products["one"].title, products["one"].aliases) == ("one", ())
    assert products["two"].title == "Two"


def test_names_of_which_nothing_is_left_collide_with_none() -> None:
    content = document(product("one", aliases=["!!!"]), product("two", aliases=["???"]))
    assert left_out(content) == []


def test_a_product_may_say_its_own_name_twice() -> None:
    assert endoflife_date.read(document(product("nodejs", label="Node.js", aliases=["node-js", "node.js"])))


def odd_release(name: str, **facts: Any) -> dict[str, Any]:
    """Return a release with keys that only some releases have."""
    more = {"isDiscontinued": False, "discontinuedFrom": None, "isEoas": False, "eoasFrom": None}
    return release(name, custom={"apiLevel": "34"}, **more, **facts)


ODDITIES = document(
    product(
        "node-alike",
        odd_release("24", label="24 (Upcoming LTS)", ltsFrom="2027-10-28"),
        odd_release("20", label="20 (LTS)", isLts=True, latest={"name": "20.9.0", "date": None, "link": None}),
        label="Node-alike",
        aliases=["nodealike", "Node Alike"],
        versionCommand="node-alike --version",
        identifiers=[{"type": "purl", "id": "pkg:npm/node-alike"}, {"type": "cpe", "id": "cpe:2.3:a:node:alike"}],
        links={"icon": None, "html": "https://endoflife.date/node-alike", "releasePolicy": None},
    ),
    product(
        "ubuntu-alike",
        odd_release("22.04", label="22.04 'Jolly Jaguar' (LTS)", codename="Jolly Jaguar", latest=None),
        odd_release("21.10", label="21.10 (Humble)", codename="Humble", latest={"name": None, "date": None}),
        odd_release("21.04", label="21.04{%if r.codename %} ({{r.codename}}){%endif%}", codename=""),
        label="Ubuntu-alike",
        versionCommand=None,
        identifiers=[],
    ),
    product("mule-alike", odd_release("4.9-lts", label="4.9 LTS (LTS)"), odd_release("4.9", label="4.9 Edge")),
    product("pan-alike", odd_release("5.1", latest={"name": "", "date": None, "link": None})),
    last_modified="2026-11-20T03:04:05+00:00",
)


def test_every_oddity_of_the_real_document() -> None:
    assert [words.split(":")[0] for words in left_out(ODDITIES)] == ["DETAIL product ubuntu-alike, release 21.04"]
    products = endoflife_date.read(ODDITIES).products
    names = [name_of(each, line) for each in products.values() for line in each.cycles]
    assert names == [
        "Node-alike 24 (Upcoming LTS)",
        "Node-alike 20 (LTS)",
        "Ubuntu-alike 22.04 'Jolly Jaguar' (LTS)",
        "Ubuntu-alike 21.10 (Humble)",
        "Ubuntu-alike 21.04",
        "Mule-Alike 4.9 LTS",
        "Mule-Alike 4.9 Edge",
        "Pan-Alike 5.1",
    ]


@pytest.mark.parametrize(
    ("typed", "release"),
    [
        ("Node-alike 20", "20"),
        ("Node-alike 20 LTS", "20"),
        ("Node-alike 20 (LTS)", "20"),
        ("node alike 20.9.0", "20"),
        ("Node-alike 24 (Upcoming LTS)", "24"),
        ("Ubuntu-alike Jolly Jaguar", "22.04"),
        ("Ubuntu-alike jolly", "22.04"),
        ("Ubuntu-alike 22.04 'Jolly Jaguar' (LTS)", "22.04"),
        ("Ubuntu-alike 21.10 (Humble)", "21.10"),
        ("Mule-alike 4.9 LTS", "4.9-lts"),
        ("Mule-alike 4.9", "4.9"),
        ("pan-alike 5.1", "5.1"),
    ],
)
def test_releases_are_found_by_labels_and_codenames(typed: str, release: str) -> None:
    found = ProductCatalogue.of(endoflife_date.read(ODDITIES)).find(typed)
    assert (found.outcome, found.cycle and found.cycle.name) == (Outcome.MATCHED, release)


SNAPSHOTS = Path(os.environ.get("TECHLIST_FACTS_FILE", "/nowhere")).parent


@pytest.mark.parametrize("name", ["products-full-2025-08-22.json", "products-full.json"])
def test_the_real_documents_lose_labels_at_most(name: str) -> None:
    if not (SNAPSHOTS / name).exists():
        pytest.skip(f"TECHLIST_FACTS_FILE names no file beside which there is {name}")
    content = (SNAPSHOTS / name).read_bytes()
    facts = endoflife_date.read(content)
    assert all("label is an unfilled template" in words for words in left_out(content))
    assert len(facts.products) == json.loads(content)["total"]
    assert not [n for p in facts.products.values() for each in p.cycles if "{" in (n := name_of(p, each))]
