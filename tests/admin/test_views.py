"""Saved views in the admin, which follow the rules of the API."""

from typing import Any

import pytest
from django.test import Client

from techs import cache
from techs.inventory import saved_views
from techs.models import Action, SavedView
from tests.support.pages import text_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/admin/techs/savedview/"


def test_add_change_and_delete(admin_client: Client) -> None:
    state = cache.read_state().state
    admin_client.post(f"{URL}add/", {"name": " My team", "query": "?owner=Web"})
    view = SavedView.objects.get()
    assert (view.name, view.name_key, view.query, view.created_by) == ("My team", "my team", "owner=web", "admin")
    assert cache.read_state().state != state
    admin_client.post(f"{URL}{view.pk}/change/", {"name": "MY TEAM", "query": "priority=low"})
    view.refresh_from_db()
    assert (view.name, view.name_key, view.query) == ("MY TEAM", "my team", "priority=low")
    assert "priority=low" in text_of(visit(admin_client, f"{URL}?q=team"), "#result_list")
    admin_client.post(f"{URL}{view.pk}/delete/", {"post": "yes"})
    assert not SavedView.objects.exists()
    kinds = Action.objects.order_by("pk").values_list("kind", "actor", "count")
    assert list(kinds) == [("added", "admin", 1), ("changed", "admin", 1), ("removed", "admin", 1)]


def test_delete_several(admin_client: Client) -> None:
    views = [saved_views.create(name=name, query="")[0] for name in "ab"]
    chosen = {"action": "delete_selected", "_selected_action": [view.pk for view in views], "post": "yes"}
    admin_client.post(URL, chosen)
    assert not SavedView.objects.exists()
    assert Action.objects.latest("pk").count == 2


def test_too_many(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    view, _ = saved_views.create(name="My team", query="")
    response = admin_client.post(f"{URL}add/", {"name": "another", "query": ""})
    assert (response.status_code, "Remove one first." in response.content.decode()) == (200, True)
    admin_client.post(f"{URL}{view.pk}/change/", {"name": "renamed", "query": ""})
    assert SavedView.objects.get().name == "renamed"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "my TEAM", "query": ""}, "There is another view with this name."),
        ({"name": "—", "query": ""}, "Enter a name, such as My team."),
        ({"name": "x", "query": "priority=urgent"}, "priority: Choose from"),
    ],
)
def test_refused(admin_client: Client, fields: dict[str, Any], problem: str) -> None:
    saved_views.create(name="My team", query="owner=web")
    response = admin_client.post(f"{URL}add/", fields)
    assert (response.status_code, problem in response.content.decode()) == (200, True)
    assert SavedView.objects.count() == 1
