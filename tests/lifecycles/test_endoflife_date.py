"""The document of endoflife.date: what it says, what is left out of it, and when all of it is refused."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from techs.lifecycles import endoflife_date
from techs.lifecycles.endoflife_date import BadFacts, Skip, SkipKind, UnknownSchema
from techs.lifecycles.store import ProductCatalogue
from techs.models import Product, Release
from techs.rules import priority
from techs.rules.products import Outcome, ReleaseCycle
from tests.support.lifecycle_server import document, product, release


def left_out(content: bytes) -> list[str]:
    """What a document that can be read has to leave out, in order."""
    skips: list[Skip] = []
    endoflife_date.read(content, skips=skips)
    return [f"{skip.kind.name} {skip.words}" for skip in skips]


def line(**facts: Any) -> ReleaseCycle:
    """The one line of a document with this release."""
    (found,) = endoflife_date.read(document(product("thing", release(**facts)))).products["thing"].cycles
    return found


def test_it_reads_a_product() -> None:
    facts = endoflife_date.read(
        document(product("nodejs", release("22"), release("20"), label="Node.js", aliases=["node"]))
    )
    (found,) = facts.products.values()

    assert (found.slug, found.title, found.aliases) == ("nodejs", "Node.js", ("node",))
    assert found.url == "https://endoflife.date/nodejs"
    assert found.facts_as_of == facts.as_of == date(2026, 11, 20)
    assert [each.name for each in found.cycles] == ["22", "20"]


def test_it_reads_every_fact_of_a_release() -> None:
    found = line(
        name="22.04",
        label="22.04 (LTS)",
        codename="Jammy Jellyfish",
        releaseDate="2022-04-21",
        isEol=False,
        eolFrom="2027-04-01",
        isEoas=True,
        eoasFrom="2024-09-30",
        isEoes=False,
        eoesFrom="2032-04-09",
        latest={"name": "22.04.5", "date": "2024-09-12", "link": None},
        isLts=True,
        ltsFrom="2022-04-21",
    )
    assert found == ReleaseCycle(
        name="22.04",
        released=date(2022, 4, 21),
        eol=date(2027, 4, 1),
        label="22.04 (LTS)",
        codename="Jammy Jellyfish",
        active_support=date(2024, 9, 30),
        extended_support=date(2032, 4, 9),
        latest="22.04.5",
        latest_released=date(2024, 9, 12),
        is_lts=True,
        lts_from=date(2022, 4, 21),
    )


def test_it_reads_identifiers_command_and_policy() -> None:
    row = {
        **THING,
        "identifiers": [
            {"type": "purl", "id": "pkg:npm/thing"},
            {"type": "cpe", "id": "cpe:2.3:a:vendor:thing"},
            {"type": "repology", "id": "thing"},
            {"type": "purl", "id": "pkg:npm/thing"},
        ],
        "versionCommand": "thing --version\n\n# or\nthing -f '{{.Version}}'",
        "links": {"html": "https://endoflife.date/thing", "releasePolicy": "https://example.org/policy"},
    }
    (found,) = endoflife_date.read(document(row)).products.values()
    assert found.identifiers == ("pkg:npm/thing", "cpe:2.3:a:vendor:thing", "repology:thing")
    assert found.version_command == "thing --version\n\n# or\nthing -f '{{.Version}}'"
    assert found.release_policy == "https://example.org/policy"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"identifiers": "pkg:npm/thing"}, "identifiers must be a list"),
        ({"identifiers": ["pkg:npm/thing"]}, "an identifier must be an object"),
        ({"identifiers": [{"type": "purl", "id": None}]}, "id must be a non-empty string"),
        ({"identifiers": [{"type": "isbn", "id": "978-3"}]}, "'978-3' is of no known type"),
        ({"versionCommand": ["thing -v"]}, "versionCommand must be a string"),
        ({"versionCommand": "a\x07"}, "versionCommand contains control characters"),
        ({"versionCommand": "\n".join(["x" * 600] * 2)}, "versionCommand is longer than"),
        (
            {"links": {"html": "https://endoflife.date/thing", "releasePolicy": "javascript:alert(1)"}},
            "links.releasePolicy must be a web address",
        ),
    ],
)
def test_unusable_details_of_a_product_are_left_out(facts: dict[str, Any], words: str) -> None:
    content = document({**THING, **facts})
    (found,) = endoflife_date.read(content).products.values()
    assert (found.identifiers, found.version_command, found.release_policy) == ((), "", "")
    assert any(words in each for each in left_out(content))


def test_the_version_depends_on_all_that_is_read() -> None:
    versions = {
        endoflife_date.read(document({**THING, **facts})).version
        for facts in ({}, {"versionCommand": "thing -v"}, {"identifiers": [{"type": "purl", "id": "pkg:npm/thing"}]})
    }
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("facts", "eol"),
    [
        ({"eolFrom": "2026-01-02", "isEol": True}, date(2026, 1, 2)),
        ({"eolFrom": "2026-01-02", "isEol": False}, date(2026, 1, 2)),  # the date decides, and the day of reading
        ({"eolFrom": None, "isEol": True}, True),
        ({"eolFrom": None, "isEol": False}, False),
    ],
)
def test_end_of_life_is_a_date_or_else_a_boolean(facts: dict[str, Any], *, eol: date | bool) -> None:
    assert line(**facts).eol == eol
    assert type(line(**facts).eol) is type(eol)


@pytest.mark.parametrize(
    ("facts", "support"),
    [
        ({}, None),
        ({"isEoas": None, "eoasFrom": None, "isEoes": None, "eoesFrom": None}, None),
        ({"isEoas": True, "eoasFrom": None, "isEoes": True, "eoesFrom": None}, True),
        ({"isEoas": False, "eoasFrom": None, "isEoes": False, "eoesFrom": None}, False),
        ({"isEoas": True, "eoasFrom": "2026-01-02", "isEoes": True, "eoesFrom": "2026-01-02"}, date(2026, 1, 2)),
    ],
)
def test_other_kinds_of_support_may_be_unknown(facts: dict[str, Any], *, support: date | bool | None) -> None:
    assert line(**facts).active_support == support
    assert line(**facts).extended_support == support


def test_maintained_is_not_looked_at() -> None:
    assert line(isMaintained=True) == line(isMaintained=False)


def test_what_is_not_known_is_left_open() -> None:
    found = line(label="1.0", codename=None, releaseDate=None, latest=None)
    assert (found.label, found.codename, found.released) == ("", "", None)
    assert (found.latest, found.latest_released) == ("", None)


def test_unknown_keys_and_later_minor_versions_are_welcome() -> None:
    facts = endoflife_date.read(document(product("thing", colour="red"), schema_version="1.9.0", next=None))
    assert list(facts.products) == ["thing"]


@pytest.mark.parametrize(
    ("generated_at", "day"),
    [
        ("2026-11-20T03:04:05+00:00", date(2026, 11, 20)),
        ("2026-11-20T03:04:05Z", date(2026, 11, 20)),
        ("2026-11-20T23:30:00-02:00", date(2026, 11, 21)),
        ("2026-11-20T03:04:05", date(2026, 11, 20)),
    ],
)
def test_the_facts_are_of_the_day_in_utc(generated_at: str, day: date) -> None:
    assert endoflife_date.read(document(product("thing"), generated_at=generated_at)).as_of == day


def test_the_version_is_of_the_products_alone() -> None:
    first, second = product("one"), product("two")
    known = endoflife_date.read(document(first, second)).version

    assert len(known) == 12
    assert endoflife_date.read(document(second, first, generated_at="2027-01-01T00:00:00Z")).version == known
    assert (
        endoflife_date.read(document(first, product("two", release(isEol=True)))).version == known
    )  # the date decides
    for other in (release(eolFrom=None), release(eolFrom="2028-01-02"), release("1.1"), release(codename="X")):
        assert endoflife_date.read(document(first, product("two", other))).version != known
    assert endoflife_date.read(document(first, product("two", aliases=["zwei"]))).version != known


def test_an_end_on_a_day_is_another_version_than_an_end_of_that_name() -> None:
    versions = {
        endoflife_date.read(document(product("one", release(eolFrom=None, isEol=ended)))).version
        for ended in (True, False)
    }
    assert len(versions) == 2


THING = product("thing")
NO_DATE = "eolFrom must be a date such as 2026-11-22, not"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"schema_version": "1.2', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "the document: must be an object"),
        (b"{}", "the document: schema_version must be 1.x, not None"),
        (document(THING, schema_version="2.0.0"), "schema_version must be 1.x, not '2.0.0'"),
        (document(THING, schema_version="10.0"), "schema_version must be 1.x, not '10.0'"),
        (document(THING, schema_version=2), "schema_version must be 1.x, not 2"),
        (document(THING, schema_version=True), "schema_version must be 1.x, not True"),
        (document(THING, schema_version=[1]), "schema_version must be 1.x, not a list"),
        (document(), "the document: has no usable product"),
        (document(THING, result={}), "the document: result must be a list of products"),
        (document(result=["thing"]), "the document: has no usable product: product 1: must be an object"),
        (document(product("thing", release(), generated_at=None) | {"name": 5}), "has no usable product"),
    ],
)
def test_a_bad_document_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadFacts, match=f"^.*{words.replace('.', '[.]')}"):
        endoflife_date.read(content)


@pytest.mark.parametrize("version", ["1", "1.0", "1.9.0", 1, 1.2])
def test_minor_versions_are_welcome(version: Any) -> None:
    assert endoflife_date.read(document(THING, schema_version=version)).products


def test_another_schema_can_be_forced() -> None:
    with pytest.raises(UnknownSchema):
        endoflife_date.read(document(THING, schema_version="2.0.0"))
    assert endoflife_date.read(document(THING, schema_version="2.0.0"), any_schema=True).products


@pytest.mark.parametrize("total", [2, None, True, "1", [1]])
def test_a_wrong_total_is_reported(total: Any) -> None:
    (words,) = left_out(document(THING, total=total))
    assert words.startswith("DETAIL the document: total is ")
    assert words.endswith(", but the list has 1")


@pytest.mark.parametrize("value", ["yesterday", None, 5, ["2026"], "0001-01-01T00:00:00+14:00"])
def test_without_its_date_a_document_is_as_old_as_the_newest_release_in_it(value: Any) -> None:
    releases = [release("2", latest={"name": "2.1", "date": "2026-03-04"}), release("1", latest={"date": "2026-01-02"})]
    content = document(product("thing", *releases), generated_at=value)
    facts = endoflife_date.read(content)
    assert facts.as_of == facts.products["thing"].facts_as_of == date(2026, 3, 4)
    assert [words[:44] for words in left_out(content)] == ["DETAIL the document: generated_at must be a "]


def test_a_document_that_tells_no_day_at_all_is_refused() -> None:
    with pytest.raises(BadFacts, match="generated_at must be a date and time, not None"):
        endoflife_date.read(document(product("thing", release(latest=None)), generated_at=None))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": None}, "product 2: name must be a non-empty string"),
        ({"name": ""}, "product 2: name must be a non-empty string"),
        ({"name": " "}, "product 2: name must be a non-empty string"),
        ({"name": 5}, "product 5: name must be a non-empty string"),
        ({"name": ["x"]}, "product 2: name must be a non-empty string"),
        ({"name": "x" * 101}, f"product {'x' * 101}: name is longer than 100 characters"),
        ({"name": "a\nb"}, "product a?b: name contains control characters"),
        ({"name": "a\u0085b"}, "product a?b: name contains control characters"),
        ({"name": "a\u202eb"}, "product a?b: name contains control characters"),
        ({"name": "a\ud800b"}, "product a?b: name contains control characters"),
        ({"releases": None}, "product thing: releases must be a list"),
        ({"releases": {}}, "product thing: releases must be a list"),
        ({"name": "good"}, "product good: listed twice"),
        ({"name": "Go-od"}, "product Go-od: has the name of product good"),
    ],
)
def test_a_bad_product_is_left_out_alone(facts: dict[str, Any], words: str) -> None:
    content = document(product("good"), THING | facts, product("last"))
    assert list(endoflife_date.read(content).products) == ["good", "last"]
    assert left_out(content) == [f"PRODUCT {words}"]


@pytest.mark.parametrize("row", [None, "thing", ["thing"], 5, True])
def test_what_is_no_product_is_left_out_alone(row: Any) -> None:
    content = document(product("good"), result=[row, product("good")], total=2)
    assert list(endoflife_date.read(content).products) == ["good"]
    assert left_out(content) == ["PRODUCT product 1: must be an object"]


def test_a_product_without_a_release_that_can_be_used_is_left_out() -> None:
    content = document(THING, product("bad", release("1", eolFrom="soon"), release("2", eolFrom="later")))
    assert list(endoflife_date.read(content).products) == ["thing"]
    (words,) = left_out(content)
    assert words.startswith("PRODUCT product bad: none of its 2 releases is usable; product bad, release 2: eolFrom")


def test_details_of_a_part_that_is_left_out_do_not_count() -> None:
    bad = release("2", eolFrom="soon", label=5, codename=5)
    content = document(product("thing", release(), bad), product("", label="", links=None))
    assert [words.split()[0] for words in left_out(content)] == ["RELEASE", "PRODUCT"]


def test_a_product_that_lists_no_release_is_a_product() -> None:
    content = document(THING | {"releases": []})
    assert endoflife_date.read(content).products["thing"].cycles == ()
    assert left_out(content) == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"label": ""}, "label must be a non-empty string"),
        ({"label": 5}, "label must be a non-empty string"),
        ({"label": "x" * 201}, "label is longer than 200 characters"),
        ({"aliases": "node"}, "aliases must be a list"),
        ({"aliases": [5]}, "alias must be a non-empty string"),
        ({"links": None}, "links must be an object"),
        ({"links": {"html": None}}, "html must be a non-empty string"),
        ({"links": {"html": "javascript:alert(1)"}}, "links.html must be a web address"),
        ({"links": {"html": "https://e.org/" + "x" * 300}}, "html is longer than 300 characters"),
    ],
)
def test_a_bad_detail_of_a_product_is_left_out_alone(facts: dict[str, Any], words: str) -> None:
    content = document(THING | facts)
    assert left_out(content) == [f"DETAIL product thing: {words}"]
    (found,) = endoflife_date.read(content).products.values()
    (good,) = endoflife_date.read(document(THING)).products.values()
    assert (found.slug, found.title.lower(), found.aliases, found.cycles) == ("thing", "thing", (), good.cycles)
    assert found.url == (good.url if "links" not in facts else "")


def test_one_bad_alias_costs_no_other() -> None:
    found = endoflife_date.read(document(THING | {"aliases": ["one", "", None, "x" * 201, "two"]}))
    assert found.products["thing"].aliases == ("one", "two")


@pytest.mark.parametrize(
    ("facts", "place", "words"),
    [
        ({"name": None}, "2", "name must be a non-empty string"),
        ({"name": ""}, "2", "name must be a non-empty string"),
        ({"name": 3.1}, "3.1", "name must be a non-empty string"),
        ({"name": "x" * 101}, "x" * 101, "name is longer than 100 characters"),
        ({"name": "{{ cycle }}"}, "{{ cycle }}", "name is an unfilled template, '{{ cycle }}'"),
        ({"name": "1.0 "}, "1.0", "listed twice"),
        ({"eolFrom": 2026}, "bad", f"{NO_DATE} 2026"),
        ({"eolFrom": True}, "bad", f"{NO_DATE} True"),
        ({"eolFrom": ""}, "bad", f"{NO_DATE} ''"),
        ({"eolFrom": "2026-02-30", "isEol": False}, "bad", f"{NO_DATE} '2026-02-30'"),
        ({"eolFrom": "2026-11-22T00:00:00"}, "bad", f"{NO_DATE} '2026-11-22T00:00:00'"),
        ({"eolFrom": ["2026-11-22"]}, "bad", f"{NO_DATE} a list"),
        ({"eolFrom": None, "isEol": None}, "bad", "eolFrom and isEol are missing"),
        ({"eolFrom": None, "isEol": "false"}, "bad", "isEol must be true, false or null"),
    ],
)
def test_a_bad_release_is_left_out_alone(facts: dict[str, Any], place: str, words: str) -> None:
    content = document(product("thing", release("1.0"), release("bad") | facts, release("3.0")))
    assert [each.name for each in endoflife_date.read(content).products["thing"].cycles] == ["1.0", "3.0"]
    assert left_out(content) == [f"RELEASE product thing, release {place}: {words}"]


@pytest.mark.parametrize("row", [None, "1.0", ["1.0"], 5])
def test_what_is_no_release_is_left_out_alone(row: Any) -> None:
    content = document(THING | {"releases": [row, release("3.0")]})
    assert [each.name for each in endoflife_date.read(content).products["thing"].cycles] == ["3.0"]
    assert left_out(content) == ["RELEASE product thing, release 1: must be an object"]


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"label": 5}, "label", "label must be a non-empty string"),
        ({"label": "3.4{%if r.codename %} ({{r.codename}}){%endif%}"}, "label", "label is an unfilled template"),
        ({"codename": ["x"]}, "codename", "codename must be a non-empty string"),
        ({"codename": "a\tb"}, "codename", "codename contains control characters"),
        ({"releaseDate": "20250101"}, "released", "releaseDate must be a date such as 2026-11-22, not '20250101'"),
        ({"releaseDate": "2026-02-30"}, "released", "releaseDate must be a date"),
        ({"isEol": "false"}, "", "isEol must be true, false or null"),
        ({"isEoas": 0}, "active_support", "isEoas must be true, false or null"),
        ({"eoasFrom": "soon", "isEoas": False}, "active_support", "eoasFrom must be a date"),
        ({"eoesFrom": "soon", "isEoes": True}, "extended_support", "eoesFrom must be a date"),
        ({"latest": "1.0.5"}, "latest latest_released", "latest must be an object"),
        ({"latest": {"name": 5, "date": "2026-06-01"}}, "latest", "latest: name must be a non-empty string"),
        ({"latest": {"name": "x" * 101, "date": "2026-06-01"}}, "latest", "latest: name is longer than 100"),
        ({"latest": {"name": "1.0.5", "date": "x"}}, "latest_released", "latest: date must be a date"),
    ],
)
def test_a_bad_detail_of_a_release_is_left_out_alone(facts: dict[str, Any], field: str, words: str) -> None:
    (skip,) = left_out(document(product("thing", release(**facts))))
    assert skip.startswith("DETAIL product thing, release 1.0")
    assert words in skip
    found, good = line(**facts), line()
    differ = {name for name in ReleaseCycle.__slots__ if getattr(found, name) != getattr(good, name)}
    assert differ <= set(field.split())
    assert not any(getattr(found, name) for name in field.split())


@pytest.mark.parametrize("latest", [None, {}, {"name": None}, {"name": "", "date": None}, {"name": " ", "link": None}])
def test_a_release_need_not_name_its_latest_version(latest: Any) -> None:
    content = document(product("panos", release("5.1", latest=latest)))
    assert left_out(content) == []
    assert endoflife_date.read(content).products["panos"].cycles[0].latest == ""


def test_the_day_of_a_latest_version_without_a_name_is_kept() -> None:
    assert line(latest={"name": None, "date": "2026-06-01"}).latest_released == date(2026, 6, 1)


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


def test_a_report_is_of_short_lines() -> None:
    releases = [release("y\n" * 5000), release("1", codename="\n"), release("2", codename={"a": "\n"})]
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    bad = product("x", *releases, release("3", eolFrom=deep), name="z\n" * 5000)
    for words in left_out(document(THING, bad, product("y", *releases, name=deep), product("good", *releases))):
        assert len(words) < 400
        assert "\n" not in words


def test_a_report_counts_all_and_names_the_worst_first() -> None:
    skips = [Skip(SkipKind.DETAIL, f"detail {number}") for number in range(1200)]
    skips += [Skip(SkipKind.PRODUCT, "a product"), Skip(SkipKind.RELEASE, "one"), Skip(SkipKind.RELEASE, "two")]
    assert list(endoflife_date.describe(skips, most=4)) == [
        "Skipped: 1 product, 2 releases, 1,200 details.",
        "  a product",
        "  one",
        "  two",
        "  detail 0",
        "  and 1,199 more.",
    ]
    assert list(endoflife_date.describe(skips[:1], most=4)) == ["Skipped: 1 detail.", "  detail 0"]
    assert list(endoflife_date.describe([], most=4)) == []


def test_what_passes_fits_into_the_tables() -> None:
    longest = {field.name: field.max_length for model in (Product, Release) for field in model._meta.fields}
    for field in ("slug", "name", "latest"):
        assert longest[field] == endoflife_date.MAX_NAME
    for field in ("title", "label", "codename"):
        assert longest[field] == endoflife_date.MAX_LABEL
    assert longest["url"] == endoflife_date.MAX_URL


def odd_release(name: str, **facts: Any) -> dict[str, Any]:
    """A release with the keys that only some releases have."""
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
    names = [priority.name_of(each, line) for each in products.values() for line in each.cycles]
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
    assert not [n for p in facts.products.values() for each in p.cycles if "{" in (n := priority.name_of(p, each))]


def test_json_numbers_that_are_too_long_are_refused() -> None:
    content = document(THING).replace(b'"total": 1', b'"total": ' + b"1" * 10_000)
    with pytest.raises(BadFacts, match="not JSON"):
        endoflife_date.read(content)
    assert json.loads(document(THING))["total"] == 1
