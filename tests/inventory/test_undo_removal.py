"""POST /removals/{uuid}/restore/ restores a removed technology unchanged."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.inventory import editing
from techs.models import LevelChange, Removal, Tech
from techs.rules.attributes import EDITABLE
from techs.tasks import clean_up
from tests.support.factories import add, submit
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

HAND: dict[str, Any] = {
    "level_override": "low",
    "override_review_on": date(2999, 1, 1),
    "note": "it is being\nreplaced",
    "impact": "high",
}


def remove(client: Client, tech: Tech) -> str:
    """Take it off; returns the address to which that leads."""
    return str(client.post(f"/techs/{tech.pk}/remove/")["Location"])


def undo(client: Client, page: str) -> str:
    """Press the page's button; returns the page to which that leads."""
    button = re.search(r'action="(/removals/[^"]+)"', client.get(page).content.decode())
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
    """A row comes back as of today, not with the level of another day or other facts."""
    tech = add("Django 3.2")
    Tech.objects.filter(pk=tech.pk).update(level="low", computed_level="low", score=3, basis="another day")
    undo(client, remove(client, tech))
    after = Tech.objects.get()
    assert after.level == "critical"
    assert after.level_changes.get().to_level == "critical"


def test_twice_is_once(client: Client) -> None:
    page = remove(client, add("React"))
    removal = Removal.objects.get()
    undo(client, page)
    assert "This can no longer be undone" in post(client, f"/removals/{removal.uuid}/restore/")
    assert Tech.objects.count() == 1
    assert "/removals/" not in client.get(page).content.decode()


def test_added_again_meanwhile(client: Client) -> None:
    page = remove(client, add("Django 3.2"))
    newer = add("django  3.2", impact="low")
    assert "Nothing was undone, because the technology has been added again." in undo(client, page)
    assert Tech.objects.get() == newer


def test_after_ten_minutes_it_is_gone(client: Client) -> None:
    page = remove(client, add("React"))
    removal = Removal.objects.get()
    Removal.objects.update(removed_at=timezone.now() - timedelta(minutes=10))
    assert "/removals/" not in client.get(page).content.decode()
    assert "This can no longer be undone" in post(client, f"/removals/{removal.uuid}/restore/")
    assert not Tech.objects.exists()
    clean_up()
    assert not Removal.objects.exists()


def test_what_can_be_undone_is_kept() -> None:
    editing.remove(add("React"))
    clean_up()
    assert Removal.objects.exists()


def test_a_form_of_another_site_is_refused() -> None:
    editing.remove(add("React"))
    response = Client(enforce_csrf_checks=True).post(f"/removals/{Removal.objects.get().uuid}/restore/")
    assert response.status_code == 403
    assert not Tech.objects.exists()


def test_a_link_undoes_nothing(client: Client) -> None:
    editing.remove(add("React"))
    response = client.get(f"/removals/{Removal.objects.get().uuid}/restore/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not Tech.objects.exists()


def test_whoever_comes_can_undo_it_and_from_any_list(client: Client) -> None:
    editing.remove(add("React"))
    undo(Client(), "/?q=django&ordering=name")
    assert Tech.objects.get().name == "React"


def test_the_last_three_are_offered(client: Client) -> None:
    for name in ("one", "two", "three", "four"):
        editing.remove(add(name))
    page = client.get("/").content.decode()
    assert re.findall("“(.*?)” was removed at", page) == ["four", "three", "two"]


def test_without_the_cache_nothing_is_undone(client: Client, redis_cache: Valkey) -> None:
    editing.remove(add("React"))
    redis_cache.kill()
    response = client.post(f"/removals/{Removal.objects.get().uuid}/restore/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was changed." in response.content.decode()
    assert not Tech.objects.exists()


def test_nothing_of_it_is_in_a_cookie(client: Client) -> None:
    remove(client, add("React"))
    assert {name for name in client.cookies if client.cookies[name].value} <= {"csrftoken"}
