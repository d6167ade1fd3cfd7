"""GET /api/activity/: who changed what and when."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.activity import recording
from techs.activity.actors import Actor
from techs.exports import activity_csv
from techs.inventory import activity_reads
from techs.models import Action, ActionKind, ActorKind, Change, ObjectKind, Service
from tests.support import uploads
from tests.support.actions import NOON, act, ids, tech, user
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/activity/"
CSV = "/api/activity/export.csv"
WORKER, COMMAND = Actor(kind=ActorKind.WORKER), Actor(kind=ActorKind.COMMAND, via="sync_lifecycles")
ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
CI = Actor(kind=ActorKind.TOKEN, name="alice", via="CI", request_id="r-1")


def forget() -> None:
    """Delete the actions that creating rows has left."""
    Action.objects.all().delete()


def read(client: Client, **params: Any) -> Any:
    response = client.get(URL, params)
    assert response.status_code == 200, response.content
    return response.json()


def found(client: Client, **params: Any) -> list[int]:
    return ids(read(client, **params)["data"])


def of_service(service: Service, *changes: Change) -> list[Change]:
    for change in changes:
        change.service_id = service.pk
    return list(changes)


def test_an_action(client: Client) -> None:
    row, shop = add("Django 3.2"), uploads.service("Shop")
    forget()
    [change] = of_service(shop, tech(row.pk, row.name, owner=["Shop", "Payments"]))
    action = act(change, actor=CI, at=NOON)
    assert read(client) == {
        "next": None,
        "data": [
            {
                "id": action.pk,
                "url": f"http://testserver/api/activity/{action.pk}/",
                "at": "2026-11-20T12:00:00Z",
                "actor": "alice",
                "actor_kind": "token",
                "via": "CI",
                "request_id": "r-1",
                "kind": "changed",
                "count": 1,
                "undone_at": None,
                "changes": [
                    {
                        "object": "technology",
                        "id": row.pk,
                        "name": "Django 3.2",
                        "url": f"http://testserver/api/techs/{row.pk}/",
                        "service": "shop",
                        "fields": {"owner": ["Shop", "Payments"]},
                    }
                ],
            }
        ],
    }


def test_removed_objects_have_no_address(client: Client) -> None:
    shop = uploads.service("Shop")
    forget()
    act(tech(7), recording.of_service(shop, {"owner": ["", "Web"]}), recording.of(ObjectKind.WEBHOOK, 1, "chat", {}))
    assert [each["url"] for each in read(client)["data"][0]["changes"]] == [
        None,
        "http://testserver/api/services/shop/",
        None,
    ]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["old", "command", "worker", "anonymous", "bob", "token", "alice"]),
        ({"actor": "alice"}, ["token", "alice"]),
        ({"actor": "bob"}, ["bob"]),
        ({"actor": "nobody"}, []),
        ({"actor": "worker"}, ["worker"]),
        ({"actor": "command"}, ["old", "command"]),
        ({"actor": "anonymous"}, ["anonymous"]),
        ({"tech": 2}, ["bob", "token"]),
        ({"tech": 99}, []),
        ({"tech": [2, 99, 3, ""]}, ["worker", "bob", "token"]),
        ({"service": "shop"}, ["worker", "bob"]),
        ({"service": "SHOP"}, ["worker", "bob"]),
        ({"service": "nothing"}, []),
        ({"tech": 2, "service": "shop"}, ["bob"]),
        ({"actor": "alice", "tech": 2}, ["token"]),
        ({"actor": "bob", "service": "shop"}, ["bob"]),
        ({"kind": "removed"}, ["bob", "alice"]),
        ({"kind": "removed", "actor": "alice", "tech": 1}, ["alice"]),
        ({"since": "2026-11-20T12:00:04Z"}, ["command", "worker"]),
        ({"since": "2026-11-20T13:00:04+01:00", "until": "2026-11-20T12:00:04"}, ["worker"]),
        ({"until": "2026-11-20T12:00:00Z"}, ["old", "alice"]),
        ({"until": "2026-10-31"}, ["old"]),
        ({"since": "2026-10-31", "until": "2026-10-31"}, ["old"]),
        ({"since": "2026-11-21"}, []),
        ({"since": "2026-11-21", "until": "2026-11-01"}, []),
        ({"actor": "", "tech": "", "service": " ", "kind": "", "since": "", "until": "", "cursor": ""}, 7),
        ({"tech": 2, "since": "2026-11-20T12:00:02Z"}, ["bob"]),
        ({"actor": "command", "until": "2026-10-31T23:00:00Z"}, []),
    ],
)
def test_filters(client: Client, filters: dict[str, Any], names: Any) -> None:
    shop = uploads.service("Shop")
    forget()
    done = {
        "alice": act(kind=ActionKind.REMOVED, at=NOON),
        "token": act(tech(2), actor=CI, at=NOON + timedelta(seconds=1)),
        "bob": act(
            *of_service(shop, tech(2)),
            tech(3),
            kind=ActionKind.REMOVED,
            actor=user("bob"),
            at=NOON + timedelta(seconds=2),
        ),
        "anonymous": act(actor=ANONYMOUS, at=NOON + timedelta(seconds=3)),
        "worker": act(*of_service(shop, tech(3)), actor=WORKER, at=NOON + timedelta(seconds=4)),
        "command": act(actor=COMMAND, at=NOON + timedelta(seconds=5)),
        "old": act(actor=COMMAND, at=datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    }
    if names == 7:
        assert len(found(client, **filters)) == names
        return
    expected = sorted((done[name] for name in names), key=lambda action: action.at, reverse=True)
    assert found(client, **filters) == [action.pk for action in expected]


def test_only_the_changes_that_match(client: Client) -> None:
    shop = uploads.service("Shop")
    forget()
    act(tech(1), *of_service(shop, tech(2, "Python 3.9")), tech(3))
    for filters in ({"tech": 2}, {"service": "shop"}):
        [row] = read(client, **filters)["data"]
        assert (row["count"], [change["name"] for change in row["changes"]]) == (3, ["Python 3.9"])


@pytest.mark.parametrize(
    ("filters", "problem"),
    [
        ({"tech": "x"}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": 0}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": -1}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": 2**63}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": "9" * 5000}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": "٣"}, {"tech": ["Enter the id of a technology, such as 12."]}),
        ({"tech": list(range(1, 22))}, {"tech": ["Choose at most 20, not 21."]}),
        ({"service": "a b"}, {"service": ["Enter the slug of a service, such as shop."]}),
        ({"page_size": "many"}, {"page_size": ["Enter a whole number from 1 to 500."]}),
        ({"cursor": "x"}, {"cursor": ["Invalid cursor. Start again without it."]}),
    ],
)
def test_refused(client: Client, filters: dict[str, Any], problem: dict[str, list[str]]) -> None:
    for url in (URL, CSV):
        response = client.get(url, filters)
        assert (response.status_code, response.json()) == (400, problem)


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "text", ["yesterday", "2026", "2026-13-01", "2026-02-30", "2026-11-01T25:00", "2026-11-01T00:00:00 01:00", "1", "٢"]
)
def test_no_time(client: Client, name: str, text: str) -> None:
    response = client.get(URL, {name: text})
    message = "Enter a date such as 2026-11-01, or a time such as 2026-11-01T08:00:00Z."
    assert (response.status_code, response.json()) == (400, {name: [message]})


@pytest.mark.parametrize(
    "text",
    [
        *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
        *("0001-01-01T00:01:00+01:00", "9999-12-31T23:59:00-01:00"),
    ],
)
def test_the_first_and_last_times(client: Client, text: str) -> None:
    action = act()
    assert found(client, since=text, until="9999-12-31") == ([action.pk] if text < "1" else [])
    assert found(client, until=text) == ([] if text < "1" else [action.pk])


def test_several_problems_at_once(client: Client) -> None:
    response = client.get(URL, {"tech": "x", "kind": "eaten", "actor": "x" * 151, "since": "now"})
    assert (response.status_code, sorted(response.json())) == (400, ["actor", "kind", "since", "tech"])


def test_pages_stay_while_actions_arrive(client: Client) -> None:
    """Actions of the same moment, and some whose ids are not in the order of their times."""
    shop = uploads.service("Shop")
    forget()
    times = [NOON, NOON, NOON, NOON - timedelta(hours=1), NOON + timedelta(hours=1), NOON - timedelta(hours=2), NOON]
    done = [act(*of_service(shop, tech(5), tech(6)), at=at) for at in times]
    expected = [action.pk for action in sorted(done, key=lambda action: (action.at, action.pk), reverse=True)]
    for filters in ({}, {"tech": 5}, {"service": "shop"}, {"actor": "alice"}, {"since": "2026-11-20"}):
        page, seen = read(client, page_size=2, **filters), []
        while True:
            act(*of_service(shop, tech(5)))
            seen += ids(page["data"])
            if page["next"] is None:
                break
            page = client.get(page["next"]).json()
        assert [pk for pk in seen if pk in expected] == expected, filters
        assert len(seen) == len(set(seen))
        Action.objects.exclude(pk__in=expected).delete()


def test_sizes_of_pages(client: Client) -> None:
    for _ in range(3):
        act()
    assert [len(found(client, page_size=size)) for size in (0, 1, 2, 3, 501)] == [1, 1, 2, 3, 3]


def test_a_large_action(client: Client) -> None:
    action = act(*(tech(number, f"Tool {number}") for number in range(1, 131)), kind=ActionKind.IMPORTED)
    act()
    large = read(client)["data"][1]
    assert (large["count"], len(large["changes"])) == (130, activity_reads.CHANGES_SHOWN)
    names, url = [], f"{large['url']}?page_size=60"
    while url:
        page = client.get(url).json()
        assert (page["id"], page["kind"]) == (action.pk, "imported")
        names += [change["name"] for change in page["changes"]]
        url = page["next"]
    assert names == [f"Tool {number}" for number in range(1, 131)]


def test_cursors_of_the_wrong_address(client: Client) -> None:
    action = act(tech(1), tech(2))
    act()
    of_actions = read(client, page_size=1)["next"].split("?")[1]
    of_changes = client.get(f"{URL}{action.pk}/?page_size=1").json()["next"].split("?")[1]
    problem = {"cursor": ["This cursor belongs to another address. Start again without it."]}
    for url in (f"{URL}?{of_changes}", f"{URL}{action.pk}/?{of_actions}"):
        response = client.get(url)
        assert (response.status_code, response.json()) == (400, problem)


def test_no_such_action(client: Client) -> None:
    for pk in (1, 2**70):
        assert client.get(f"{URL}{pk}/").status_code == 404


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("query", ["", "?actor=alice", "?tech=1", "?service=shop", "?since=2026-11-01"])
def test_the_number_of_queries_is_constant(client: Client, query: str) -> None:
    shop = uploads.service("Shop")
    forget()

    def some(count: int) -> None:
        for _ in range(count):
            act(*of_service(shop, *(tech(number) for number in range(1, 61)), recording.of_service(shop, {})))

    some(1)
    few = queries_of(client, URL + query)
    some(9)
    assert queries_of(client, URL + query) == few <= 7


def lines(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(CSV + query)
    assert response.status_code == 200
    content = response.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def test_csv(client: Client) -> None:
    first = act(
        tech(1, "=1+1", owner=["", "@evil"], tags=[[], ["a", "b"]], extended_support=[False, True], score=[1, -2]),
        actor=CI,
        at=NOON,
    )
    second = act(tech(2, "Python"), kind=ActionKind.REMOVED, actor=WORKER, at=NOON + timedelta(seconds=1))
    head, *rows = lines(client)
    assert head == list(activity_csv.COLUMNS)
    common = ["2026-11-20T12:00:00+00:00", str(first.pk), "alice", "token", "CI", "changed", "technology", "1", "'=1+1"]
    assert rows == [
        [
            "2026-11-20T12:00:01+00:00",
            str(second.pk),
            "worker",
            "worker",
            "",
            "removed",
            "technology",
            "2",
            "Python",
            "",
            "",
            "",
            "",
        ],
        [*common, "extended_support", "no", "yes", "r-1"],
        [*common, "owner", "", "'@evil", "r-1"],
        [*common, "tags", "", "a, b", "r-1"],
        [*common, "score", "1", "-2", "r-1"],
    ]
    assert len(lines(client, "?actor=worker")) == 2
    assert client.get(CSV).headers["Content-Disposition"] == 'attachment; filename="activity.csv"'


def test_csv_of_large_actions(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    act(*(tech(number) for number in range(1, 1201)))
    act(*(tech(number, owner=["", "Web"]) for number in range(1, 51)))
    assert len(lines(client)) == 1251
    assert len(lines(client, "?tech=7")) == 3
    monkeypatch.setattr(activity_csv, "LINES_AT_MOST", 1100)
    assert len(lines(client)) == 1101


def test_csv_of_nothing(client: Client) -> None:
    assert lines(client) == [list(activity_csv.COLUMNS)]


def test_what_undo_needs_is_not_shown(client: Client) -> None:
    change = tech(1)
    change.undo = {"secret": "hidden value"}
    action = act(change)
    for url in (URL, f"{URL}{action.pk}/"):
        assert "hidden value" not in client.get(url).content.decode()
    assert "hidden value" not in str(lines(client))


def test_undone_actions(client: Client) -> None:
    action = act()
    Action.objects.filter(pk=action.pk).update(undone_at=NOON)
    assert read(client)["data"][0]["undone_at"] == "2026-11-20T12:00:00Z"


def test_users_named_like_programs(client: Client) -> None:
    """Their names are taken by the programs."""
    User.objects.create_user("worker")
    forget()
    act(actor=user("worker"))
    program = act(actor=WORKER)
    assert found(client, actor="worker") == [program.pk]
