"""The form on the page of a technology, and its removal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from techs import cache
from techs.inventory import editing
from techs.models import Tech
from tests.frontend.tech_page import page, url_of
from tests.support.factories import add
from tests.support.pages import attributes, one, page_of, parse, text_of, values_of
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.now(UTC).date()
TOMORROW = str(TODAY + timedelta(days=1))
AS_IT_IS = {"impact": "normal", "level_override": "", "override_review_on": "", "note": ""}


def hidden(html: str) -> dict[str, str]:
    """Map the form's fields to the values with which the page was shown."""
    return values_of(parse(html), 'input[type="hidden"][name^="initial-"]')


def save(client: Client, tech: Tech, **fields: str) -> Any:
    """Open the form, change fields, and send it, like a browser."""
    seen = hidden(page(client, tech))
    begin = {name.removeprefix("initial-"): value for name, value in seen.items()}
    # An unticked checkbox is not sent.
    begin = {name: value for name, value in begin.items() if value != "False"}
    return client.post(url_of(tech), seen | begin | fields)


def test_saving(client: Client) -> None:
    """Post, redirect, get."""
    tech = add("Node.js 20")
    response = save(client, tech, impact="low", extended_support="on", note=" Billing.\r\nAsk Mia. ")
    assert (response.status_code, response["Location"]) == (303, url_of(tech))
    tech.refresh_from_db()
    assert (tech.impact, tech.extended_support, tech.note) == ("low", True, "Billing.\nAsk Mia.")
    html = page(client, tech)
    assert "Saved." in html
    assert "Billing.\nAsk Mia." in html
    assert "Saved." not in page(client, tech)


def test_saving_says_where_it_moved_to(client: Client) -> None:
    tech = add("Django 3.2")
    save(client, tech, impact="low")
    assert "Saved. The level changed from Critical to High." in page(client, tech)


def test_the_list_shows_what_was_saved(client: Client) -> None:
    tech = add("Django 3.2")
    client.get("/")
    save(client, tech, impact="low")
    assert "minor impact" in client.get("/").content.decode()


def test_no_versions(client: Client) -> None:
    tech = add("Our wiki")
    save(client, tech, unversioned="on")
    html = page(client, tech)
    assert "Marked as versionless" in html
    assert '<span class="help">versionless</span>' in html


def test_a_tick_that_changes_nothing_is_explained(client: Client) -> None:
    tech = add("Django 3.2")
    save(client, tech, unversioned="on")
    assert "so it is tracked anyway" in page(client, tech)


def test_ticks_are_taken_back(client: Client) -> None:
    tech = add("Our wiki", extended_support=True)
    editing.edit(tech, unversioned=True)
    client.post(url_of(tech), hidden(page(client, tech)) | AS_IT_IS)
    tech.refresh_from_db()
    assert (tech.extended_support, tech.unversioned) == (False, False)


def test_level_set_by_hand(client: Client) -> None:
    tech = add("Django 3.2")
    save(client, tech, level_override="low", override_review_on=TOMORROW, note="Isolated.")
    tech.refresh_from_db()
    assert (tech.level, tech.level_override, str(tech.override_review_on)) == ("low", "low", TOMORROW)
    html = parse(page(client, tech))
    assert text_of(html, ".overridden") == f"Computed level: Critical, score {tech.computed_score}."


def test_level_set_by_hand_is_taken_back(client: Client) -> None:
    tech = add("Django 3.2")
    save(client, tech, level_override="low", override_review_on=TOMORROW, note="Isolated.")
    save(client, tech, level_override="")
    tech.refresh_from_db()
    assert (tech.level, tech.level_override, tech.override_review_on) == ("critical", "", None)


def test_level_set_by_hand_whose_day_has_come(client: Client) -> None:
    tech = add("Django 3.2")
    editing.edit(tech, level_override="low", override_review_on=TODAY, note="Isolated.")
    html = page(client, tech)
    assert "The risk was accepted until" in html
    assert hidden(html)["initial-level_override"] == ""
    assert save(client, tech, impact="high").status_code == 303


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"level_override": "low", "note": "x"}, "override_review_on", "Choose a review date in the future"),
        (
            {"level_override": "low", "note": "x", "override_review_on": str(TODAY)},
            "override_review_on",
            "Choose a review date",
        ),
        (
            {"level_override": "low", "note": "x", "override_review_on": "soon"},
            "override_review_on",
            "Enter a valid date.",
        ),
        (
            {"level_override": "low", "override_review_on": TOMORROW, "note": " "},
            "note",
            "Explain why the level is overridden.",
        ),
        ({"level_override": "urgent"}, "level_override", "urgent is not one of"),
        ({"impact": "huge"}, "impact", "huge is not one of"),
        ({"note": "x" * 2001}, "note", "at most 2,000 characters"),
        ({"note": "a\x00b"}, "note", "Null and surrogate characters are not allowed."),
    ],
)
def test_refused_field_says_why_and_keeps_the_rest(
    client: Client, fields: dict[str, str], field: str, words: str
) -> None:
    tech = add("Django 3.2")
    response = save(client, tech, **{"impact": "high"} | fields)
    shown = page_of(response)
    assert response.status_code == 400
    assert words in text_of(shown, f"#{field}-help")
    assert attributes(shown, '[aria-invalid="true"]', "id") == [field]
    assert "autofocus" in one(shown, f"#{field}").attrs
    assert field == "impact" or text_of(shown, "#impact option[selected]") == "Major"
    tech.refresh_from_db()
    assert (tech.impact, tech.level_override, tech.note) == ("normal", "", "")


def test_lines_of_a_note_count_once(client: Client) -> None:
    assert save(client, add("Django 3.2"), note="x\r\n" * 999 + "x").status_code == 303


