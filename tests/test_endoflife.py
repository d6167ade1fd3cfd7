"""The document of endoflife.date: what it says, and what is refused with which words."""

import json
from datetime import date
from typing import Any

import pytest

from techs.lifecycles import endoflife_date
from techs.lifecycles.endoflife_date import BadFacts
from techs.models import Product, Release
from techs.rules.products import ReleaseCycle
from tests.lifecycle_server import document, product, release


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
    )


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"schema_version": "1.2', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "the document: must be an object"),
        (b"{}", "the document: schema_version must be 1.x, and is None"),
        (document(THING, schema_version="2.0.0"), "schema_version must be 1.x, and is '2.0.0'"),
        (document(THING, schema_version="10.0"), "schema_version must be 1.x, and is '10.0'"),
        (document(THING, schema_version=1), "schema_version must be 1.x, and is 1"),
        (document(THING, generated_at="yesterday"), "generated_at must be a date and time, and is 'yesterday'"),
        (document(THING, generated_at=None), "generated_at must be a date and time, and is None"),
        (document(THING, generated_at=5), "generated_at must be a date and time"),
        (document(THING, generated_at="0001-01-01T00:00:00+14:00"), "generated_at must be a date and time"),
        (document(THING, total=2), "total is 2, but the list has 1"),
        (document(THING, total=None), "total is None, but the list has 1"),
        (document(THING, total=True), "total is True"),
        (document(), "the document: holds no product"),
        (document(THING, result={}), "the document: result must be a list of objects"),
        (document(THING, result=["thing"]), "the document: result must be a list of objects"),
        (document(THING, THING), "product thing: listed twice"),
    ],
)
def test_a_bad_document_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadFacts, match=f"^.*{words.replace('.', '[.]')}"):
        endoflife_date.read(content)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": None}, "product 1: name must be a text"),
        ({"name": " "}, "name must be a text, and not empty"),
        ({"name": 5}, "product 5: name must be a text"),
        ({"name": "x" * 101}, "name is longer than 100 characters"),
        ({"name": "a\nb"}, "product a[?]b: name has control characters"),
        ({"name": "a\ud800b"}, "name has control characters"),
        ({"label": ""}, "product thing: label must be a text"),
        ({"label": "x" * 201}, "label is longer than 200 characters"),
        ({"aliases": "node"}, "product thing: aliases must be a list"),
        ({"aliases": [5]}, "product thing: alias must be a text"),
        ({"links": None}, "product thing: links must be an object"),
        ({"links": {"html": None}}, "product thing: html must be a text"),
        ({"links": {"html": "javascript:alert(1)"}}, "product thing: links.html must be a web address"),
        ({"releases": None}, "product thing: releases must be a list of objects"),
        ({"releases": [None]}, "product thing: releases must be a list of objects"),
        ({"releases": [release("1"), release("1 ")]}, "product thing: a release is listed twice"),
    ],
)
def test_a_bad_product_is_refused_with_its_place(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadFacts, match=words):
        endoflife_date.read(document(THING | facts))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": None}, "product thing, release None: name must be a text"),
        ({"name": 3.1}, "product thing, release 3.1: name must be a text"),
        ({"label": 5}, "product thing, release 1.0: label must be a text"),
        ({"codename": ["x"]}, "codename must be a text"),
        ({"releaseDate": "20250101"}, "releaseDate must be a date such as 2026-11-22, and is '20250101'"),
        ({"releaseDate": "2026-02-30"}, "releaseDate must be a date"),
        ({"eolFrom": 2026}, "eolFrom must be a date"),
        ({"eolFrom": True}, "eolFrom must be a date"),
        ({"eolFrom": ""}, "eolFrom must be a date"),
        ({"eolFrom": "2026-11-22T00:00:00"}, "eolFrom must be a date"),
        ({"eolFrom": None, "isEol": None}, "without eolFrom and isEol"),
        ({"isEol": "false"}, "isEol must be true, false or null"),
        ({"isEoas": 0}, "isEoas must be true, false or null"),
        ({"eoesFrom": "soon"}, "eoesFrom must be a date"),
        ({"latest": "1.0.5"}, "latest must be an object"),
        ({"latest": {"name": "", "date": None}}, "name must be a text"),
        ({"latest": {"name": "1.0.5", "date": "x"}}, "date must be a date"),
    ],
)
def test_a_bad_release_is_refused_with_its_place(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadFacts, match=words):
        endoflife_date.read(document(product("thing", release() | facts)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (product("node-js"), product("nodejs", label="Node")),
        (product("one", label="Thing"), product("two", label="THING")),
        (product("one"), product("two", aliases=["One!"])),
        (product("one", aliases=["both"]), product("two", aliases=["both"])),
    ],
    ids=["slugs", "titles", "alias and slug", "aliases"],
)
def test_two_products_with_one_name_are_refused(first: dict[str, Any], second: dict[str, Any]) -> None:
    with pytest.raises(BadFacts, match=r"product .*: the name .* belongs to product .* too"):
        endoflife_date.read(document(first, second))


def test_a_product_may_say_its_own_name_twice() -> None:
    assert endoflife_date.read(document(product("nodejs", label="Node.js", aliases=["node-js", "node.js"])))


def test_a_reason_is_one_short_line() -> None:
    bad = product("x", release("y\n" * 5000), name="z\n" * 5000)
    with pytest.raises(BadFacts) as refusal:
        endoflife_date.read(document(bad))
    assert len(str(refusal.value)) < 400
    assert "\n" not in str(refusal.value)


def test_what_passes_fits_into_the_tables() -> None:
    longest = {field.name: field.max_length for model in (Product, Release) for field in model._meta.fields}
    for field in ("slug", "name", "latest"):
        assert longest[field] == endoflife_date.MAX_NAME
    for field in ("title", "label", "codename"):
        assert longest[field] == endoflife_date.MAX_LABEL
    assert longest["url"] == endoflife_date.MAX_URL


def test_json_numbers_that_are_too_long_are_refused() -> None:
    content = document(THING).replace(b'"total": 1', b'"total": ' + b"1" * 10_000)
    with pytest.raises(BadFacts, match="not JSON"):
        endoflife_date.read(content)
    assert json.loads(document(THING))["total"] == 1
