"""POST /actions/{id}/undo/ reverts an edit."""

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.inventory import editing, undo
from techs.models import UNDO_FOR, Action, Change, Tech, TechTag
from techs.rules.attributes import EDITABLE
from techs.tasks import clean_up
from tests.support.factories import add
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

SAID: dict[str, Any] = {
    "impact": "critical",
    "extended_support": True,
    "unversioned": True,
    "level_override": "low",
    "override_review_on": date(2999, 1, 1),
    "note": "it is being\nreplaced",
    "owner": "Shop",
    "tags": ["data", "team-web"],
}


def button(page: str) -> str | None:
    """Return the address of the page's undo button."""
    found = re.search(r'action="(/actions/[^"]+)"', page)
    return found and found[1]


def page_of(client: Client, tech: Tech) -> str:
    return client.get(f"/techs/{tech.pk}/").content.decode()


def press(client: Client, page: str) -> str:
    """Press the button, and return the page that it leads to."""
    url = button(page)
    assert url, "there is nothing to undo"
    response = client.post(url)
    if response.status_code == 409:
        return html.unescape(response.content.decode())
    assert response.status_code == 303
    return client.get(response["Location"]).content.decode()


def words_of(tech: Tech) -> dict[str, Any]:
    ours = ["id", "name", "name_key", *EDITABLE, "level", "score", "reasons", "last_submission"]
    return {field: getattr(tech, field) for field in ours}


def test_the_table_of_samples_has_every_field() -> None:
    assert SAID.keys() == set(EDITABLE)


@pytest.mark.parametrize("field", EDITABLE)
def test_each_field_comes_back(client: Client, field: str) -> None:
    tech = add("Django 3.2")
    before = words_of(Tech.objects.get())
    # A level override is one change in two fields.
    changes = {field: SAID[field]} | ({name: SAID[name] for name in SAID if "hand" in name} if "hand" in field else {})
    editing.edit(tech, **changes)
    assert words_of(Tech.objects.get()) != before
    press(client, page_of(client, tech))
    assert words_of(Tech.objects.get()) == before


def test_all_of_it_comes_back_and_goes_once_more(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), **SAID)
    said = words_of(Tech.objects.get())
    editing.edit(tech, impact="normal", level_override="", override_review_on=None, note="", owner="", tags=[])
    page = press(client, page_of(client, tech))
    assert "“Django 3.2” is back to Accepted, review later." in page
    assert words_of(Tech.objects.get()) == said
    assert list(TechTag.objects.values_list("tag", flat=True)) == ["data", "team-web"]
    # The edit before that one can be undone now.
    press(client, page)
    assert Tech.objects.get().editable_values["level_override"] == ""


def test_it_says_what_was_changed(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), note="Old.", level_override="low", override_review_on=date(2999, 1, 1))
    assert "UTC</time>: note, level override." in page_of(client, tech)


def test_nothing_changed_is_nothing_to_undo(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="normal", note="")
    assert button(page_of(client, tech)) is None
    assert not Action.objects.filter(kind="changed").exists()


def test_the_cached_list_follows(client: Client) -> None:
    tech = editing.edit(add("Django 5.2"), impact="critical")
    client.get("/api/techs/")
    token = cache._token()
    press(client, page_of(client, tech))
    assert cache._token() != token
    assert client.get("/api/techs/").json()["data"][0]["impact"] == "normal"


def test_the_change_of_level_is_history(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), level_override="low", override_review_on=date(2999, 1, 1), note="Soon gone.")
    press(client, page_of(client, tech))
    moves = tech.level_changes.values_list("from_level", "to_level")
    assert list(moves) == [("low", "critical"), ("critical", "low")]


def test_what_others_say_meanwhile_stays(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="high")
    page = page_of(client, tech)
    editing.edit(tech, owner="Shop")
    press(client, page)
    assert (Tech.objects.get().impact, Tech.objects.get().owner) == ("normal", "Shop")


