"""Attributes of a technology: level override, versionless, corrected text."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from techs.assessment.assessor import Assessor
from techs.inventory import editing
from techs.models import Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = str(datetime.now(UTC).date() + timedelta(days=2))  # still the future if midnight passes
TODAY = str(datetime.now(UTC).date())


def patch(client: Client, tech: Tech, **body: Any) -> Any:
    return client.patch(f"/api/techs/{tech.pk}/", body, content_type="application/json")


def test_level_set_by_hand_wins_and_the_computed_one_stays_visible(client: Client) -> None:
    tech = add("Django 3.2")
    row = patch(client, tech, hand_priority="low", hand_review_on=TOMORROW, note="Isolated.").json()
    assert (row["priority"], row["score"] < 35, row["hand_priority"]) == ("low", True, "low")
    assert row["computed"] == {"priority": "critical", "score": 95}
    assert row["text"] == "Django 3.2 - priority (low)"
    assert [reason["code"] for reason in row["reasons"]][:2] == ["SET_BY_HAND", "EOL_PAST"]
    assert "Isolated." in row["reasons"][0]["text"]
    assert client.get("/api/techs/").json()["data"][0]["priority"] == "low"


def test_level_set_by_hand_ends_on_its_review_date(client: Client) -> None:
    tech = add("Django 3.2")
    patch(client, tech, hand_priority="low", hand_review_on="2090-01-02", note="Isolated.")
    tech.refresh_from_db()
    catalogue = Assessor.current().catalogue
    levels = []
    for day in (date(2090, 1, 1), date(2090, 1, 2)):
        Assessor(catalogue=catalogue, today=day).assess(tech)
        levels.append(tech.level)
    assert levels == ["low", "critical"]


def test_level_set_by_hand_is_taken_back(client: Client) -> None:
    tech = add("Django 3.2")
    patch(client, tech, hand_priority="low", hand_review_on=TOMORROW, note="Isolated.")
    row = patch(client, tech, hand_priority=None).json()
    assert (row["priority"], row["hand_priority"], row["hand_review_on"]) == ("critical", None, None)


def test_level_set_by_hand_keeps_its_reason(client: Client) -> None:
    tech = add("Django 3.2")
    patch(client, tech, hand_priority="low", hand_review_on=TOMORROW, note="Isolated.")
    answer = patch(client, tech, note="")
    assert (answer.status_code, list(answer.json())) == (400, ["note"])
    assert patch(client, tech, note="Switched off.").json()["note"] == "Switched off."
    assert patch(client, tech, hand_priority=None, note="").json()["note"] == ""
    assert patch(client, tech, note="").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hand_priority": "low", "note": "x"}, "hand_review_on"),
        ({"hand_priority": "low", "note": "x", "hand_review_on": TODAY}, "hand_review_on"),
        ({"hand_priority": "low", "note": "x", "hand_review_on": "soon"}, "hand_review_on"),
        ({"hand_priority": "low", "hand_review_on": TOMORROW}, "note"),
        ({"hand_priority": "urgent", "note": "x", "hand_review_on": TOMORROW}, "hand_priority"),
        ({"hand_review_on": TOMORROW}, "hand_priority"),
        ({"note": 5}, "note"),
        ({"evergreen": "yes"}, "evergreen"),
        ({"text": " "}, "text"),
    ],
)
def test_bad_word_names_the_field(client: Client, body: dict[str, Any], field: str) -> None:
    response = patch(client, add("Django 3.2"), **body)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_evergreen_is_nothing_to_watch(client: Client) -> None:
    tech = add("Our wiki")
    assert tech.level == "unknown"
    row = patch(client, tech, evergreen=True).json()
    assert (row["priority"], row["reasons"][0]["code"]) == ("low", "EVERGREEN")
    assert patch(client, tech, evergreen=False).json()["priority"] == "unknown"


def test_evergreen_does_not_hide_a_version_that_is_known(client: Client) -> None:
    assert patch(client, add("Django 3.2"), evergreen=True).json()["priority"] == "critical"


def test_suggestion_is_accepted_by_correcting_the_text(client: Client) -> None:
    tech = add("djano 3.2", impact="high")
    (suggestion,) = client.get(f"/api/techs/{tech.pk}/").json()["suggestions"]
    assert suggestion == "Django 3.2"
    row = patch(client, tech, text=suggestion).json()
    assert (row["id"], row["name"], row["priority"], row["impact"]) == (tech.pk, "Django 3.2", "critical", "high")
    assert [change["to_level"] for change in row["level_changes"]] == ["critical"]
    assert [listed["name"] for listed in client.get("/api/techs/").json()["data"]] == ["Django 3.2"]


def test_corrected_text_that_is_on_the_list_already(client: Client) -> None:
    right, wrong = add("Django 3.2"), add("djano 3.2")
    assert patch(client, wrong, text="DJANGO 3.2").json()["id"] == right.pk
    assert list(Tech.objects.values_list("name", flat=True)) == ["Django 3.2"]


def test_what_is_said_with_a_correction_goes_to_the_row_that_stays(client: Client) -> None:
    right, wrong = add("Postgres 14"), add("postgers 14")
    row = patch(client, wrong, text="Postgres 14", note="ours", impact="critical").json()
    assert (row["id"], row["note"], row["priority"]) == (right.pk, "ours", "critical")


def test_correcting_the_letters_only(client: Client) -> None:
    tech = add("django 3.2")
    assert patch(client, tech, text="Django 3.2").json()["name"] == "Django 3.2"


def test_edit_takes_only_what_the_team_may_say() -> None:
    with pytest.raises(TypeError, match="score"):
        editing.edit(add("Django 3.2"), score=0)
