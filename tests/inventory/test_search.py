"""A search finds each of its words at the beginning of a word of the name or the product, on all three databases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory import editing, paging, reassessment, search, undo
from techs.inventory.queries import ALL, ORDERINGS, ListQuery
from techs.inventory.selection import select
from techs.lifecycles import store
from techs.models import LifecycleDataVersion, Source, Tech, TechWord
from techs.rules.text import name_key
from tests.support.factories import add
from tests.support.service_tables import imported
from tests.support.uploads import push, service

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [
    *("Django 3.2", "pg 14", "k8s 1.30", "PostgreSQL operator of ours", "Node.js 20", "@babel/core shim", "c++ 17"),
    *("ASP.NET thing", "Резервное копирование", "データ基盤", "Café bar 2", "jdk11 builder", "our own thing"),
]


def found(q: str, **filters: Any) -> list[str]:
    page = select(ListQuery(q=name_key(q), **filters))
    assert page.count == len(page.rows)
    return sorted(row.name for row in page.rows)


@pytest.fixture
def rows() -> None:
    for name in NAMES:
        add(name)


SEARCHES = {
    "django": ["Django 3.2"],
    "DJAN": ["Django 3.2"],
    "postgres": ["PostgreSQL operator of ours", "pg 14"],
    "pg": ["pg 14"],
    "sql": ["PostgreSQL operator of ours", "pg 14"],
    "sql 14": ["pg 14"],
    "14 postgresql": ["pg 14"],
    "kubernetes": ["k8s 1.30"],
    "k8s": ["k8s 1.30"],
    "node.js": ["Node.js 20"],
    "nodejs": ["Node.js 20"],
    "@babel/core": ["@babel/core shim"],
    "core": ["@babel/core shim"],
    "c++": ["c++ 17"],
    ".net": ["ASP.NET thing"],
    "копир": ["Резервное копирование"],
    "КОПИР": ["Резервное копирование"],
    "基盤": ["データ基盤"],
    "cafe": ["Café bar 2"],
    "café": ["Café bar 2"],
    "jdk": ["jdk11 builder"],
    "thing": ["ASP.NET thing", "our own thing"],
    "nothing": [],
    "django 4": [],
    "++": ["c++ 17"],
    "--": [],
    "django.": ["Django 3.2"],
    "our-own": ["our own thing"],
    "café-bar": ["Café bar 2"],
    "babel core": ["@babel/core shim"],
    "%": [],
    "_": [],
    "": sorted(NAMES),
}


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("rare", [paging.RARE, 0])
def test_it_finds(monkeypatch: pytest.MonkeyPatch, rare: int) -> None:
    """The same, whether rows are sorted or tested one after another."""
    monkeypatch.setattr(paging, "RARE", rare)
    for q, names in SEARCHES.items():
        for ordering in ORDERINGS:
            assert found(q, ordering=ordering) == names, (q, ordering)
    assert found("thing", priority=("unknown",)) == ["ASP.NET thing", "our own thing"]
    assert found("thing", priority=("critical",)) == []


@pytest.mark.usefixtures("rows")
def test_pages_of_a_search_follow_each_other() -> None:
    for number in range(5):
        add(f"our own {number}")
    for ordering in ORDERINGS:
        whole = [row.name for row in select(ListQuery(q="o", ordering=ordering)).rows]
        assert len(whole) > 3
        names, page = [], select(ListQuery(q="o", ordering=ordering, page_size=2))
        while True:
            names += [row.name for row in page.rows]
            if page.next is None:
                break
            query = ListQuery.from_params(query_dict(q="o", ordering=ordering, page_size="2", cursor=page.next))
            page = select(query)
        assert names == whole


def query_dict(**params: str) -> Any:
    found = QueryDict(mutable=True)
    found.update(params)
    return found


def stored() -> dict[str, set[str]]:
    names = dict(Tech.objects.values_list("pk", "name"))
    words: dict[str, set[str]] = {name: set() for name in names.values()}
    for tech, word in TechWord.objects.values_list("tech_id", "word"):
        words[names[tech]].add(word)
    return words


def test_words_of_the_product_are_not_stored() -> None:
    add("Django 3.2")
    assert stored() == {"Django 3.2": {"3.2"}}


def test_every_write_keeps_them(client: Client) -> None:
    tech = add("our first thing 1")
    assert found("first") == ["our first thing 1"]
    editing.edit(tech, text="our second thing 1")
    assert (found("first"), found("second")) == ([], ["our second thing 1"])
    action = editing.remove(Tech.objects.get())
    assert not TechWord.objects.exists()
    assert action
    undo.undo(action.pk)
    assert found("second thing") == ["our second thing 1"]
    imported(client, "technology,version\nour imported thing,2\nRedis,7.0\n")
    assert (found("imported"), found("redis")) == (["our imported thing 2"], ["Redis 7.0"])
    add("another thing")
    editing.edit(Tech.objects.get(name="another thing"), text="our second thing 1")
    assert (found("another"), found("second")) == ([], ["our second thing 1"])


def test_uploads_keep_them() -> None:
    push(service("Shop"), "numpy==1.2\nDjango==3.2.1\n")
    assert found("numpy", include=ALL) == ["NumPy"]
    assert "Django 3.2" in " ".join(found("django"))
    assert all(Tech.objects.values_list("words_key", flat=True))


def _insert(name: str) -> None:
    """Insert a row as a process of the previous version does."""
    add(name)
    TechWord.objects.filter(tech__name=name).delete()
    Tech.objects.filter(name=name).update(words_key="", basis="older")


def _rename(name: str) -> None:
    add("a former name")
    Tech.objects.filter(name="a former name").update(name=name, name_key=name_key(name), basis="older")


@pytest.mark.parametrize("write", [_insert, _rename])
def test_reassessment_indexes_what_a_previous_version_wrote(write: Callable[[str], None]) -> None:
    add("a thing of today")
    write("a forgotten thing")
    if write is _insert:
        assert found("forgotten") == ["a forgotten thing"], "names are read until all have words"
        assert found("gotten") == ["a forgotten thing"]
    assert not reassessment.reassess(seconds=60)
    assert (found("forgotten"), found("gotten"), found("former")) == (["a forgotten thing"], [], [])


@pytest.mark.parametrize("most", [0, 1])
def test_few_rows_without_words_do_not_slow_others(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Only if there are many are all names read."""
    monkeypatch.setattr(search, "MOST_UNINDEXED", most)
    add("a forgetful thing")
    _insert("a forgotten thing")
    assert found("forg") == ["a forgetful thing", "a forgotten thing"]
    assert found("thing forg") == (["a forgetful thing", "a forgotten thing"] if most else [])
    assert found("getful") == ([] if most else ["a forgetful thing"])
    assert found("gotten") == ["a forgotten thing"]


