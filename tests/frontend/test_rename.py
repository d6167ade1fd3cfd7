"""POST /techs/{pk}/rename/: accept a suggestion with a click, or change the text."""

import json
from typing import Any

import pytest
from django.test import Client

from techs.inventory import editing
from techs.models import Tech
from tests.support.factories import add, submit
from tests.support.pages import one, values_of, visit
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def rename(client: Client, pk: int, text: str, *, htmx: bool = False, **fields: str) -> Any:
    return client.post(f"/techs/{pk}/rename/", {"text": text} | fields, headers=HTMX if htmx else {})


def test_it_works(client: Client) -> None:
    """Post, redirect, get."""
    tech = add("djano 3.2", impact="high")
    response = rename(client, tech.pk, "Django 3.2")
    assert (response.status_code, response["Location"]) == (303, "/")
    tech.refresh_from_db()
    assert (tech.name, tech.level, tech.impact) == ("Django 3.2", "critical", "high")
    html = client.get("/").content.decode()
    assert "“djano 3.2” is now “Django 3.2”: Critical, act now." in html
    assert "“djano 3.2”" not in client.get("/").content.decode()


def test_htmx_gets_the_changed_row_and_refreshes_the_list(client: Client) -> None:
    tech = add("djano 3.2")
    response = rename(client, tech.pk, "Django 3.2", htmx=True)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.strip().startswith('<li class="entry is-done"')
    assert "Changed from “djano 3.2”. Django 3.2: support ended on" in html
    assert "Critical" in html
    assert json.loads(response["HX-Trigger"]) == {"techs-changed": {"tech": tech.pk}}


def test_focus_stays_with_the_entry_that_is_replaced(client: Client) -> None:
    assert "autofocus" in rename(client, add("djano 3.2").pk, "Django 3.2", htmx=True).content.decode()


def test_buttons_of_the_result(client: Client) -> None:
    submission = submit("djano 3.2")
    tech = submission.tech
    assert tech is not None
    html = client.get(f"/submissions/{submission.uuid}/").content.decode()
    assert '<button name="text" value="Django 3.2">Django 3.2</button>' in html
    assert f'hx-post="/techs/{tech.pk}/rename/" hx-target="closest li"' in html


def test_the_pages_own_button_is_accepted() -> None:
    tech = add("djano 3.2")
    client = Client(enforce_csrf_checks=True)
    form = one(visit(client, f"/techs/{tech.pk}/"), "form.suggestions")
    fields = values_of(form, 'input, button[name="text"]')
    assert client.post(f"/techs/{tech.pk}/rename/", fields).status_code == 303


def test_a_form_of_another_site_is_refused() -> None:
    tech = add("djano 3.2")
    assert rename(Client(enforce_csrf_checks=True), tech.pk, "Django 3.2").status_code == 403
    assert Tech.objects.get().name == "djano 3.2"


def test_text_that_is_on_the_list_already(client: Client) -> None:
    right, wrong = add("Django 3.2"), add("djano 3.2")
    page = client.get(rename(client, wrong.pk, "django 3.2")["Location"]).content.decode()
    assert "“Django 3.2” was already on the list, so “djano 3.2” was removed." in page
    assert list(Tech.objects.values_list("pk", flat=True)) == [right.pk]


def test_text_that_is_on_the_list_already_with_htmx(client: Client) -> None:
    right, wrong = add("Django 3.2"), add("djano 3.2")
    response = rename(client, wrong.pk, "Django 3.2", htmx=True)
    assert "It was already on the list, so “djano 3.2” was removed." in response.content.decode()
    assert json.loads(response["HX-Trigger"])["techs-changed"]["tech"] == right.pk


def test_from_its_own_page_back_to_it(client: Client) -> None:
    tech = add("djano 3.2")
    response = rename(client, tech.pk, "  Django   3.2 ", stay="1")
    assert response["Location"] == f"/techs/{tech.pk}/"
    assert "is now “Django 3.2”" in client.get(response["Location"]).content.decode()


def test_the_same_text_again(client: Client) -> None:
    tech = add("Django 3.2")
    rename(client, tech.pk, "Django 3.2", stay="1")
    assert "Nothing was changed." in client.get(f"/techs/{tech.pk}/").content.decode()


@pytest.mark.parametrize(
    ("text", "words"), [(" ", "Enter a technology"), ("x" * 201, "Use at most 200"), ("a\x07b", "control or invisible")]
)
def test_refused_text_is_shown_again_with_the_reason(client: Client, text: str, words: str) -> None:
    tech = add("djano 3.2")
    response = rename(client, tech.pk, text)
    html = response.content.decode()
    assert response.status_code == 400
    assert words in html
    assert f'value="{text}"' in html
    assert words in rename(client, tech.pk, text, htmx=True).content.decode()
    tech.refresh_from_db()
    assert tech.name == "djano 3.2"


def test_gone_meanwhile(client: Client) -> None:
    tech = add("djano 3.2")
    editing.remove(tech)
    response = rename(client, tech.pk, "Django 3.2")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert "no longer on the list" in client.get("/").content.decode()


def test_gone_meanwhile_with_htmx(client: Client) -> None:
    response = rename(client, 4711, "Django 3.2", htmx=True)
    assert response.status_code == 200
    assert "no longer on the list" in response.content.decode()
    assert "techs-changed" in response["HX-Trigger"]


def test_gone_at_the_last_moment(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(tech: Tech, *, text: str, by: str) -> Tech:
        raise Tech.DoesNotExist

    monkeypatch.setattr(editing, "edit", edit)
    assert rename(client, add("djano 3.2").pk, "Django 3.2")["Location"] == "/"


@pytest.mark.parametrize("htmx", [False, True])
def test_without_the_cache_nothing_is_changed(client: Client, redis_cache: Valkey, *, htmx: bool) -> None:
    tech = add("djano 3.2")
    redis_cache.kill()
    response = rename(client, tech.pk, "Django 3.2", htmx=htmx)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was changed." in response.content.decode().split("data-detail>")[1]
    assert Tech.objects.get().name == "djano 3.2"


def test_names_and_texts_cannot_become_markup(client: Client) -> None:
    tech = add("<script>alert(1)</script>")
    html = rename(client, tech.pk, "<b>x</b>", htmx=True).content.decode()
    assert "<script>" not in html
    assert "<b>" not in html
    rename(client, tech.pk, "<i>y</i>")
    assert "<b>" not in client.get("/").content.decode()


def test_loading_the_address_leads_to_the_technology(client: Client) -> None:
    tech = add("djano 3.2")
    assert client.get(f"/techs/{tech.pk}/rename/")["Location"] == f"/techs/{tech.pk}/"
