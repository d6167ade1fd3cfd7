"""A search for words that hardly any technology has in common ends a page early, and its next one continues there."""

import csv
from io import StringIO
from itertools import pairwise

import pytest
from django.test import Client
from django.utils.datastructures import MultiValueDict

from techs.inventory import bulk_changes, paging
from techs.inventory.queries import ORDERINGS, ListQuery
from techs.inventory.selection import Page, select
from tests.support.factories import add
from tests.support.pages import text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [*(f"left {number}" for number in range(6)), *(f"right {number}" for number in range(6)), "zzz left right"]
ADDRESS = "q=left+right&ordering=name&page_size=1"


@pytest.fixture(autouse=True)
def _long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few rows count as many."""
    limits = {"RARE": 1, "FEW": 0, "COLLECTED": 1, "WALK": 1, "_PER_ROW": 1}
    for name, value in limits.items():
        monkeypatch.setattr(paging, name, value)
    for name in NAMES:
        add(name)


def pages_of(query: ListQuery) -> list[Page]:
    pages = [select(query)]
    while cursor := pages[-1].next:
        pages.append(at(query, cursor))
    return pages


def at(query: ListQuery, cursor: str | None) -> Page:
    assert cursor
    params = {"q": [query.q], "ordering": [query.ordering], "page_size": ["1"], "cursor": [cursor]}
    return select(ListQuery.from_params(MultiValueDict(params)))


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_following_next_finds_all(ordering: str) -> None:
    pages = pages_of(ListQuery(q="left right", ordering=ordering, page_size=1))
    assert [row.name for page in pages for row in page.rows] == ["zzz left right"]
    assert len(pages) > 1
    assert {page.is_count_lower_bound for page in pages} == {True}
    assert all(page.count <= 1 for page in pages)


def test_there_is_a_way_back() -> None:
    add("zz right left")
    first, second, *_ = pages_of(query := ListQuery(q="left right", ordering="-name", page_size=1))
    assert [row.name for row in (*first.rows, *second.rows)] == ["zzz left right", "zz right left"]
    assert at(query, second.previous).rows == first.rows


@pytest.mark.parametrize("ordering", ["name", "-name"])
def test_a_page_without_rows_leads_back(ordering: str) -> None:
    add("aaa left right")
    query = ListQuery(q="left right", ordering=ordering, page_size=1)
    pages = pages_of(query)
    assert [page for page in pages[1:] if not page.rows]
    for before, page in pairwise(pages):
        names, here = [row.name for row in before.rows], page
        while not (back := at(query, here.previous)).rows and back.previous:
            here = back
        assert not names or [row.name for row in back.rows] == names
        assert at(query, back.next).previous


def test_programs_and_people_can_go_on(client: Client) -> None:
    answer = client.get(f"/api/techs/?{ADDRESS}").json()
    assert (answer["data"], answer["countIsLowerBound"]) == ([], True)
    while answer["next"]:
        answer = client.get(answer["next"]).json()
    assert [row["name"] for row in answer["data"]] == ["zzz left right"]
    html = visit(client, f"/?{ADDRESS}")
    assert text_of(html, ".empty") == "None of the first technologies in this order match. The next page looks further."
    assert texts(html, 'a[rel="next"]') == ["Next page"]


def test_exports_and_bulk_changes_find_all(client: Client) -> None:
    content = client.get(f"/api/techs/export.csv?{ADDRESS}").content.decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(StringIO(content))] == ["zzz left right"]
    assert len(bulk_changes.matching(ListQuery(q="left right"))) == 1