def test_rows_without_words_are_indexed_even_if_they_are_assessed() -> None:
    add("a thing")
    TechWord.objects.all().delete()
    Tech.objects.update(words_key="")
    reassessment.reassess(seconds=60)
    assert stored() == {"a thing": {"a", "thing"}}


def test_only_changed_words_are_written() -> None:
    tech = add("our first thing")
    before = set(TechWord.objects.values_list("tech_id", "word"))
    with CaptureQueriesContext(connection) as queries:
        editing.edit(tech, note="x")
    assert not [each for each in queries if "techword" in each["sql"]]
    editing.edit(tech, text="our second thing")
    assert before - set(TechWord.objects.values_list("tech_id", "word")) == {(tech.pk, "first")}


def _replace(alias: str, names: list[str]) -> None:
    """Load lifecycle data without an alias of PostgreSQL, or without PostgreSQL if it has no names at all."""
    facts = store.current().facts
    product = facts.products["postgresql"]
    products = {slug: each for slug, each in facts.products.items() if slug != "postgresql"}
    if names:
        products["postgresql"] = replace(product, title=names[0], aliases=tuple(names[1:]))
    store.replace(replace(facts, version=alias, products=products), source=Source.STARTER)


@pytest.mark.parametrize("names", [["PostgreSQL", "postgres"], ["The elephant"], []], ids=["alias", "title", "product"])
@pytest.mark.parametrize("restarts", [False, True])
def test_new_lifecycle_data_without_a_name(names: list[str], restarts: bool) -> None:  # noqa: FBT001
    """Rows with the name are found before they are assessed anew, and afterwards, also by a new process."""
    _replace("before", ["PostgreSQL", "postgres", "elephantdb"])
    for text in ("elephantdb 14", "PostgreSQL 16"):
        add(text)
    _replace("after", names)
    if restarts:
        store._active = None
    for q, expected in (("elephantdb", "elephantdb 14"), ("postgresql 16", "PostgreSQL 16")):
        assert expected in found(q)
    reassessment.reassess(seconds=60)
    for q, expected in (("elephantdb", "elephantdb 14"), ("postgresql 16", "PostgreSQL 16")):
        assert expected in found(q)


def test_only_the_newest_versions_keep_names() -> None:
    for number in range(15):
        _replace(f"v{number}", ["PostgreSQL", f"alias{number}"])
    kept = LifecycleDataVersion.objects.filter(names__isnull=False)
    assert kept.count() == 11
    store.replace(store.current().facts, source=Source.STARTER)
    assert kept.count() == 11, "the names are the same"
