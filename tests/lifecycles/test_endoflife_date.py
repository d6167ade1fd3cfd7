"""Facts read from the document of endoflife.date."""

from datetime import date
from typing import Any

import pytest

from techs.lifecycles import endoflife_date
from techs.rules.products import ReleaseCycle
from tests.support.endoflife_date import left_out, line
from tests.support.lifecycle_server import document, product, release


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


@pytest.mark.parametrize("latest", [None, {}, {"name": None}, {"name": "", "date": None}, {"name": " ", "link": None}])
def test_a_release_need_not_name_its_latest_version(latest: Any) -> None:
    content = document(product("panos", release("5.1", latest=latest)))
    assert left_out(content) == []
    assert endoflife_date.read(content).products["panos"].cycles[0].latest == ""


def test_the_day_of_a_latest_version_without_a_name_is_kept() -> None:
    assert line(latest={"name": None, "date": "2026-06-01"}).latest_released == date(2026, 6, 1)
