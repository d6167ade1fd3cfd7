"""GET /api/techs/?ordering=end_of_life: nearest date first, no date last, page by page."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from techs import cache
from techs.models import Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def put(name: str, end: date | None) -> None:
    Tech.objects.filter(pk=add(name).pk).update(end_of_life=end)
    cache.invalidate()


def read(client: Client, url: str) -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200, response.content
    return dict(response.json())


def names_of_all_pages(client: Client, ordering: str) -> list[str]:
    url, names = f"/api/techs/?ordering={ordering}&page_size=2", []
    while url:
        page = read(client, url)
        names += [tech["name"] for tech in page["data"]]
        url = page["next"]
    return names


@pytest.fixture
def _five() -> None:
    put("thing a", None)
    put("thing b", date(2027, 5, 1))
    put("thing c", date(2024, 1, 2))
    put("thing d", date(2027, 5, 1))
    put("thing e", None)


@pytest.mark.usefixtures("_five")
def test_order(client: Client) -> None:
    names = ["thing c", "thing b", "thing d", "thing a", "thing e"]
    assert names_of_all_pages(client, "end_of_life") == names
    assert names_of_all_pages(client, "-end_of_life") == names[::-1]


@pytest.mark.usefixtures("_five")
def test_back_again(client: Client) -> None:
    first = read(client, "/api/techs/?ordering=end_of_life&page_size=2")
    second = read(client, first["next"])
    assert [tech["name"] for tech in read(client, second["previous"])["data"]] == ["thing c", "thing b"]


@pytest.mark.usefixtures("_five")
def test_page_offers_it(client: Client) -> None:
    html = client.get("/?ordering=end_of_life").content.decode()
    assert '<option value="end_of_life" selected>' in html


def test_assessment_keeps_the_sort_key_in_step() -> None:
    tech = Tech.objects.get(pk=add("Django 3.2").pk)
    assert tech.ends_on == tech.end_of_life
    assert Tech.objects.get(pk=add("Our wiki").pk).ends_on == date.max
