"""The services of technologies, on their pages and on the list."""

import pytest
from bs4 import Tag
from django.test import Client

from techs.models import Tech
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.pages import attribute, one, text_of, texts, visit
from tests.support.uploads import push

pytestmark = pytest.mark.django_db(transaction=True)


def test_used_by(client: Client) -> None:
    push(support.service(owner="Web"), "django==3.2.25\n")
    push(support.service("Pay"), "requests==2\ndjango==3.2.18\n")
    page = visit(client, f"/techs/{Tech.objects.get(name='Django 3.2').pk}/")
    assert text_of(page, "#used-by h2") == "Used by 2 services"
    rows = [texts(row, "th, td")[:3] for row in page.select("#used-by tbody tr")]
    assert rows == [
        ["Pay", "3.2.18", "requirements.txt:2"],
        ["Shop Web", "3.2.25", "requirements.txt:1"],
    ]
    assert page.select_one(".danger") is None  # it cannot be removed or renamed


def test_a_technology_without_services(client: Client) -> None:
    page = visit(client, f"/techs/{add('Django 3.2').pk}/")
    assert page.select_one("#used-by") is None
    assert page.select_one(".danger")


def test_rows_show_services_and_versions(client: Client) -> None:
    for number, name in enumerate(["Shop", "Pay", "Blog", "Wiki"]):
        push(support.service(name), f"django==3.2.{number}\n")
    row = one(visit(client, "/"), ".row")
    assert text_of(row, ".used") == "4"
    assert attribute(row, ".used a", "title") == "Versions: 3.2.0, 3.2.1, 3.2.2 and 1 more"
    add("our wiki")
    assert len(visit(client, "/").select(".row .used a")) == 1


def test_filter_by_service(client: Client) -> None:
    push(support.service("Café & Bar"), "django==3.2.25\n")
    push(support.service("Pay", owner="Accounts"), "numpy==1.21.6\n")
    page = visit(client, "/?service=cafe-bar")
    assert texts(page, ".row .name") == ["Django 3.2"]
    assert chips(page) == ["Service Café & Bar"]
    assert text_of(page, "#level-critical .count") == "1"
    page = visit(client, "/?service=cafe-bar&service=pay")
    assert chips(page) == ["Service Café & Bar", "Service Pay"]
    assert texts(visit(client, "/"), "#filter-service option") == ["Any service", "Café & Bar"]
    page = visit(client, "/?owner=accounts&include=all")
    assert chips(page) == ["Owner Accounts"]
    assert len(page.select(".row")) == 1
    assert chips(visit(client, "/?service=gone")) == ["Service gone"]


def chips(page: Tag) -> list[str]:
    """Return the chosen filters above the list."""
    return [text.partition("×")[0] for text in texts(page, ".chip")]


def test_kept_or_not_without_services(client: Client) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nrequests==2\n")
    tech = Tech.objects.get(name="Django 3.2")
    for by_hand, offered, words, after in (
        (False, {"yes": "Keep it without services"}, "Leaves the list when no service", "This stays on the list"),
        (True, {"no": "Let it leave with its last service"}, "Somebody added this", "This leaves the list"),
    ):
        page = visit(client, f"/techs/{tech.pk}/?q=django")
        form = one(page, "form.keep")
        assert {str(each["value"]): text_of(each) for each in form.select("button")} == offered
        assert text_of(form, "p").startswith(words)
        done = client.post(str(form["action"]), {"by_hand": next(iter(offered))})
        assert (done.status_code, done.headers["Location"]) == (303, f"/techs/{tech.pk}/?q=django")
        assert after in text_of(visit(client, done.headers["Location"]), "[role=status]")
        tech.refresh_from_db()
        assert tech.by_hand is not by_hand
    client.post(f"/techs/{tech.pk}/keep/", {"by_hand": "yes"})
    push(shop, "requests==2\n")
    assert Tech.objects.get(name="Django 3.2").services == 0


def test_where_keeping_makes_no_sense(client: Client) -> None:
    """Without services, and for a library, which is not tracked."""
    push(support.service(), "requests==2\n")
    alone = add("Django 3.2")
    for tech in (alone, Tech.objects.get(name="requests")):
        assert visit(client, f"/techs/{tech.pk}/").select_one("form.keep") is None
    refused = client.post(f"/techs/{alone.pk}/keep/", {"by_hand": "no"})
    assert (refused.status_code, "No service uses this. Remove it instead." in refused.content.decode()) == (409, True)
    for given in ({}, {"by_hand": ""}, {"by_hand": "maybe"}):
        assert client.post(f"/techs/{alone.pk}/keep/", given).status_code == 400
    assert client.get(f"/techs/{alone.pk}/keep/").headers["Location"] == f"/techs/{alone.pk}/"
    gone = client.post("/techs/999999/keep/", {"by_hand": "no"})
    assert "no longer on the list" in client.get(gone.headers["Location"]).content.decode()
    alone.refresh_from_db()
    assert alone.by_hand
