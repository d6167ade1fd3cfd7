"""One rule per field: every entry point accepts the same values and refuses others with the same words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Import, Submission, Tech
from techs.rules.attributes import MAX_TAGS, InvalidAttribute, TechAttributes, clean_name, clean_note, clean_owner
from techs.rules.services import clean_service_name
from techs.rules.views import clean_view_name
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"
NO_WORD = "This has no letter or digit."
BAD_NAMES = {
    "!!!": NO_WORD,
    " --- ": NO_WORD,
    "+": NO_WORD,
    "Dj\u200eango": "This contains control or invisible characters. Enter one technology on one line.",
    "x" * 201: "Use at most 200 characters (this has 201).",
}
# In a file, nobody can be asked to type another one.
OF_A_LINE = {
    "Dj\u200eango": "This contains control or invisible characters.",
    "x" * 201: "This is longer than 200 characters.",
}


def by_api(client: Client, text: str) -> Any:
    return client.post("/api/techs/", {"text": text}, content_type=JSON)


def by_create(client: Client, text: str) -> Any:
    return client.post("/create", {"text": text}, content_type=JSON)


def by_lines(client: Client, text: str) -> Any:
    return client.post("/api/imports/", {"lines": [text]}, content_type=JSON)


def by_file(client: Client, text: str) -> Any:
    return client.post("/api/imports/", {"file": SimpleUploadedFile("a.txt", text.encode())})


def by_patch(client: Client, text: str) -> Any:
    return client.patch(f"/api/techs/{add('Django 3.2').pk}/", {"text": text}, content_type=JSON)


def by_page(client: Client, text: str) -> Any:
    return client.post("/add/", {"text": text})


def by_rename(client: Client, text: str) -> Any:
    return client.post(f"/techs/{add('Django 3.2').pk}/rename/", {"text": text})


@pytest.mark.parametrize("way", [by_api, by_create, by_lines, by_file, by_patch, by_page, by_rename])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused_everywhere(client: Client, way: Callable[[Client, str], Any], name: str) -> None:
    response = way(client, name)
    assert response.status_code == 400
    words = BAD_NAMES[name] if way not in (by_lines, by_file) else OF_A_LINE.get(name, BAD_NAMES[name])
    assert words in response.content.decode()
    assert not Submission.objects.filter(text=name.strip()).exists()
    assert not Import.objects.exists()
    assert not Tech.objects.exclude(name="Django 3.2").exists()


@pytest.mark.parametrize("name", ["C", "7", "é", "Ж", "名", "C#", "42!"])
def test_a_letter_or_a_digit_is_enough(client: Client, name: str) -> None:
    assert by_api(client, name).status_code == 202
    assert by_lines(client, name).status_code == 202


@pytest.mark.parametrize("name", BAD_NAMES)
def test_the_rule_itself(name: str) -> None:
    with pytest.raises(InvalidAttribute) as refused:
        clean_name(name)
    assert str(refused.value) == BAD_NAMES[name]
    assert refused.value.code


# Woman and laptop, man with a skin tone and a sign of medicine, flag and rainbow, head and an arrow, family of four.
JOINED_EMOJI = [
    "\U0001f469\u200d\U0001f4bb",
    "\U0001f468\U0001f3fd\u200d\u2695\ufe0f",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f642\u200d\u2194\ufe0f",
    "\U0001f469\u200d\U0001f469\u200d\U0001f466\u200d\U0001f466",
]
STRAY_JOINERS = [
    "a\u200db",
    "\u200d\U0001f4bb team",
    "\U0001f469\u200d team",
    "\U0001f469\u200dteam",
    "\U0001f469\u200d\u200d\U0001f4bb team",
    "\U0001f469\u200d\u202e\U0001f4bb team",
    "\U0001f469\u200d\U0001f4bb te\u200dam",
]


@pytest.mark.parametrize("emoji", JOINED_EMOJI)
def test_emoji_of_several_others(client: Client, emoji: str) -> None:
    name = f"{emoji} team"
    assert (clean_name(name), clean_owner(name), clean_service_name(name), clean_view_name(name)) == (name,) * 4
    add("Django 3.2", owner=name)
    assert [row["owner"] for row in client.get("/api/techs/", {"owner": name}).json()["data"]] == [name]


@pytest.mark.parametrize("name", STRAY_JOINERS)
def test_joiners_elsewhere_are_invisible(name: str) -> None:
    for clean in (clean_name, clean_owner, clean_service_name):
        with pytest.raises(InvalidAttribute, match="invisible"):
            clean(name)


def test_punctuation_can_be_searched_for(client: Client) -> None:
    add("C++ 17")
    found = client.get("/api/techs/", {"q": "++"}).json()["data"]
    assert [row["name"] for row in found] == ["C++ 17"]


def test_tags_are_refused_alike(client: Client, admin_client: Client) -> None:
    words = f"Use at most {MAX_TAGS} tags (this has 11)."
    tags = [f"t{number}" for number in range(MAX_TAGS + 1)]
    tech = add("Django 3.2")
    typed = " ".join(tags)
    answers = [
        client.post("/api/techs/", {"text": "x", "tags": tags}, content_type=JSON),
        client.post("/api/imports/", {"lines": ["x"], "tags": tags}, content_type=JSON),
        client.patch(f"/api/techs/{tech.pk}/", {"tags": tags}, content_type=JSON),
        client.post("/add/", {"text": "x", "tags": typed}),
        client.post(f"/techs/{tech.pk}/", {"tags": typed, "impact": "normal"}),
        admin_client.post(f"/admin/techs/tech/{tech.pk}/change/", {"tags": typed, "impact": "normal"}),
    ]
    assert all(words in answer.content.decode() for answer in answers)
    assert Tech.objects.get().tags == []


BAD_NOTES = {
    "x" * 2001: "Use at most 2,000 characters (this has 2,001).",
    "a\x00b": "Null and surrogate characters are not allowed.",
}


@pytest.mark.parametrize("note", BAD_NOTES)
def test_notes_are_refused_alike(client: Client, admin_client: Client, note: str) -> None:
    tech = add("Django 3.2")
    file = SimpleUploadedFile("techlist.json", json.dumps([{"name": "x", "note": note}]).encode())
    answers = [
        client.post("/api/techs/", {"text": "x", "note": note}, content_type=JSON),
        client.post("/api/imports/", {"lines": ["x"], "note": note}, content_type=JSON),
        client.post("/api/imports/", {"file": SimpleUploadedFile("a.txt", b"x"), "note": note}),
        client.post("/api/imports/", {"file": file}),
        client.patch(f"/api/techs/{tech.pk}/", {"note": note}, content_type=JSON),
        client.post("/add/", {"text": "x", "note": note}),
        client.post("/import/", {"text": "x", "note": note}),
        client.post(f"/techs/{tech.pk}/", {"note": note, "impact": "normal"}),
        admin_client.post(f"/admin/techs/tech/{tech.pk}/change/", {"note": note, "impact": "normal"}),
    ]
    words = BAD_NOTES[note]
    admin_words = "Ensure this value has at most 2000 characters" if len(note) > 2000 else "Null characters"
    assert [words in answer.content.decode() for answer in answers[:-1]] == [True] * 8
    assert any(each in answers[-1].content.decode() for each in (words, admin_words))
    assert Tech.objects.get().note == ""
    assert not Submission.objects.filter(text="x").exists()


@pytest.mark.parametrize(
    ("typed", "note"),
    [(" a\r\nb\rc\n ", "a\nb\nc"), ("\t", ""), ("x" * 2000 + "\n", "x" * 2000), ("Ä\u202e\x1b", "Ä\u202e\x1b")],
)
def test_clean_note(typed: str, note: str) -> None:
    assert clean_note(typed) == note


@pytest.mark.parametrize("typed", [None, 1, ["a"], "\ud800"])
def test_what_is_no_note(typed: Any) -> None:
    with pytest.raises(InvalidAttribute):
        clean_note(typed)


@pytest.mark.parametrize(
    ("note", "words"), [("", "note none"), ("a\n b", "note “a b”"), ("x" * 41, f"note “{'x' * 39}…”"), (None, "")]
)
def test_a_note_is_described_in_a_few_words(note: str | None, words: str) -> None:
    assert TechAttributes(note=note).words == words


def test_a_level_override_without_a_note_is_refused_alike(client: Client, admin_client: Client) -> None:
    words = "Explain why the level is overridden."
    tech = add("Django 3.2")
    form = {"impact": "normal", "level_override": "low", "override_review_on": "2999-01-01", "note": ""}
    api = {"hand_priority": "low", "hand_review_on": "2999-01-01"}
    assert client.patch(f"/api/techs/{tech.pk}/", api, content_type=JSON).json() == {"note": [words]}
    for user, url in ((client, f"/techs/{tech.pk}/"), (admin_client, f"/admin/techs/tech/{tech.pk}/change/")):
        assert words in user.post(url, form).content.decode()
    assert Tech.objects.get().level_override == ""


@pytest.mark.parametrize("day", [None, "2000-01-01"])
def test_the_api_names_its_own_field(client: Client, day: str | None) -> None:
    tech = add("Django 3.2")
    body = {"hand_priority": "low", "hand_review_on": day, "note": "x"}
    response = client.patch(f"/api/techs/{tech.pk}/", body, content_type=JSON)
    assert (response.status_code, list(response.json())) == (400, ["hand_review_on"])
