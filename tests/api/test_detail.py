"""GET, PATCH and DELETE /api/techs/{id}/."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from techs.models import Resolved, Submission, Tech
from techs.submissions import outbox, processing
from tests.support.date_changes import AFTER, BEFORE, django, publish
from tests.support.factories import add, submit
from tests.support.lifecycle_server import LifecycleServer

pytestmark = pytest.mark.django_db(transaction=True)


def patch(client: Client, tech: Tech, body: Any) -> Any:
    return client.patch(f"/api/techs/{tech.pk}/", body, content_type="application/json")


def test_it_works(client: Client) -> None:
    tech = add("Django 3.2")
    row = client.get(f"/api/techs/{tech.pk}/").json()
    ended = (date(2024, 4, 1) - datetime.now(UTC).date()).days
    assert row.pop("days_left") == ended
    assert [row.pop(name) for name in ("level_changes", "date_changes", "used_by")] == [[], [], []]
    assert row == client.get("/api/techs/").json()["data"][0]


def test_end_dates_that_moved(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2.3")
    publish(publisher, django(None, isEol=True))
    publish(publisher, django(AFTER))
    with CaptureQueriesContext(connection) as queries:
        changes = client.get(f"/api/techs/{tech.pk}/").json()["date_changes"]
    assert len([query for query in queries if "techdatechange" in query["sql"]]) == 1
    moments = [change.pop("at") for change in changes]
    assert moments == sorted(moments, reverse=True)
    same = {"product": "django", "release": "5.2", "field": "end_of_life"}
    assert [change | same for change in changes] == changes
    assert [(change["before"], change["after"]) for change in changes] == [("ended", AFTER), (BEFORE, "ended")]
    assert changes[0]["text"] == f"end of support of Django 5.2 set to {AFTER}; the day was unknown before"


def test_impact_moves_the_level_and_forgets_the_list(client: Client) -> None:
    tech = add("Postgres 14")
    client.get("/api/techs/")
    changed = patch(client, tech, {"impact": "critical"}).json()
    assert (changed["priority"], changed["impact"]) == ("critical", "critical")
    listed = client.get("/api/techs/").json()
    assert listed["isCached"] is False
    assert listed["data"][0].items() <= changed.items()


def test_extended_support_covers(client: Client) -> None:
    tech = add("Debian 12")
    changed = patch(client, tech, {"extended_support": True}).json()
    assert changed["extended_support"] is True
    assert changed["score"] < tech.score


def test_note_alone(client: Client) -> None:
    tech = add("Debian 12", impact="high")
    changed = patch(client, tech, {"note": "Moves in March."}).json()
    assert (changed["note"], changed["impact"], changed["score"]) == ("Moves in March.", "high", tech.score)


@pytest.mark.parametrize(
    "body", [{"impact": "huge"}, {"extended_support": "yes"}, {"note": "x" * 2001}, {"note": None}, {"note": "a\x00b"}]
)
def test_bad_edit_names_the_field(client: Client, body: dict[str, Any]) -> None:
    tech = add("Debian 12")
    response = patch(client, tech, body)
    assert (response.status_code, list(response.json())) == (400, list(body))


@pytest.mark.parametrize("by", ["ada", ""])
def test_a_new_version_names_who_changed_it(by: str) -> None:
    """Nobody is known with open access."""
    client = APIClient()
    if by:
        client.force_authenticate(User.objects.create_user(by))
    assert client.patch(f"/api/techs/{add('Django 3.2').pk}/", {"text": "Django 5.2"}).status_code == 200
    assert Resolved.objects.get().moves[0]["by"] == by


def test_edit_outlives_an_older_submission_that_arrives_late(client: Client) -> None:
    """The latest of all submissions and edits wins, in any order of delivery."""
    tech = add("Debian 12")
    late = outbox.accept(text="Debian 12", impact="low")
    patch(client, tech, {"impact": "critical"})
    processing.process(late.uuid)
    tech.refresh_from_db()
    assert tech.impact == "critical"


def test_corrected_text_outlives_an_older_submission_that_arrives_late(client: Client) -> None:
    tech = add("django 3.2")
    late = outbox.accept(text="DJANGO 3.2")
    patch(client, tech, {"text": "Django 3.2"})
    processing.process(late.uuid)
    tech.refresh_from_db()
    assert (tech.name, tech.last_submission) == ("Django 3.2", late.pk)


def test_an_edit_of_nothing_overtakes_no_submission(client: Client) -> None:
    tech = add("Django 3.2")
    late = outbox.accept(text="Django 3.2", owner="Web")
    assert patch(client, tech, {}).json()["owner"] == ""
    processing.process(late.uuid)
    tech.refresh_from_db()
    assert tech.owner == "Web"


def test_delete_forgets_the_list(client: Client) -> None:
    submission = submit("Django 3.2")
    client.get("/api/techs/")
    assert client.delete(f"/api/techs/{submission.tech_id}/").status_code == 204
    assert client.get("/api/techs/").json()["data"] == []
    assert client.get(f"/api/techs/{submission.tech_id}/").status_code == 404
    assert client.get(f"/api/submissions/{submission.uuid}/").json()["tech"] is None
    assert Submission.objects.count() == 1


def test_deleted_tech_can_be_added_again(client: Client) -> None:
    tech = add("Django 3.2")
    client.delete(f"/api/techs/{tech.pk}/")
    add("Django 3.2")
    assert client.get("/api/techs/").json()["count"] == 1


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_unknown_tech(client: Client, method: str) -> None:
    response = getattr(client, method)("/api/techs/1/", content_type="application/json")
    assert (response.status_code, list(response.json())) == (404, ["detail"])
