"""Where to go from a release: the newest supported long-term cycle, else the one supported the longest."""

from dataclasses import replace
from datetime import date

import pytest

from techs.lifecycles.starter import read_starter
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.priority import Assessment, assess
from techs.rules.products import Facts

TODAY = date(2026, 11, 22)
LONG_TERM = {("django", "5.2"), ("django", "4.2"), ("django", "3.2")} | {
    ("nodejs", name) for name in ("24", "22", "20")
}


def with_long_terms(facts: Facts) -> Facts:
    products = {
        slug: replace(
            product,
            cycles=tuple(replace(cycle, is_lts=(slug, cycle.name) in LONG_TERM) for cycle in product.cycles),
        )
        for slug, product in facts.products.items()
    }
    return replace(facts, products=products)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(with_long_terms(read_starter()))


def judge(text: str, index: NameIndex, *, extended_support: bool = False) -> Assessment:
    return assess(find(text, index), today=TODAY, extended_support=extended_support)


@pytest.mark.parametrize(
    ("text", "release", "end"),
    [
        # Long-term releases come first, though a newer one may end later.
        ("Django 3.2", "5.2", "2028-04-30"),
        ("Django 5.1", "5.2", "2028-04-30"),
        ("Node.js 16", "24", "2028-04-30"),
        ("Node.js 22", "24", "2028-04-30"),
        # Never back, and never to one that ends sooner.
        ("Django 6.0", "6.1", "2027-12-31"),
        ("Node.js 25", "26", "2029-04-30"),
        ("Ubuntu 20.04", "26.04", "2031-04-30"),
        # Without long-term releases, the latest end.
        ("Python 3.8", "3.14", "2030-10-31"),
        ("Kubernetes 1.24", "1.36", "2027-06-28"),
        ("React 16", "19", None),
        ("Log4j 1.2", "2", None),
        ("Log4j 2.12.1", "2", None),
        ("SQL Server 2016", "17.0", "2036-01-06"),
        ("Windows Server 2012 R2", "2025", "2034-11-14"),
        ("AWS Lambda python3.9", "python3.14", "2029-08-31"),
        # Ranges and releases without a cycle
        ("Django >=3.2,<4", "5.2", "2028-04-30"),
        ("PHP 4", "8.5", "2029-12-31"),
        ("MySQL 8.2", "9.7", "2034-04-21"),
    ],
)
def test_the_target_and_its_end(index: NameIndex, text: str, release: str, end: str | None) -> None:
    target = judge(text, index).upgrade_to
    assert target
    assert target.release == release
    assert target.end_of_life == (date.fromisoformat(end) if end else None)


@pytest.mark.parametrize(
    "text", ["Django 5.2", "Django 6.1", "Node.js 24", "Node.js", "Python >=3.9", "Flask 3", "Java 8"]
)
def test_nothing_better_is_known(index: NameIndex, text: str) -> None:
    assert judge(text, index).upgrade_to is None


@pytest.mark.parametrize("text", ["AngularJS 1.5", "AngularJS", "CentOS 7"])
def test_a_product_without_supported_releases_is_replaced(index: NameIndex, text: str) -> None:
    target = judge(text, index).upgrade_to
    assert target
    assert (target.text, target.release) == ("No release is supported any more. Replace it.", None)


def test_the_texts(index: NameIndex) -> None:
    assert [target.text for text in ("Django 3.2", "React 16") if (target := judge(text, index).upgrade_to)] == [
        "Upgrade to Django 5.2, supported until 2028-04-30.",
        "Upgrade to React 19, which has no announced end of support.",
    ]


def test_a_target_ends_after_the_extended_support_that_a_team_has(index: NameIndex) -> None:
    # Spring Boot 3.5 ended, with extended support until 2032; 4.1 ends in 2027.
    free, covered = (judge("Spring Boot 3.5", index, extended_support=ticked).upgrade_to for ticked in (False, True))
    assert free
    assert (free.release, covered) == ("4.1", None)


@pytest.mark.parametrize(
    ("text", "day", "release"), [("Django 5.2", "2027-01-01", None), ("Django 5.2", "2027-06-01", "6.1")]
)
def test_the_newest_long_term_release_is_left_when_its_own_end_is_due(
    index: NameIndex, text: str, day: str, release: str | None
) -> None:
    cycles = index.meanings["django"].product
    assert cycles
    later = tuple(replace(each, eol=date(2028, 12, 31)) if each.name == "6.1" else each for each in cycles.cycles)
    facts = Facts("test", TODAY, {"django": replace(cycles, cycles=later)})
    target = assess(find(text, NameIndex.build(facts)), today=date.fromisoformat(day)).upgrade_to
    assert (target and target.release) == release


def test_a_successor_that_is_not_out_yet_does_not_count(index: NameIndex) -> None:
    early = assess(find("Node.js 25", index), today=date(2026, 4, 1))
    assert early.upgrade_to is None or early.upgrade_to.release != "26"


def test_new_data_counts_at_once() -> None:
    facts = read_starter()
    django = facts.products["django"]
    moved = tuple(replace(each, eol=date(2020, 1, 1)) if each.name == "5.2" else each for each in django.cycles)
    other = NameIndex.build(replace(facts, products={**facts.products, "django": replace(django, cycles=moved)}))
    before = judge("Django 5.2", NameIndex.build(facts))
    assert judge("Django 5.2", other).end_of_life == date(2020, 1, 1) != before.end_of_life
    assert judge("Django 5.2", NameIndex.build(read_starter())) == before
