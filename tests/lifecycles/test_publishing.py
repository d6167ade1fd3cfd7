"""The lifecycle data as a document that reads as the same data."""

from datetime import date

import pytest
from django.test import Client

from techs.inventory import invalidation
from techs.lifecycles import endoflife_date, publishing, starter, store
from techs.lifecycles.endoflife_date import Skip
from techs.models import Source
from techs.rules.products import Facts, ProductFacts, ReleaseCycle

DAY = date(2026, 11, 28)


def facts(*cycles: ReleaseCycle) -> Facts:
    product = ProductFacts(
        slug="thing",
        title="Thing",
        url="https://example.org/thing",
        facts_as_of=DAY,
        cycles=cycles,
        aliases=("thingy",),
        identifiers=("pkg:npm/thing", "repology:thing", "cpe:2.3:a:thing:thing"),
        version_command="thing --version",
        release_policy="https://example.org/policy",
    )
    return Facts(version="1", as_of=DAY, products={"thing": product})


CYCLES = [
    ReleaseCycle(name="1", released=None, eol=True),
    ReleaseCycle(name="2", released=DAY, eol=False, label="2 (two)", codename="Two", latest="2.1", latest_released=DAY),
    ReleaseCycle(
        name="3", released=DAY, eol=DAY, active_support=False, extended_support=DAY, is_lts=True, lts_from=DAY
    ),
    ReleaseCycle(name="4", released=DAY, eol=DAY, active_support=True, extended_support=None),
]


@pytest.mark.parametrize("known", [starter.read_starter(), facts(*CYCLES)], ids=["starter", "every field"])
def test_it_reads_as_the_same_data(known: Facts) -> None:
    skips: list[Skip] = []
    again = endoflife_date.read(publishing.write(known), skips=skips)
    assert (again.as_of, again.products) == (known.as_of, known.known_on(known.as_of).products)
    assert skips == []


@pytest.mark.django_db(transaction=True)
def test_the_api_has_the_active_data(client: Client) -> None:
    first = client.get("/api/lifecycles/")
    assert endoflife_date.read(first.content).products.keys() == starter.read_starter().products.keys()
    assert client.get("/api/lifecycles/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    store.replace(facts(*CYCLES), source=Source.LOCAL)
    invalidation.show_new_lifecycle_data()
    again = client.get("/api/lifecycles/", headers={"If-None-Match": first["ETag"]})
    assert "thing" in endoflife_date.read(again.content).products
