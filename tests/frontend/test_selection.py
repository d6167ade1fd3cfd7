"""Selected technologies are changed as one action, with and without JavaScript."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from frontend.forms import selection
from techs.inventory import bulk_changes, editing, undo
from techs.models import Action, Tech
from tests.support import uploads
from tests.support.factories import add
from tests.support.pages import attribute, attributes, parse, text_of, texts, values_of, visit

pytestmark = pytest.mark.django_db(transaction=True)


def fields(client: Client, url: str = "/") -> dict[str, Any]:
    """Return the fields of a list that belong to the form."""
    return values_of(visit(client, url), 'input[type="hidden"][form="selection"]')


def change(client: Client, techs: list[Tech], *, url: str = "/", **given: Any) -> str:
    """Change technologies of a list, follow the redirect, and return its message."""
    sent = {"tech": [tech.pk for tech in techs], **fields(client, url), **given}
    response = client.post("/select/", sent, headers={"Referer": f"http://testserver{url}"})
    assert response.status_code == 303, response.content.decode()
    assert response["Location"] == url
    return text_of(visit(client, url), "#messages p").removesuffix("Close")


def some() -> list[Tech]:
    return [add("Django 3.2", owner="Shop", tags=["web"]), add("React 18")]


def stored() -> list[tuple[str, str, list[str]]]:
    return list(Tech.objects.order_by("pk").values_list("owner", "impact", "tags"))


CHANGES = [
    ({"change": "owner", "owner": " Team  Web "}, "Set the owner of 2 technologies to Team Web."),
    ({"change": "no-owner"}, "Cleared the owner of 1 technology. 1 technology had this already."),
    ({"change": "add-tags", "tags": "#eol, b"}, "Added #b, #eol to 2 technologies."),
    ({"change": "remove-tags", "tags": "web"}, "Removed #web from 1 technology. 1 technology had this already."),
    ({"change": "impact-critical"}, "Set the impact of 2 technologies to Vital."),
    ({"owner": "A", "tags": "b"}, "Set the owner of 2 technologies to A and added #b to 2 technologies."),
    ({"change": "remove"}, "Removed 2 technologies."),
]


@pytest.mark.parametrize(("given", "message"), CHANGES)
def test_each_change_and_its_undo(client: Client, given: dict[str, Any], message: str) -> None:
    techs = some()
    before = stored()
    assert change(client, techs, **given) == message
    assert stored() != before
    response = client.post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    assert response.status_code == 303
    assert stored() == before


def test_the_message_offers_undo_once(client: Client) -> None:
    sent = {"tech": [tech.pk for tech in some()], **fields(client), "change": "remove"}
    client.post("/select/", sent)
    forms = visit(client, "/").select(".notices form.news")
    assert [str(form["action"]) for form in forms] == [f"/actions/{Action.objects.latest('pk').pk}/undo/"]


def test_removals_can_be_undone_one_after_another(client: Client) -> None:
    for number in range(5):
        editing.remove(add(f"own thing {number}"))
    for _ in range(5):
        client.post(attribute(visit(client, "/"), ".notices form.undo", "action"))
    assert Tech.objects.count() == 5
    assert visit(client, "/").select(".notices form.undo") == []


def test_all_that_match(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        add(f"own thing {number}", owner="Shop")
    other = add("Django 3.2")
    url = "/?owner=shop&page_size=2"
    assert texts(visit(client, url), ".all-matching") == ["All 4 technologies that match"]
    assert change(client, [], url=url, all="yes", change="impact-low") == "Set the impact of 4 technologies to Minor."
    other.refresh_from_db()
    assert other.impact == "normal"
    monkeypatch.setattr(bulk_changes, "MOST_AT_ONCE", 3)
    response = client.post("/select/", {**fields(client, url), "all": "yes", "change": "remove"})
    assert response.status_code == 400
    assert "At most 3 technologies can be changed at once. Nothing was changed." in response.content.decode()


def test_a_whole_list_has_no_more_to_select(client: Client) -> None:
    some()
    assert visit(client, "/").select(".all-matching") == []


def test_what_was_left_is_named(client: Client) -> None:
    uploads.push(uploads.service(), "django==3.2.25\n")
    used, mine, theirs = Tech.objects.get(), add("React 18"), add("Vue 3")
    seen = fields(client)
    editing.edit(theirs, note="Ours.")
    message = change(client, [used, mine, theirs], change="remove", **seen)
    assert message == (
        "Removed 1 technology. Left as it is (changed by somebody else meanwhile): Vue 3. "
        f"Left as it is (used by services): {used.name}."
    )
    assert change(client, [mine], change="no-owner") == (
        "Nothing was changed. Left as it is (no longer on the list): 1 technology."
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"tech": []}, selection.NOTHING_SELECTED),
        ({"change": ""}, selection.NOTHING_TO_CHANGE),
        ({"change": "owner"}, selection.NOTHING_TO_CHANGE),
        ({"change": "add-tags", "tags": "ä"}, "A tag has 1 to 30 letters"),
        ({"change": "owner", "owner": "x" * 101}, "Use at most 100 characters"),
        ({"change": "explode"}, selection.RELOAD),
        ({"tech": ["1 or 2"]}, selection.RELOAD),
        ({"seen_at": "yesterday"}, "Enter a valid date/time."),
        ({"tech": [], "all": "yes", "query": "priority=worst"}, "Choose from: critical"),
    ],
)
def test_invalid_input_changes_nothing(client: Client, given: dict[str, Any], problem: str) -> None:
    tech = add("Django 3.2")
    sent = {"tech": [tech.pk], "change": "remove", "query": "", "seen_at": timezone.now().isoformat()} | given
    response = client.post("/select/", sent)
    assert response.status_code == 400
    assert problem in text_of(parse(response.content.decode()), "[data-detail]")
    assert Tech.objects.count() == 1


@pytest.mark.parametrize(
    ("seen_at", "answer"),
    [
        ("0001-01-01T00:00:00.000000+0100", "changed by somebody else meanwhile"),
        ("9999-12-31T23:59:59.000000-0100", "Set the impact of 1 technology"),
    ],
)
def test_seen_in_the_first_or_the_last_year(client: Client, seen_at: str, answer: str) -> None:
    assert answer in change(client, [add("Django 3.2")], change="impact-critical", seen_at=seen_at)


def test_htmx_gets_the_list_with_the_message(client: Client) -> None:
    techs = some()
    sent = {"tech": [tech.pk for tech in techs], **fields(client), "change": "impact-high"}
    client.post("/select/", sent, headers={"HX-Request": "true"})
    page = visit(client, "/", headers={"HX-Request": "true"})
    assert text_of(page, '#messages[hx-swap-oob="innerHTML"] p') == "Set the impact of 2 technologies to Major."
    assert len(page.select(".row")) == 2


def test_undo_of_a_part(client: Client) -> None:
    techs = some()
    change(client, techs, change="owner", owner="Payments")
    action = Action.objects.latest("pk")
    editing.edit(techs[0], owner="Search")
    response = client.post(f"/actions/{action.pk}/undo/")
    assert response.status_code == 409
    page = parse(response.content.decode())
    assert text_of(page, "[data-detail]") == (
        "Nothing was undone. Somebody has changed the same field of “Django 3.2” since."
    )
    assert attributes(page, "main form button", "name") == ["partly"]
    assert [owner for owner, *_ in stored()] == ["Search", "Payments"]
    client.post(f"/actions/{action.pk}/undo/", {"partly": "yes"})
    assert [owner for owner, *_ in stored()] == ["Search", ""]
    assert text_of(visit(client, "/"), "#messages p").removesuffix("Close") == (
        "“React 18” is back to Medium, plan this year. Somebody has changed the same field of “Django 3.2” since."
    )
    assert not undo.undoable().filter(pk=action.pk).exists()


def test_reloading_leads_to_the_list(client: Client) -> None:
    assert client.get("/select/").status_code == 302
