"""/api/views/: saved views of the list, shared by all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from techs import cache
from techs.exceptions import ViewExists
from techs.inventory import saved_views
from techs.models import Action, Change, SavedView
from techs.submissions import outbox
from tests.support.round_trips import counted_round_trips

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/views/"
JSON = "application/json"


def post(client: Client, **fields: Any) -> Any:
    return client.post(URL, fields, content_type=JSON)


def patch(client: Client, pk: int, **fields: Any) -> Any:
    return client.patch(f"{URL}{pk}/", fields, content_type=JSON)


def names(client: Client) -> list[str]:
    return [view["name"] for view in client.get(URL).json()["data"]]


def test_life_of_a_view(client: Client) -> None:
    assert client.get(URL).json() == {"count": 0, "data": []}
    created = post(client, name="  My   team ", query="?owner=Shop&priority=critical")
    assert created.status_code == 201
    view = created.json()
    assert {**view, "id": 0, "created_at": ""} == {
        "id": 0,
        "name": "My team",
        "query": "priority=critical&owner=shop",
        "created_by": "",
        "created_at": "",
    }
    assert client.get(URL).json() == {"count": 1, "data": [view]}
    assert client.get(f"{URL}{view['id']}/").json() == view
    changed = patch(client, view["id"], name="Shop")
    assert (changed.status_code, changed.json()) == (200, view | {"name": "Shop"})
    changed = patch(client, view["id"], query="")
    assert (changed.status_code, changed.json()) == (200, view | {"name": "Shop", "query": ""})
    assert client.delete(f"{URL}{view['id']}/").status_code == 204
    assert client.get(URL).json() == {"count": 0, "data": []}
    assert [client.get(f"{URL}{view['id']}/").status_code, client.delete(f"{URL}{view['id']}/").status_code] == [
        404
    ] * 2
    assert patch(client, view["id"], name="x").status_code == 404


def test_by_name_and_without_the_slash(client: Client) -> None:
    for name in ("web", "Zoo", "Änderung", "App"):
        assert client.post("/api/views", {"name": name, "query": ""}, content_type=JSON).status_code == 201
    assert names(client) == ["App", "web", "Zoo", "Änderung"]


@pytest.mark.parametrize(
    ("query", "stored"),
    [
        ("", ""),
        ("?", ""),
        ("priority=HIGH,critical&priority=low", "priority=critical%2Chigh%2Clow"),
        ("tag=Web&tag=shop&tag=web", "tag=shop&tag=web"),
        ("owner=Team%20Web&q=%20Django+3%20", "q=django+3&owner=team+web"),
        ("ordering=-name&include=all", "include=all&ordering=-name"),
        ("ordering=priority&include=tracked&q=", ""),
        ("cursor=nonsense&page_size=5&owner=web", "owner=web"),
        ("utm_source=mail&view=wall&priority=low", "priority=low"),
        ("by=Owner&page=3&priority=low", "priority=low&by=owner"),
    ],
)
def test_queries_are_stored_in_canonical_form(client: Client, query: str, stored: str) -> None:
    view = post(client, name="x", query=query).json()
    assert view["query"] == stored
    assert client.get(f"/api/techs/?{stored}").status_code == 200
    assert patch(client, view["id"], query=stored).json()["query"] == stored


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "", "query": ""}, {"name": ["Enter a name, such as My team."]}),
        ({"name": "—", "query": ""}, {"name": ["Enter a name, such as My team."]}),
        ({"name": 5, "query": ""}, {"name": ["Must be a string."]}),
        ({"name": None, "query": ""}, {"name": ["This field may not be null."]}),
        ({"name": "x" * 61, "query": ""}, {"name": ["Use at most 60 characters (this has 61)."]}),
        ({"query": ""}, {"name": ["This field is required."]}),
        ({"name": "x"}, {"query": ["This field is required."]}),
        ({"name": "x", "query": ["owner=x"]}, {"query": ["Must be a string."]}),
        ({"name": "x", "query": "", "owner": "y"}, {"owner": None}),
        ({"name": "x", "query": "priority=urgent"}, {"query": None}),
        ({"name": "x", "query": "by=colour"}, {"query": None}),
        ({"name": "x", "query": "ordering=size"}, {"query": None}),
        ({"name": "x", "query": "q=%00"}, {"query": None}),
        ({"name": "x", "query": "q=\ud800"}, {"query": None}),
        ({"name": "x", "query": "&".join(f"tag=t{n}" for n in range(21))}, {"query": None}),
        ({"name": "x", "query": "&".join(f"owner={n}" + "ü" * 90 for n in range(10, 20))}, {"query": None}),
    ],
)
def test_invalid_views_are_refused(client: Client, fields: dict[str, Any], problem: dict[str, Any]) -> None:
    created = post(client, **fields)
    assert created.status_code == 400
    body = created.json()
    assert body.keys() == problem.keys()
    assert all(isinstance(message, str) and message for messages in body.values() for message in messages)
    assert problem in (body, dict.fromkeys(body))
    assert not SavedView.objects.exists()
    view = post(client, name="Good", query="owner=web").json()
    if "required" not in str(problem):
        assert patch(client, view["id"], **fields).status_code == 400
    assert client.get(URL).json()["data"] == [view]


def test_control_characters_in_names(client: Client) -> None:
    for name in ("a\nb", "a\x00b", "a\u202eb", "\ud800a"):
        assert list(post(client, name=name, query="").json()) == ["name"], repr(name)


def test_names_are_unique_in_any_case(client: Client) -> None:
    first = post(client, name="My team", query="owner=web")
    again = post(client, name="MY  TEAM", query="owner=Web")
    assert (again.status_code, again.json()) == (200, first.json())
    other = post(client, name="my team", query="owner=pay")
    assert (other.status_code, list(other.json())) == (409, ["detail"])
    pay = post(client, name="Pay", query="owner=pay").json()
    assert patch(client, pay["id"], name="MY TEAM").status_code == 409
    assert patch(client, pay["id"], name="PAY").json()["name"] == "PAY"
    assert names(client) == ["My team", "PAY"]


def test_two_at_once_have_one_name() -> None:
    def save(number: int) -> str:
        try:
            return saved_views.create(name="My team", query=f"q={number}")[0].query
        except ViewExists:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(save, range(4)))
    assert sorted(found)[:3] == [""] * 3
    assert SavedView.objects.get().query == sorted(found)[3]


def test_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    assert post(client, name="a", query="").status_code == 201
    refused = post(client, name="b", query="")
    assert (refused.status_code, refused.json()) == (400, {"name": ["There are 1 views already. Remove one first."]})
    assert post(client, name="a", query="").status_code == 200


def test_reads_are_cached(client: Client, django_assert_num_queries: Any) -> None:
    view = post(client, name="a", query="").json()
    etag = client.get(URL)["ETag"]
    with counted_round_trips() as sent, django_assert_num_queries(0):
        assert client.get(URL, headers={"if-none-match": etag}).status_code == 304
    assert len(sent) == 1
    for write in (
        lambda: post(client, name="b", query=""),
        lambda: patch(client, view["id"], name="c"),
        lambda: client.delete(f"{URL}{view['id']}/"),
    ):
        before, state = client.get(URL)["ETag"], cache.read_state().state
        write()
        assert client.get(URL)["ETag"] != before
        assert cache.read_state().state != state, "open pages notice"


def test_a_change_of_nothing_is_none(client: Client) -> None:
    view = post(client, name="a", query="owner=web").json()
    state, actions = cache.read_state().state, Action.objects.count()
    assert patch(client, view["id"], name="a", query="owner=WEB").json() == view
    assert post(client, name="a", query="owner=WEB").json() == view
    assert (cache.read_state().state, Action.objects.count()) == (state, actions)


def test_activity(client: Client) -> None:
    view = post(client, name="My team", query="owner=web").json()
    patch(client, view["id"], query="owner=pay")
    client.delete(f"{URL}{view['id']}/")
    recorded = [
        (change.action.kind, change.object, change.object_id, change.name, change.fields)
        for change in Change.objects.select_related("action").order_by("pk")
    ]
    assert recorded == [
        ("added", "view", view["id"], "My team", {"name": [None, "My team"], "query": [None, "owner=web"]}),
        ("changed", "view", view["id"], "My team", {"query": ["owner=web", "owner=pay"]}),
        ("removed", "view", view["id"], "My team", {"name": ["My team", None], "query": ["owner=pay", None]}),
    ]
    page = client.get("/activity/").content.decode()
    assert "the view" in page
    assert "My team" in page
    assert [entry["changes"][0]["object"] for entry in client.get("/api/activity/").json()["data"]] == ["view"] * 3


def test_without_the_cache(client: Client, redis_cache: Any) -> None:
    """As for the list: reads come from the database, and a write is complete, but not confirmed."""
    post(client, name="a", query="")
    redis_cache.kill()
    cache.breaker.close()
    assert names(client) == ["a"]
    assert post(client, name="b", query="").status_code == 503
    assert post(client, name="b", query="").status_code == 200
    assert outbox._queue_length() == 0
