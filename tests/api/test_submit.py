"""POST /api/techs/ and GET /api/submissions/{id}/."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from techs.models import Submission, SubmissionState, Tech
from techs.submissions import outbox, processing

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"


def post(client: Client, body: Any, **headers: str) -> Any:
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_it_works(client: Client) -> None:
    response = post(client, {"text": "  Django   3.2.18 "})
    assert response.status_code == 202
    body = response.json()
    submission = Submission.objects.get()
    assert body == {
        "message": "Accepted: Django 3.2.18.",
        "submission": {
            "id": str(submission.uuid),
            "state": "queued",
            "url": f"http://testserver/api/submissions/{submission.uuid}/",
        },
    }
    assert response["Location"] == body["submission"]["url"]


def test_submission_becomes_done_and_its_tech_is_listed(client: Client) -> None:
    url = post(client, {"text": "Django 3.2.18"}).json()["submission"]["url"]
    queued = client.get(url).json()
    assert queued == {"id": queued["id"], "state": "queued", "attempts": 0, "error": "", "tech": None}
    assert client.get(URL).json()["count"] == 0
    processing.process(UUID(queued["id"]))
    done = client.get(url).json()
    assert (done["state"], done["attempts"]) == ("done", 1)
    listed = client.get(URL).json()
    assert listed["isCached"] is False
    assert listed["data"] == [done["tech"]]


def test_saved_reads_as_queued(client: Client) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(state=SubmissionState.SAVED)
    assert client.get(f"/api/submissions/{submission.uuid}/").json()["state"] == "queued"


def test_unknown_submission(client: Client) -> None:
    response = client.get(f"/api/submissions/{uuid4()}/")
    assert (response.status_code, list(response.json())) == (404, ["detail"])


def test_options_are_kept(client: Client) -> None:
    body = {"text": "Debian 12", "impact": "critical", "extended_support": True}
    response = post(client, body)
    processing.process(UUID(response.json()["submission"]["id"]))
    tech = Tech.objects.get()
    assert (tech.impact, tech.extended_support) == ("critical", True)


def test_same_text_in_other_letters_updates_the_row(client: Client) -> None:
    for text in ["Django 3.2", "DJANGO  3.2", "Ｄｊａｎｇｏ ３.２", "django 3.2\n"]:
        response = post(client, {"text": text})
        processing.process(UUID(response.json()["submission"]["id"]))
    assert Tech.objects.get().name == "django 3.2"


@pytest.mark.parametrize("texts", [("É", "é"), ("STRASSE", "straße"), ("ﬁx", "fix"), ("🦄 1", "🦄  1")])
def test_texts_that_are_one(client: Client, texts: tuple[str, str]) -> None:
    for text in texts:
        processing.process(UUID(post(client, {"text": text}).json()["submission"]["id"]))
    assert Tech.objects.count() == 1


@pytest.mark.parametrize("texts", [("É", "E"), ("İ", "i"), ("résumé", "resume"), ("c", "c#"), ("🦄 1", "🦊 1")])
def test_texts_that_are_two(client: Client, texts: tuple[str, str]) -> None:
    for text in texts:
        processing.process(UUID(post(client, {"text": text}).json()["submission"]["id"]))
    assert Tech.objects.count() == 2


def test_longest_text_of_the_widest_letters(client: Client) -> None:
    text = "ΐ" * 200
    processing.process(UUID(post(client, {"text": text}).json()["submission"]["id"]))
    tech = Tech.objects.get()
    assert (tech.name, len(tech.name_key)) == (text, 200)


def test_same_idempotency_key_gives_the_same_submission(client: Client) -> None:
    first = post(client, {"text": "Django 3.2"}, idempotency_key="abc")
    again = post(client, {"text": "Django 3.2"}, idempotency_key="abc")
    other = post(client, {"text": "Django 3.2"}, idempotency_key="ABC")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert other.json() != first.json()
    assert Submission.objects.count() == 2


def test_idempotency_key_with_other_content_is_refused(client: Client) -> None:
    post(client, {"text": "Django 3.2"}, idempotency_key="abc")
    response = post(client, {"text": "Django 4.2"}, idempotency_key="abc")
    assert (response.status_code, list(response.json())) == (400, ["Idempotency-Key"])
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_bad_idempotency_key(client: Client, key: str) -> None:
    response = post(client, {"text": "Django 3.2"}, idempotency_key=key)
    assert (response.status_code, list(response.json())) == (400, ["Idempotency-Key"])
    assert not Submission.objects.exists()
