"""Documents of endoflife.date that are refused, and unusable parts that are left out and reported."""

import json
from datetime import date
from typing import Any

import pytest

from techs.lifecycles import document_fields, endoflife_date
from techs.lifecycles.document_fields import BadFacts
from techs.lifecycles.endoflife_date import Skip, SkipKind, UnknownSchema
from techs.models import Product, Release
from techs.rules.products import ReleaseCycle
from tests.support.endoflife_date import left_out, line
from tests.support.lifecycle_server import document, product, release

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
        assert longest[field] == document_fields.MAX_NAME
    for field in ("title", "label", "codename"):
        assert longest[field] == document_fields.MAX_LABEL
    assert longest["url"] == document_fields.MAX_URL


def test_json_numbers_that_are_too_long_are_refused() -> None:
    content = document(THING).replace(b'"total": 1', b'"total": ' + b"1" * 10_000)
    with pytest.raises(BadFacts, match="not JSON"):
        endoflife_date.read(content)
    assert json.loads(document(THING))["total"] == 1
