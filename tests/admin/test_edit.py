"""Editing a technology in the admin saves only the fields that were changed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs.inventory import editing
from techs.models import Action, Tech
from tests.admin.test_lists import PAST
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def shown(client: Client, tech: Tech) -> dict[str, Any]:
    """Return the fields that a browser would send, including hidden ones."""
    form = client.get(f"/admin/techs/tech/{tech.pk}/change/").context["adminform"].form
    fields = {field.html_name: field.value() for field in form}
    was = {field.html_initial_name: field.value() for field in form}
    data = {name: form_value(name, value) for name, value in (fields | was).items()}
    return {name: value for name, value in data.items() if value is not None} | PAST


def form_value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return "on" if value else None
    return ", ".join(value) if isinstance(value, list) else value or ""


def save(client: Client, tech: Tech, data: dict[str, Any]) -> str:
    response = client.post(f"/admin/techs/tech/{tech.pk}/change/", data, follow=True)
    assert response.status_code == 200
    tech.refresh_from_db()
    return str(response.content.decode())


def test_tags_as_people_type_them(admin_client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), tags=["shop", "team-web"])
    assert 'value="shop, team-web"' in admin_client.get(f"/admin/techs/tech/{tech.pk}/change/").content.decode()
    save(admin_client, tech, shown(admin_client, tech) | {"tags": "#Shop; team-api"})
    assert tech.tags == ["shop", "team-api"]
    assert [row.tag for row in tech.tag_rows.order_by("tag")] == ["shop", "team-api"]
    html = save(admin_client, tech, shown(admin_client, tech) | {"tags": "no/slash"})
    assert "A tag has 1 to 30 letters" in html
    assert tech.tags == ["shop", "team-api"]


def test_a_stale_page_undoes_nothing(admin_client: Client) -> None:
    """Fields that were not changed keep what others have saved meanwhile."""
    tech = add("Django 3.2")
    page = shown(admin_client, tech)
    editing.edit(tech, owner="Team Web", tags=["shop"], impact="high")
    save(admin_client, tech, page | {"note": "ours"})
    assert (tech.note, tech.owner, tech.tags, tech.impact) == ("ours", "Team Web", ["shop"], "high")


def test_saving_without_a_change_changes_nothing(admin_client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), note="ours", tags=["shop"])
    Action.objects.all().delete()
    before = (tech.edited_at, tech.tags)
    save(admin_client, tech, shown(admin_client, tech))
    assert (tech.edited_at, tech.tags) == before
    assert not Action.objects.exists()


def test_a_level_set_by_hand_whose_day_has_come(admin_client: Client) -> None:
    """It has no effect any more, and must not prevent saving a note."""
    tech = editing.edit(add("Django 3.2"), level_override="low", override_review_on=date(2999, 1, 1), note="x")
    Tech.objects.update(override_review_on=timezone.now().date() - timedelta(days=1))
    page = shown(admin_client, tech)
    assert (page["level_override"], page["override_review_on"]) == ("", "")
    save(admin_client, tech, page | {"note": "still ours"})
    assert (tech.note, tech.level) == ("still ours", "critical")


def test_a_level_that_is_taken_off_needs_no_day(admin_client: Client) -> None:
    tech = editing.edit(add("Django 3.2"), level_override="low", override_review_on=date(2999, 1, 1), note="x")
    save(admin_client, tech, shown(admin_client, tech) | {"level_override": ""})
    assert (tech.level_override, tech.override_review_on, tech.level) == ("", None, "critical")


def test_a_level_set_by_hand_needs_a_reason(admin_client: Client) -> None:
    tech = add("Django 3.2")
    level = {"level_override": "low", "override_review_on": "2999-01-01"}
    assert "Explain why the level is overridden." in save(admin_client, tech, shown(admin_client, tech) | level)
    assert tech.level_override == ""
    save(admin_client, tech, shown(admin_client, tech) | level | {"note": "it goes"})
    assert tech.level == "low"


def test_an_owner_is_clean(admin_client: Client) -> None:
    tech = add("Django 3.2")
    save(admin_client, tech, shown(admin_client, tech) | {"owner": "  Team   Web "})
    assert tech.owner == "Team Web"