def test_the_same_changed_again_meanwhile(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="high")
    page = page_of(client, tech)
    editing.edit(tech, impact="low")
    assert "Nothing was undone. Somebody has changed the same field of “Django 3.2” since." in press(client, page)
    assert Tech.objects.get().impact == "low"


def test_a_later_submission_counts_too(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="high")
    page = page_of(client, tech)
    add("Django 3.2", impact="critical")
    assert button(page_of(client, tech)) is None
    assert "Nothing was undone" in press(client, page)
    assert Tech.objects.get().impact == "critical"


def test_twice_is_once(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="high")
    page = page_of(client, tech)
    press(client, page)
    assert "This can no longer be undone" in press(client, page)


def test_after_a_day_it_is_gone(client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), impact="high")
    page = page_of(client, tech)
    Action.objects.update(at=timezone.now() - UNDO_FOR)
    assert button(page_of(client, tech)) is None
    assert "This can no longer be undone" in press(client, page)
    clean_up()
    assert set(Change.objects.values_list("undo", flat=True)) == {None}, "the action stays, without the values of undo"


def test_what_can_be_undone_is_kept() -> None:
    editing.edit(add("React"), impact="high")
    Action.objects.update(at=timezone.now() - UNDO_FOR + timedelta(minutes=1))
    clean_up()
    assert undo.last_edit(Tech.objects.get())


def test_it_goes_with_its_technology(client: Client) -> None:
    tech = editing.edit(add("React"), impact="high")
    page = page_of(client, tech)
    editing.remove(tech)
    assert "This can no longer be undone" in press(client, page)


def test_a_corrected_text_comes_back(client: Client) -> None:
    tech = add("djano 3.2")
    client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 3.2", "stay": "1"})
    assert Tech.objects.get().name == "Django 3.2"
    press(client, page_of(client, tech))
    assert (Tech.objects.get().name, Tech.objects.get().level) == ("djano 3.2", "unknown")
    assert add("djano  3.2") == tech


def test_a_corrected_text_that_was_added_again(client: Client) -> None:
    tech = editing.edit(add("djano 3.2"), text="Django 3.2")
    page = page_of(client, tech)
    add("Djano 3.2")
    assert "Nothing was undone. “djano 3.2” has been added again." in press(client, page)
    assert Tech.objects.filter(name_key="django 3.2").exists()


def test_a_row_that_gave_way_comes_back(client: Client) -> None:
    twin, tech = add("Django 3.2"), add("djano 3.2", owner="Shop")
    response = client.post(f"/techs/{tech.pk}/rename/", {"text": "django 3.2", "stay": "1"})
    page = client.get(response["Location"]).content.decode()
    assert "“Django 3.2” was already on the list, so “djano 3.2” was removed." in page
    press(client, page)
    assert set(Tech.objects.values_list("pk", "owner")) == {(twin.pk, ""), (tech.pk, "Shop")}
    assert Action.objects.filter(undone_at=None).exclude(kind="undone").count() == 2, "the additions"


@pytest.mark.parametrize("listed", [[], ["Django 3.2"]], ids=["new text", "text that is listed"])
def test_a_suggestion_accepted_in_the_list(client: Client, listed: list[str]) -> None:
    tech = add("djano 3.2")
    for text in listed:
        add(text)
    headers = {"HX-Request": "true", "HX-Target": "just-added"}
    entry = client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 3.2"}, headers=headers).content.decode()
    press(client, entry)
    assert Tech.objects.filter(pk=tech.pk, name="djano 3.2").exists()


def test_a_form_of_another_site_is_refused() -> None:
    editing.edit(add("React"), impact="high")
    response = Client(enforce_csrf_checks=True).post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert response.status_code == 403
    assert Tech.objects.get().impact == "high"


def test_a_link_undoes_nothing(client: Client) -> None:
    editing.edit(add("React"), impact="high")
    response = client.get(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert Tech.objects.get().impact == "high"


def test_without_the_cache_nothing_is_undone(client: Client, redis_cache: Valkey) -> None:
    editing.edit(add("React"), impact="high")
    redis_cache.kill()
    response = client.post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert Tech.objects.get().impact == "high"
