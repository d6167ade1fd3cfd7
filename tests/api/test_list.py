"""GET /api/techs/: cache-aside, filters, ordering, cursor pages, ETag."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from techs import cache
from techs.inventory import editing, selection
from techs.inventory.ordered import Place
from techs.models import Tech
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"


def names(response: Any) -> list[str]:
    return [row["name"] for row in response.json()["data"]]


def test_it_works(client: Client) -> None:
    add("Django 3.2.18")
    body = client.get(URL).json()
    (row,) = body.pop("data")
    assert body == {"isCached": False, "count": 1, "countIsLowerBound": False, "next": None, "previous": None}
    assert row["text"] == "Django 3.2.18 - priority (critical)"
    assert (row["name"], row["priority"], row["action"]) == ("Django 3.2.18", "critical", "act now")
    assert (row["product"], row["release"], row["end_of_life"]) == ("django", "3.2", "2024-04-01")
    assert (row["impact"], row["extended_support"], row["note"]) == ("normal", False, "")
    assert row["reasons"][0]["code"] == "EOL_PAST"
    assert row["reasons"][0]["source"] == "https://endoflife.date/django"
    assert "2024-04-01" in row["reasons"][0]["text"]
    assert row["submitted_at"].endswith("Z")
    assert row["assessed_at"].endswith("Z")


def test_empty_list_is_cached_too(client: Client) -> None:
    head = {"isCached": False, "count": 0, "countIsLowerBound": False, "next": None, "previous": None}
    assert client.get(URL).json() == head | {"data": []}
    assert client.get(URL).json()["isCached"] is True


def test_second_read_is_cached_and_equal(client: Client) -> None:
    add("Django 3.2")
    first, second = client.get(URL).json(), client.get(URL).json()
    assert (first.pop("isCached"), second.pop("isCached")) == (False, True)
    assert first == second


def test_queries(client: Client, django_assert_num_queries: Any) -> None:
    add("Django 3.2")
    with django_assert_num_queries(3):
        miss = client.get(URL)
    with django_assert_num_queries(0):
        hit = client.get(URL)
        unchanged = client.get(URL, headers={"if-none-match": miss["ETag"]})
    assert hit.json()["isCached"] is True
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize("form", ["{}", "*", '"other", {}', 'W/"other",{}'])
def test_every_form_of_if_none_match(client: Client, form: str) -> None:
    etag = client.get(URL)["ETag"]
    for known in (etag, etag.removeprefix("W/")):
        assert client.get(URL, headers={"if-none-match": form.format(known)}).status_code == 304
    assert client.get(URL, headers={"if-none-match": '"other"'}).status_code == 200


def test_etag_follows_the_content(client: Client) -> None:
    tech = add("Django 3.2")
    before = client.get(URL)["ETag"]
    assert client.get(URL)["ETag"] == before
    editing.edit(tech, note="seen")
    after = client.get(URL, headers={"if-none-match": before})
    assert (after.status_code, after["ETag"] == before) == (200, False)


def test_lists_stay_out_of_shared_caches(client: Client) -> None:
    assert client.get(URL)["Cache-Control"] == "private, no-cache"


def test_browsable_api_hit_needs_no_query(client: Client, django_assert_num_queries: Any) -> None:
    add("Django 3.2")
    client.get(URL)
    with django_assert_num_queries(0):
        page = client.get(URL, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Django 3.2 - priority (critical)" in page.content.decode()
    assert "<i>&quot;isCached&quot;</i>: true" in page.content.decode()


def test_submission_that_changes_nothing_forgets_too(client: Client) -> None:
    add("Django 3.2")
    client.get(URL)
    submit("Django 3.2")
    assert client.get(URL).json()["isCached"] is False


def test_worst_first_then_by_name(client: Client) -> None:
    for text in ["react", "Django 3.2", "no such thing", "Postgres 14", "MySQL 5.7", "a thing unheard of"]:
        add(text)
    rows = client.get(URL).json()["data"]
    assert rows == sorted(rows, key=lambda row: (-row["score"], row["name"].casefold()))
    assert rows[-1]["name"] == "react"


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("name", ["django 3.2", "Postgres 14", "React"]),
        ("-name", ["React", "Postgres 14", "django 3.2"]),
        ("priority", ["django 3.2", "Postgres 14", "React"]),
        ("-priority", ["React", "Postgres 14", "django 3.2"]),
        ("submitted_at", ["React", "django 3.2", "Postgres 14"]),
        ("-submitted_at", ["Postgres 14", "django 3.2", "React"]),
    ],
)
def test_ordering(client: Client, ordering: str, expected: list[str]) -> None:
    for text in ["React", "django 3.2", "Postgres 14"]:
        add(text)
    assert names(client.get(URL, {"ordering": ordering})) == expected


def test_filter_by_text_and_product(client: Client) -> None:
    for text in ["Django 3.2", "pg 14", "React"]:
        add(text)
    assert names(client.get(URL, {"q": " DJANGO "})) == ["Django 3.2"]
    assert names(client.get(URL, {"q": "postgresql"})) == ["pg 14"]
    assert names(client.get(URL, {"q": "%"})) == []
    assert names(client.get(URL, {"q": "_"})) == []


def test_filter_by_priority(client: Client) -> None:
    for text in ["Django 3.2", "Postgres 14", "React"]:
        add(text)
    assert names(client.get(URL, {"priority": "high"})) == ["Postgres 14"]
    both = client.get(URL, {"priority": "low,critical"})
    assert (names(both), both.json()["count"]) == (["Django 3.2", "React"], 2)
    assert client.get(URL, {"priority": "critical,low"}).json()["isCached"] is True


def test_unknown_parameters_are_not_part_of_the_question(client: Client) -> None:
    client.get(URL)
    assert client.get(URL, {"utm_source": "x", "page_size": "100", "q": " "}).json()["isCached"] is True


def test_page_size_is_clamped(client: Client) -> None:
    for number in range(3):
        add(f"thing {number}")
    assert len(names(client.get(URL, {"page_size": "0"}))) == 1
    assert len(names(client.get(URL, {"page_size": "99999999999999"}))) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("priority", "urgent"),
        ("ordering", "rank"),
        ("page_size", "ten"),
        ("page_size", "-1"),
        ("cursor", "made-up"),
        ("cursor", "WyJwcmlvcml0eSIsZmFsc2UsIjAwMCAiXQ:made-up"),
        ("q", "x" * 201),
        ("q", "a\x00b"),
    ],
)
def test_bad_parameter_is_named(client: Client, name: str, value: str) -> None:
    response = client.get(URL, {name: value})
    assert response.status_code == 400
    assert list(response.json()) == [name]


@pytest.mark.parametrize(
    ("params", "counted"),
    [
        ({}, (3, False)),
        ({"owner": "Web"}, (3, False)),
        ({"priority": "critical"}, (3, False)),
        ({"tag": "shop"}, (3, False)),
        ({"q": "django"}, (2, True)),
        ({"q": "django 3.2.1"}, (1, False)),
        ({"owner": "Web", "tag": "shop"}, (2, True)),
        ({"owner": "Web", "q": "django 3.2.1"}, (1, False)),
    ],
)
def test_several_filters_are_counted_up_to_a_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch, params: dict[str, str], counted: tuple[int, bool]
) -> None:
    monkeypatch.setattr(selection, "COUNT_LIMIT", 2)
    for number in range(3):
        add(f"Django 3.2.{number}", owner="Web", tags=["shop"])
    for _ in ("live", "cached"):
        body = client.get(URL, params).json()
        assert (body["count"], body["countIsLowerBound"]) == counted


@pytest.mark.parametrize("ordering", ["priority", "-priority", "name", "-submitted_at"])
def test_cursor_pages_hold_every_row_once(client: Client, ordering: str) -> None:
    for number in range(7):
        add(f"thing {number}")
    url, pages, previous = f"{URL}?page_size=3&ordering={ordering}", [], ""
    while url:
        body = client.get(url).json()
        pages.append([row["name"] for row in body["data"]])
        url, previous = body["next"], body["previous"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name in page] == names(client.get(URL, {"ordering": ordering}))
    back = client.get(previous).json()
    assert [row["name"] for row in back["data"]] == pages[1]
    first = client.get(back["previous"]).json()
    assert [row["name"] for row in first["data"]] == pages[0]
    assert first["previous"] is None
    assert client.get(first["next"]).json()["data"] == back["data"]


def test_row_added_before_the_cursor_moves_no_page(client: Client) -> None:
    for text in ["b", "d", "f"]:
        add(text)
    body = client.get(URL, {"page_size": "2", "ordering": "name"}).json()
    add("a")
    assert names(client.get(body["next"])) == ["f"]


@pytest.mark.parametrize(("lost", "link"), [("d", "next"), ("c", "previous")])
def test_a_row_that_returns_at_the_end_of_a_page(
    client: Client, monkeypatch: pytest.MonkeyPatch, lost: str, link: str
) -> None:
    """It was deleted between the two statements that read the page, which therefore does not show it."""
    for name in "abcdef":
        add(name)
    params = {"page_size": "2", "ordering": "name"}
    address = client.get(URL, params).json()["next"]
    page = delete_meanwhile(client, monkeypatch, [lost], address)
    assert names(page) == [name for name in "cd" if name != lost]
    add(lost)
    assert lost in names(client.get(page.json()[link]))


def test_a_page_whose_rows_are_all_deleted_meanwhile(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcd":
        add(name)
    params = {"page_size": "1", "ordering": "name"}
    address = client.get(URL, params).json()["next"]
    page = delete_meanwhile(client, monkeypatch, ["b"], address)
    assert names(page) == ["c"]
    add("b")
    assert names(client.get(page.json()["previous"])) == ["b"]
    assert names(delete_meanwhile(client, monkeypatch, "abcd", URL)) == []


def delete_meanwhile(client: Client, monkeypatch: pytest.MonkeyPatch, lost: Sequence[str], address: str) -> Any:
    """Get a page. Delete technologies between the two statements that read it."""
    read = selection.rows_at

    def read_later(places: Sequence[Place]) -> list[Tech]:
        Tech.objects.filter(name__in=lost).delete()
        return read(places)

    with monkeypatch.context() as patched:
        patched.setattr(selection, "rows_at", read_later)
        return client.get(address)


def test_cursor_of_another_ordering_is_refused(client: Client) -> None:
    for text in ["a", "b"]:
        add(text)
    cursor = client.get(URL, {"page_size": "1"}).json()["next"].split("cursor=")[1]
    assert client.get(f"{URL}?page_size=1&ordering=name&cursor={cursor}").status_code == 400


def test_a_page_of_another_version_is_not_used(client: Client, settings: Any) -> None:
    assert [client.get("/api/techs/").json()["isCached"] for _ in range(2)] == [False, True]
    token = cache._token()
    settings.VERSION = "99"
    assert client.get("/api/techs/").json()["isCached"] is False
    # Both follow the same writes.
    assert cache._token() == token


def test_token_is_never_a_number(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """django-redis returns digits as an int."""
    monkeypatch.setattr("uuid.uuid4", lambda: SimpleNamespace(hex="1" * 32))
    assert [client.get(URL).json()["isCached"] for _ in range(2)] == [False, True]


def test_late_fill_lands_under_a_dead_token(client: Client) -> None:
    """The stale-set race: a slow reader must not restore the old list."""
    slow_reader_token = cache._token()
    add("Django 3.2")
    old = cache.RenderedPage(count=0, next=None, previous=None, etag="old", data=b"[]")
    cache._store(f"techs:{slow_reader_token}:page:any", old, is_usual=True)
    assert names(client.get(URL)) == ["Django 3.2"]
    assert names(client.get(URL)) == ["Django 3.2"]
