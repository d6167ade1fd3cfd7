"""POST /actions/{id}/undo/ restores a removed technology unchanged."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.inventory import editing
from techs.inventory import undo as undo_of
from techs.models import UNDO_FOR, Action, LevelChange, Tech
from techs.rules.attributes import EDITABLE
from techs.tasks import clean_up
from tests.support.factories import add, submit
from tests.support.pages import visit
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

HAND: dict[str, Any] = {
    "level_override": "low",
    "override_review_on": date(2999, 1, 1),
    "note": "it is being\nreplaced",
    "impact": "high",
}


def remove(client: Client, tech: Tech) -> str:
    """Remove a technology, and return the address of the redirect."""
    return str(client.post(f"/techs/{tech.pk}/remove/")["Location"])


def undo(client: Client, page: str) -> str:
    """Press the undo button, and return the page that it leads to."""
    button = re.search(r'action="(/actions/[^"]+)"', client.get(page).content.decode())
    assert button, "there is nothing to undo"
    return post(client, button[1])


def post(client: Client, url: str) -> str:
    """Post, redirect, get."""
    response = client.post(url)
    assert (response.status_code, response["Location"]) == (303, "/")
    return client.get("/").content.decode()


def words_of(tech: Tech) -> dict[str, Any]:
    ours = ["id", "name", "name_key", *EDITABLE, "level", "score", "reasons", "last_submission"]
    return {field: getattr(tech, field) for field in ours}


def test_it_works(client: Client) -> None:
    submission = submit("Postgres 14")
    assert submission.tech is not None
    before = editing.edit(submission.tech, **HAND)
    page = remove(client, before)
    assert re.search("“Postgres 14” was removed at .* UTC", client.get(page).content.decode())
    assert not Tech.objects.exists()
    assert "“Postgres 14” is on the list again." in undo(client, page)
    after = Tech.objects.get()
    assert words_of(after) == words_of(before)
    submission.refresh_from_db()
    assert submission.tech == after
    assert list(after.level_changes.values_list("from_level", "to_level")) == [("high", "low")]
    assert not LevelChange.objects.filter(tech=None).exists()


def test_the_cached_list_follows(client: Client) -> None:
    page = remove(client, add("React"))
    assert client.get("/get").json()["data"] == []
    token = cache._token()
    undo(client, page)
    assert cache._token() != token
    assert len(client.get("/get").json()["data"]) == 1


def test_what_changed_meanwhile_counts(client: Client) -> None:
    """A restored row is assessed as of today, not with an old date or old data."""
    tech = add("Django 3.2")
    Tech.objects.filter(pk=tech.pk).update(level="low", computed_level="low", score=3, basis="another day")
    undo(client, remove(client, tech))
    after = Tech.objects.get()
    assert after.level == "critical"
    assert after.level_changes.get().to_level == "critical"


def test_twice_is_once(client: Client) -> None:
    page = remove(client, add("React"))
    removal = Action.objects.get(kind="removed")
    undo(client, page)
    assert "This can no longer be undone" in post(client, f"/actions/{removal.pk}/undo/")
    assert Tech.objects.count() == 1
    assert "/actions/" not in client.get(page).content.decode()


def test_added_again_meanwhile(client: Client) -> None:
    remove(client, add("Django 3.2"))
    removal = Action.objects.get(kind="removed")
    newer = add("django  3.2", impact="low")
    response = client.post(f"/actions/{removal.pk}/undo/")
    assert response.status_code == 409
    assert "Nothing was undone. “Django 3.2” has been added again." in response.content.decode()
    assert Tech.objects.get() == newer


def test_after_a_day_it_is_gone(client: Client) -> None:
    page = remove(client, add("React"))
    removal = Action.objects.get(kind="removed")
    Action.objects.update(at=timezone.now() - UNDO_FOR)
    assert "/actions/" not in client.get(page).content.decode()
    assert "This can no longer be undone" in post(client, f"/actions/{removal.pk}/undo/")
    assert not Tech.objects.exists()
    clean_up()
    assert Action.objects.filter(kind="removed", keeps_undo=False).exists()


def test_what_can_be_undone_is_kept() -> None:
    removal = editing.remove(add("React"))
    Action.objects.update(at=timezone.now() - UNDO_FOR + timedelta(minutes=1))
    clean_up()
    assert list(undo_of.undoable().filter(kind="removed")) == [removal]


def test_a_form_of_another_site_is_refused() -> None:
    editing.remove(add("React"))
    response = Client(enforce_csrf_checks=True).post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert response.status_code == 403
    assert not Tech.objects.exists()


def test_a_link_undoes_nothing(client: Client) -> None:
    editing.remove(add("React"))
    response = client.get(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not Tech.objects.exists()


def test_whoever_comes_can_undo_it_and_from_any_list(client: Client) -> None:
    editing.remove(add("React"))
    undo(Client(), "/?q=django&ordering=name")
    assert Tech.objects.get().name == "React"


def test_the_last_is_offered_and_the_activity_has_all(client: Client) -> None:
    for name in ("one", "two", "three", "four"):
        editing.remove(add(name))
    page = client.get("/").content.decode()
    assert re.findall("“(.*?)” was removed at", page) == ["four"]
    assert len(visit(client, "/activity/").select('form[action*="/undo/"]')) >= 4


def test_without_the_cache_nothing_is_undone(client: Client, redis_cache: Valkey) -> None:
    editing.remove(add("React"))
    redis_cache.kill()
    response = client.post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was changed." in response.content.decode()
    assert not Tech.objects.exists()


def test_nothing_of_it_is_in_a_cookie(client: Client) -> None:
    remove(client, add("React"))
    assert {name for name in client.cookies if client.cookies[name].value} <= {"csrftoken"}
