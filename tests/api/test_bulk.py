"""POST /api/techs/bulk/ changes many technologies as one action, and POST /api/activity/{id}/undo/ undoes it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs.inventory import bulk_changes, editing
from techs.models import Action, Tech
from tests.support import uploads
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, body: Any, *, url: str = "/api/techs/bulk/", status: int = 200) -> dict[str, Any]:
    response = client.post(url, body, content_type="application/json")
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()
    return found


def some() -> list[Tech]:
    return [add("Django 3.2", owner="Shop", tags=["web"]), add("React 18")]


def test_a_change_and_its_undo(client: Client) -> None:
    techs = some()
    change = {"set": {"owner": "Team Web", "impact": "high"}, "add_tags": ["eol"], "remove_tags": ["web"]}
    result = post(client, {"ids": [tech.pk for tech in techs], **change})
    action = Action.objects.latest("pk")
    undo_url = f"http://testserver/api/activity/{action.pk}/undo/"
    assert result == {
        "changed": 2,
        "unchanged": 0,
        "removed": 0,
        "skipped": 0,
        "skipped_techs": [],
        "action": action.pk,
        "undo_url": undo_url,
    }
    listed = client.get("/api/techs/").json()["data"]
    assert [(row["owner"], row["impact"], row["tags"]) for row in listed] == [("Team Web", "high", ["eol"])] * 2
    assert post(client, {}, url=undo_url) == {"undone": 2, "kept": 0, "kept_techs": []}
    assert [*Tech.objects.order_by("pk").values_list("owner", "tags")] == [("Shop", ["web"]), ("", [])]
    assert "detail" in post(client, {}, url=undo_url, status=404)


def test_a_query(client: Client) -> None:
    some()
    query = {"owner": ["shop", "search"], "priority": "critical", "include": "all"}
    assert post(client, {"query": query, "set": {"note": "Old."}})["changed"] == 1
    assert post(client, {"query": {}, "remove": True})["removed"] == 2
    assert not Tech.objects.exists()


def test_what_was_skipped(client: Client) -> None:
    uploads.push(uploads.service(), "django==3.2.25\n")
    used, theirs, gone = Tech.objects.get(), add("Vue 3"), add("React 18")
    seen = timezone.now()
    editing.edit(theirs, note="Ours.")
    editing.remove(gone)
    body = {"ids": [used.pk, theirs.pk, gone.pk], "remove": True, "unchanged_since": seen.isoformat()}
    result = post(client, body)
    assert (result["removed"], result["skipped"], result["action"], result["undo_url"]) == (0, 3, None, None)
    assert [(each["id"], each["name"], each["reason"]) for each in result["skipped_techs"]] == [
        (gone.pk, "", "gone"),
        (theirs.pk, "Vue 3", "changed"),
        (used.pk, used.name, "in_use"),
    ]
    assert all(each["detail"] for each in result["skipped_techs"])


def test_unchanged_since_the_first_year(client: Client) -> None:
    body = {"ids": [add("Django 3.2").pk], "set": {"impact": "high"}, "unchanged_since": "0001-01-01T00:00:00Z"}
    assert post(client, body)["skipped_techs"][0]["reason"] == "changed"


def test_undo_of_a_part(client: Client) -> None:
    techs = some()
    url = post(client, {"ids": [tech.pk for tech in techs], "set": {"owner": "Payments"}})["undo_url"]
    editing.edit(techs[0], owner="Search")
    assert "Django 3.2" in post(client, {}, url=url, status=409)["detail"]
    detail = "Somebody has changed the same field of “Django 3.2” since."
    assert post(client, {"partly": True}, url=url) == {
        "undone": 1,
        "kept": 1,
        "kept_techs": [{"id": techs[0].pk, "name": "Django 3.2", "detail": detail}],
    }


def test_a_part_of_nothing(client: Client) -> None:
    [tech, *_] = some()
    url = post(client, {"ids": [tech.pk], "set": {"owner": "Payments"}})["undo_url"]
    editing.edit(tech, owner="Search")
    assert "Django 3.2" in post(client, {"partly": True}, url=url, status=409)["detail"]
    assert Action.objects.latest("pk").kind == "changed"


PROBLEMS = [
    ({}, "ids"),
    ({"ids": [1], "query": {}, "remove": True}, "ids"),
    ({"ids": [], "remove": True}, "ids"),
    ({"ids": ["x"], "remove": True}, "ids"),
    ({"ids": [1]}, "set"),
    ({"ids": [1], "set": {}}, "set"),
    ({"ids": [1], "remove": False}, "set"),
    ({"ids": [1], "set": {"owner": "a"}, "remove": True}, "remove"),
    ({"ids": [1], "set": {"level": "low"}}, "set"),
    ({"ids": [1], "set": {"impact": "huge"}}, "set"),
    ({"ids": [1], "add_tags": ["ä"]}, "add_tags"),
    ({"query": {"onwer": "shop"}, "remove": True}, "query"),
    ({"query": {"priority": "worst"}, "remove": True}, "query"),
    ({"query": {"owner": 3}, "remove": True}, "query"),
    ({"query": "owner=shop", "remove": True}, "query"),
    ({"ids": [1], "remove": True, "unchanged_since": "yesterday"}, "unchanged_since"),
    ({"ids": [1], "remove": True, "force": True}, "force"),
]


@pytest.mark.parametrize(
    ("body", "start"),
    [
        ({"ids": [1, "x"], "remove": True}, "1: "),
        ({"ids": [1], "set": {"impact": "huge"}}, "impact: "),
        ({"query": {"onwer": "shop"}, "remove": True}, "onwer: "),
        ({"query": {"priority": "worst"}, "remove": True}, "priority: "),
    ],
)
def test_errors_name_the_value(client: Client, body: dict[str, Any], start: str) -> None:
    [[problem]] = post(client, body, status=400).values()
    assert problem.startswith(start)


@pytest.mark.parametrize(("body", "field"), PROBLEMS)
def test_invalid_bodies_change_nothing(client: Client, body: dict[str, Any], field: str) -> None:
    add("Django 3.2")
    problems = post(client, body, status=400)
    assert [*problems] == [field]
    assert all(isinstance(text, str) for text in problems[field]), "errors have one shape"
    assert Tech.objects.count() == 1


def test_too_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    some()
    monkeypatch.setattr(bulk_changes, "MOST_AT_ONCE", 1)
    problem = post(client, {"query": {}, "remove": True}, status=409)
    assert problem == {"detail": "At most 1 technologies can be changed at once. Nothing was changed. Filter the list."}


def test_ten_thousand_ids_fit(client: Client) -> None:
    [tech, *_] = some()
    ids = [tech.pk, *range(10**9, 10**9 + 9_999)]
    result = post(client, {"ids": ids, "set": {"owner": "Web"}})
    assert (result["changed"], result["skipped"], len(result["skipped_techs"])) == (1, 9_999, 100)
    assert [*post(client, {"ids": [*ids, 1], "remove": True}, status=400)] == ["ids"]


@pytest.mark.parametrize("path", ["/api/techs/bulk", "/api/activity/1/undo"])
def test_a_missing_slash_does_no_harm(client: Client, path: str) -> None:
    assert client.post(path, {}, content_type="application/json").status_code in {400, 404}
