"""/import/: options for all lines are kept from the form through the preview to the import and its page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from frontend.views.imports import SEE_BELOW
from techs.models import Import, Tech
from tests.support.import_pages import STACK, options_of, page, start, work
from tests.support.pages import one, parse, text_of, texts

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {"owner": "Team Pay", "tags": "#Shop, pay", "impact": "low", "extended_support": "yes", "note": "a\nb"}
NOTHING = dict.fromkeys(TYPED, "")
SAID = {"owner": "Team Pay", "tags": ["pay", "shop"], "impact": "low", "extended_support": True, "note": "a\nb"}


def give(client: Client, text: str = STACK, **options: str) -> Any:
    return client.post("/import/", {"text": text} | TYPED | options)


def kept_by(batch: Any) -> dict[str, Any]:
    return {option: getattr(batch, option) for option in SAID}


def test_from_the_form_to_the_list(client: Client) -> None:
    assert options_of(page(client.get("/import/"))) == NOTHING
    shown = page(give(client))
    assert options_of(shown) == TYPED
    response = start(client, shown)
    batch = Import.objects.get()
    assert kept_by(batch) == SAID
    told = "For all: owner Team Pay, tags pay and shop, impact low, extended support yes, note “a b”."
    assert told in page(client.get(response["Location"]))
    work()
    assert [kept_by(tech) for tech in Tech.objects.all()] == [SAID] * 3


def test_what_nobody_filled_in_says_nothing(client: Client) -> None:
    response = start(client, page(give(client, **NOTHING)))
    assert kept_by(Import.objects.get()) == dict.fromkeys(SAID)
    assert "For all: " not in page(client.get(response["Location"]))


def test_a_file_that_was_dropped_has_them_on_the_preview(client: Client) -> None:
    """The list's page sends only the file."""
    shown = page(client.post("/import/", {"file": SimpleUploadedFile("a.txt", b"Django 3.2\n")}))
    assert options_of(shown) == NOTHING
    start(client, shown, **TYPED)
    assert kept_by(Import.objects.get()) == SAID


@pytest.mark.parametrize("click", [{"correct": "0:Django 5.2"}, {"tick": "unknown"}, {"untick": "known"}, {"take": []}])
def test_every_click_on_the_preview_keeps_them(client: Client, click: dict[str, Any]) -> None:
    assert options_of(page(start(client, page(give(client)), **click))) == TYPED


def test_they_stay_when_the_lines_are_changed(client: Client) -> None:
    assert options_of(page(start(client, page(give(client)), change="yes"))) == TYPED


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"owner": "o" * 101}, "Use at most 100 characters (this has 101)."),
        ({"tags": "a/b"}, "A tag has 1 to 30 letters"),
        ({"note": "n" * 2001}, "Use at most 2,000 characters (this has 2,001)."),
        ({"impact": "huge"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: Client, wrong: dict[str, str], words: str) -> None:
    [name] = wrong
    refused = [page(give(client, **wrong), 400), page(start(client, page(give(client)), **wrong), 400)]
    for shown in refused:
        assert words in text_of(parse(shown), f"p#{name}-help")
        assert one(parse(shown), f"#{name}")["aria-invalid"] == "true"
    given, preview = refused
    assert f"\n{STACK}</textarea>" in given
    assert SEE_BELOW in preview
    assert not Import.objects.exists()
    start(client, preview, **TYPED)
    assert kept_by(Import.objects.get()) == SAID


def test_a_click_beside_what_is_wrong_does_what_it_says(client: Client) -> None:
    shown = page(start(client, page(give(client)), tags="a/b", untick="known"))
    assert "A tag has 1 to 30 letters" in shown
    assert options_of(shown)["tags"] == "a/b"


def test_other_options_are_another_import(client: Client) -> None:
    """As when somebody goes back and changes the options; a double click is one import."""
    shown = page(give(client))
    for owner in ("Team Pay", "Team Pay", "Team Web"):
        start(client, shown, owner=owner)
    assert list(Import.objects.order_by("owner").values_list("owner", flat=True)) == ["Team Pay", "Team Web"]


def test_levels_are_those_that_it_will_have(client: Client) -> None:
    lines = "Django 3.2\nNode.js 22"
    shown = page(give(client, lines))
    assert levels_of(shown) != levels_of(page(give(client, lines, **NOTHING)))
    start(client, shown)
    work()
    assert levels_of(shown) == sorted(Tech.objects.values_list("level", flat=True))


def levels_of(shown: str) -> list[str]:
    known = one(parse(shown), "section.found")
    return sorted(level.lower() for level in texts(known, "span.level"))


@pytest.mark.parametrize("mark", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_a_hostile_owner_is_text(client: Client, mark: str) -> None:
    given = give(client, owner=mark)
    response = start(client, page(give(client)), owner=mark)
    for answer in (given, client.get(response["Location"])):
        assert answer.status_code == 200
        assert mark not in answer.content.decode()
