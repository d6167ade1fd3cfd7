"""Lifecycle data in the database: loaded once, replaced as a whole, and read back unchanged."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from techs.inventory import overview
from techs.lifecycles import starter, store
from techs.models import LifecycleDataVersion, Product, Release, Source
from techs.rules.products import Facts, Outcome, ProductFacts, ReleaseCycle

pytestmark = pytest.mark.django_db(transaction=True)


def test_migrate_puts_the_starter_table_into_force() -> None:
    load = LifecycleDataVersion.objects.get()
    assert (load.source, load.products) == (Source.STARTER, Product.objects.count())
    assert load.releases == Release.objects.count() > 100


def test_names_of_versions_are_read_for_searches_only() -> None:
    """They are long, and every list that is not cached reads the newest version."""
    assert LifecycleDataVersion.objects.filter(names__isnull=False).exists()
    store.current()
    with CaptureQueriesContext(connection) as queries:
        store.newest_version(Source.STARTER)
        overview.select(date(2026, 1, 1))
    assert [query["sql"] for query in queries if "names" in query["sql"]] == []
    with CaptureQueriesContext(connection) as queries:
        assert ("postgresql", "PostgreSQL") in store._former_names()
    assert len(queries) == 1


def test_loading_the_same_table_again_does_nothing() -> None:
    assert store.load_starter() is None
    assert LifecycleDataVersion.objects.count() == 1


def test_facts_come_back_as_they_were() -> None:
    facts = starter.read_starter()
    assert store._read_facts() == replace(facts, products=dict(sorted(facts.products.items())))


def test_every_kind_of_end_comes_back() -> None:
    ends: list[date | bool] = [date(2026, 1, 2), True, False]
    lines = tuple(
        ReleaseCycle(name=f"{number}", released=None, eol=eol, active_support=support, extended_support=support)
        for number, (eol, support) in enumerate((eol, support) for eol in ends for support in [*ends, None])
    )
    product = ProductFacts(
        slug="thing", title="Thing", url="https://example.org/thing", facts_as_of=date(2026, 1, 1), cycles=lines
    )
    facts = Facts(version="x", as_of=date(2026, 1, 1), products={"thing": product})
    store.replace(facts, source=Source.STARTER)
    assert store._read_facts() == facts


def test_what_is_said_of_products_and_long_term_releases_comes_back() -> None:
    cycle = ReleaseCycle(name="1", released=None, eol=False, is_lts=True, lts_from=date(2026, 1, 1))
    product = ProductFacts(
        *("thing", "Thing", "https://example.org/thing", date(2026, 1, 1), (cycle,)),
        identifiers=("pkg:npm/thing", "cpe:2.3:a:vendor:thing", "repology:thing"),
        version_command="thing --version\nthing -v",
        release_policy="https://example.org/policy",
    )
    facts = Facts(version="x", as_of=date(2026, 1, 1), products={"thing": product})
    store.replace(facts, source=Source.STARTER)
    assert store._read_facts() == facts
    assert store.current().index.identifiers.find("pkg:npm/thing@1.2") == product


def test_replacing_keeps_other_sources() -> None:
    Product.objects.create(slug="ours", title="Ours", url="https://e.org", source="local", facts_as_of=date(2026, 1, 1))
    store.replace(Facts(version="x", as_of=date(2026, 1, 1), products={}), source=Source.STARTER)
    assert [product.slug for product in Product.objects.all()] == ["ours"]


def test_knowledge_is_built_once_per_load(django_assert_num_queries: Any) -> None:
    catalogue = store.current()
    with django_assert_num_queries(1):
        assert store.current() is catalogue


def test_new_facts_are_in_force_at_once() -> None:
    assert store.current().find("Django 3.2").outcome == Outcome.MATCHED
    store.replace(Facts(version="x", as_of=date(2026, 1, 1), products={}), source=Source.STARTER)
    catalogue = store.current()
    assert catalogue.find("Django 3.2").outcome == Outcome.NO_MATCH
    assert catalogue.facts.version == "x"