def test_what_others_changed_meanwhile_stays(client: Client) -> None:
    tech = add("Django 3.2")
    seen = hidden(page(client, tech))
    editing.edit(tech, note="Ask Mia.", extended_support=True)
    client.post(url_of(tech), seen | AS_IT_IS | {"impact": "high"})
    tech.refresh_from_db()
    assert (tech.impact, tech.note, tech.extended_support) == ("high", "Ask Mia.", True)


@pytest.mark.parametrize(
    ("field", "theirs", "ours", "words"),
    [
        ("owner", "Web", "Data", " to “Web”"),
        ("tags", ["shop"], "web, db", " to “shop”"),
        ("impact", "critical", "high", " to “Vital”"),
        ("note", "Ask Mia.", "Ask Bo.\r\nOr Al.", ""),
    ],
)
def test_what_others_changed_meanwhile_is_only_replaced_knowingly(
    client: Client, field: str, theirs: Any, ours: str, words: str
) -> None:
    tech = add("Django 3.2", owner="", note="Old.\nNote.")
    seen = hidden(page(client, tech))
    sent = AS_IT_IS | {"note": "Old.\r\nNote.", field: ours}
    editing.edit(tech, **{field: theirs})
    refused = client.post(url_of(tech), seen | sent)
    html = page_of(refused)
    assert refused.status_code == 400
    assert f"Somebody has changed this{words} since you opened the page." in text_of(html, f"#{field}-help")
    assert attributes(html, '[aria-invalid="true"]', "id") == [field]
    tech.refresh_from_db()
    assert getattr(tech, field) == theirs
    assert client.post(url_of(tech), hidden(refused.content.decode()) | sent).status_code == 303
    tech.refresh_from_db()
    assert getattr(tech, field) != theirs


def test_the_same_change_by_two_people_is_no_problem(client: Client) -> None:
    tech = add("Django 3.2")
    seen = hidden(page(client, tech))
    editing.edit(tech, owner="Web", extended_support=True)
    response = client.post(url_of(tech), seen | AS_IT_IS | {"owner": "Web", "extended_support": "on"})
    assert response.status_code == 303


def test_what_was_seen_survives_a_refusal(client: Client) -> None:
    tech = add("Django 3.2")
    seen = hidden(page(client, tech))
    editing.edit(tech, note="Ask Mia.")
    response = client.post(url_of(tech), seen | AS_IT_IS | {"impact": "huge"})
    assert hidden(response.content.decode()) == seen


def test_saving_nothing(client: Client) -> None:
    tech = add("Django 3.2")
    save(client, tech)
    assert "Nothing was changed." in page(client, tech)
    tech.refresh_from_db()
    assert tech.edited_at is None


def test_saving_what_is_gone(client: Client) -> None:
    tech = add("Django 3.2")
    seen = hidden(page(client, tech))
    editing.remove(tech)
    response = client.post(url_of(tech), seen | AS_IT_IS | {"impact": "high"})
    assert (response.status_code, response["Location"]) == (303, "/")
    assert "no longer on the list" in client.get("/").content.decode()


def test_without_the_cache_nothing_is_saved_and_nothing_typed_is_lost(client: Client, redis_cache: Valkey) -> None:
    tech = add("Django 3.2")
    redis_cache.kill()
    response = save(client, tech, note="Typed with care.")
    html = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was changed. Try again" in html
    assert "Typed with care.</textarea>" in html
    tech.refresh_from_db()
    assert tech.note == ""


def test_a_cache_that_goes_away_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit is committed, and no page may say otherwise."""
    client, calls = Client(raise_request_exception=False), []

    def forget() -> None:
        calls.append(1)
        if len(calls) > 1:
            raise RedisConnectionError

    tech = add("Django 3.2")
    monkeypatch.setattr(cache, "invalidate", forget)
    response = save(client, tech, impact="high")
    assert response.status_code == 503
    assert "Nothing was changed" not in response.content.decode()
    tech.refresh_from_db()
    assert tech.impact == "high"


def remove(client: Client, pk: int) -> Any:
    return client.post(f"/techs/{pk}/remove/")


def test_taking_it_off_asks_first(client: Client) -> None:
    tech = add("Django 3.2")
    form = one(parse(page(client, tech)), f'details > form[method="post"][action="{url_of(tech)}remove/"]')
    assert text_of(form.parent or form, "summary") == "Remove"
    assert client.get(f"{url_of(tech)}remove/")["Location"] == url_of(tech)
    assert Tech.objects.exists()


def test_taking_it_off(client: Client) -> None:
    response = remove(client, add("Django 3.2").pk)
    assert response.status_code == 303
    html = client.get(response["Location"]).content.decode()
    assert "“Django 3.2” was removed at" in html
    assert not Tech.objects.exists()


def test_taking_off_what_is_gone(client: Client) -> None:
    assert remove(client, 4711)["Location"] == "/"
    assert "no longer on the list" in client.get("/").content.decode()


def test_without_the_cache_nothing_is_taken_off(client: Client, redis_cache: Valkey) -> None:
    tech = add("Django 3.2")
    redis_cache.kill()
    response = remove(client, tech.pk)
    assert response.status_code == 503
    assert "Nothing was changed." in response.content.decode()
    assert Tech.objects.exists()


@pytest.mark.parametrize("path", ["", "rename/", "remove/"])
def test_a_form_of_another_site_is_refused(path: str) -> None:
    tech = add("Django 3.2")
    response = Client(enforce_csrf_checks=True).post(url_of(tech) + path, AS_IT_IS | {"text": "x", "impact": "low"})
    assert response.status_code == 403
    assert Tech.objects.get().impact == "normal"
