"""The page of a finished import: its technologies by level, links to exactly these, and undo."""

import pytest
from django.test import Client

from techs.inventory import editing, manual
from techs.models import Action, Import, Tech
from techs.submissions import batches, processing
from tests.support import uploads
from tests.support.factories import add
from tests.support.import_pages import give, page, start, work
from tests.support.pages import attribute, attributes, parse, text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "Django 3.2\nDjango 5.2\nReact 18\nour own thing\n"


def bring(client: Client, lines: str = LINES, **fields: str) -> str:
    """Import lines, and return the address of the page of the import."""
    start(client, page(give(client, lines)), **fields)
    work()
    return f"/import/{Import.objects.latest('pk').uuid}/"


def test_it_says_what_came_and_links_to_exactly_these(client: Client) -> None:
    add("Vue 3")
    add("React 18")
    url = bring(client, owner="Shop")
    shown = visit(client, url)
    facts = dict(zip(texts(shown, ".key-facts dt"), texts(shown, ".key-facts dd"), strict=True))
    assert facts == {"New": "3", "Changed": "1", "Already up to date": "0", "Failed": "0", "Skipped": "0"}
    assert texts(shown, ".tally li") == ["Critical 1", "Medium 1", "Unknown 1", "Low 1"]
    assert text_of(shown, ".button.primary") == "Show all 4 on the list"
    listed = visit(client, attribute(shown, ".button.primary", "href"))
    assert sorted(texts(listed, ".row .name")) == sorted(LINES.split("\n")[:-1])
    assert (text_of(listed, "#level-all .count"), text_of(listed, ".positions")) == ("4", "4 technologies")
    critical = visit(client, attributes(shown, ".tally a", "href")[0])
    assert texts(critical, ".row .name") == ["Django 3.2"]
    assert "Import" in text_of(critical, ".chips")


def test_libraries_are_linked_too(client: Client) -> None:
    shown = visit(client, bring(client, "left-pad==1.3.0\nDjango==3.2\n", take="0"))
    rows = visit(client, attribute(shown, ".button.primary", "href")).select(".row")
    assert len(rows) == Tech.objects.count()


def test_an_import_is_one_action_and_can_be_undone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches.pace(), "size", 1)
    monkeypatch.setattr(batches.pace(), "note", lambda *_: None)
    add("React 18")
    url = bring(client, owner="Shop")
    action = Action.objects.get(kind="imported")
    assert (action.count, action.changes.count(), Import.objects.get().action) == (4, 4, action.pk)
    assert attributes(visit(client, url), "#import form", "action") == [f"/actions/{action.pk}/undo/"]
    assert client.post(f"/actions/{action.pk}/undo/").status_code == 303
    assert [*Tech.objects.values_list("name", "owner")] == [("React 18", "")]
    shown = visit(client, url)
    assert "This import was undone." in text_of(shown, "#import")
    assert shown.select("#import form") == []


def test_two_lines_of_one_technology_in_two_batches_are_undone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches.pace(), "size", 1)
    monkeypatch.setattr(batches.pace(), "note", lambda *_: None)
    shop = uploads.service()
    shown = visit(client, bring(client, "name,service,tags\nDjango 3.2,,a\nDjango 3.2,Shop,b\n"))
    assert texts(shown, ".key-facts dd")[:2] == ["1", "0"]
    action = Action.objects.get(pk=Import.objects.get().action or 0)
    assert action.count == 2
    uploads.push(shop, "", source=manual.SOURCE)
    response = client.post(f"/actions/{action.pk}/undo/")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert "is no longer on the list." in text_of(visit(client, "/"), "#messages p")
    assert not Tech.objects.exists()


def test_lines_after_an_undo_are_an_action_of_their_own(client: Client) -> None:
    start(client, page(give(client, "Django 3.2\nReact 18\n")))
    batch = Import.objects.get()
    first, second = batch.submissions.order_by("pk")
    processing.process(first.uuid)
    client.post(f"/actions/{Action.objects.latest('pk').pk}/undo/")
    processing.process(second.uuid)
    batch.refresh_from_db()
    actions = Action.objects.filter(kind="imported").order_by("pk")
    assert [action.count for action in actions] == [1, 1]
    assert batch.action == actions[1].pk


def test_what_somebody_changed_since_is_kept_if_the_rest_is_undone(client: Client) -> None:
    bring(client)
    action = Action.objects.get(kind="imported")
    editing.edit(Tech.objects.get(name="React 18"), note="We need it.")
    response = client.post(f"/actions/{action.pk}/undo/")
    assert response.status_code == 409
    assert attributes(parse(response.content.decode()), "main form button", "name") == ["partly"]
    client.post(f"/actions/{action.pk}/undo/", {"partly": "yes"})
    assert [tech.name for tech in Tech.objects.all()] == ["React 18"]


def test_an_import_that_changed_nothing(client: Client) -> None:
    add("Django 3.2")
    shown = visit(client, bring(client, "Django 3.2\n"))
    assert texts(shown, ".key-facts dd")[:2] == ["1", "1"]
    assert texts(visit(client, attribute(shown, "#import .button", "href")), ".row .name") == ["Django 3.2"]


def test_an_unknown_import_matches_nothing(client: Client) -> None:
    add("Django 3.2")
    shown = visit(client, "/?imported=00000000-0000-4000-8000-000000000000")
    assert shown.select(".row") == []
    assert client.get("/?imported=x").status_code == 400
    response = client.get("/api/techs/?imported=x")
    assert (response.status_code, [*response.json()]) == (400, ["imported"])


def test_headings_and_sentences_are_not_ticked(client: Client) -> None:
    shown = parse(page(give(client, "Django 3.2\nBackend\nWe still run this\nour own thing\n")))
    rows = {text_of(each, "label"): each for each in shown.select(".lines tr:has(label)")}
    assert {name for name, row in rows.items() if row.select("input[checked]")} == {"Django 3.2", "our own thing"}
    assert "This reads like a heading." in text_of(rows["Backend"])
    assert "This reads like a sentence." in text_of(rows["We still run this"])
    assert [*rows] == ["Django 3.2", "our own thing", "Backend", "We still run this"]


def test_the_preview_is_worst_first_with_reason_and_target(client: Client) -> None:
    shown = parse(page(give(client, "Django 5.2\nReact 18\nDjango 3.2\n")))
    assert texts(shown, ".lines label")[0] == "Django 3.2"
    assert texts(shown, ".lines .reason")[0] == "Support ended on 1 Apr 2024."
    assert texts(shown, ".lines td.to")[0] == "Django 5.2supported to Apr 2028"
