"""Accepted risks are counted and marked as accepted wherever levels are, never as low, with nothing to do."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from techs import cache
from techs.inventory import editing
from techs.models import Import, Resolved, Tech
from tests.support.factories import add
from tests.support.import_pages import give, page, start, work
from tests.support.pages import attribute, attributes, one, text_of, texts, visit
from tests.support.uploads import push, service

pytestmark = pytest.mark.django_db(transaction=True)

LATER = date(2099, 2, 1)


def accept_risk(name: str, until: date = LATER) -> Tech:
    tech = Tech.objects.get(name=name)
    return editing.edit(tech, level_override="low", override_review_on=until, note="Isolated.")


@pytest.fixture
def shop() -> Any:
    """A service with an accepted risk in two files, and a technology that is really low; and one with only a risk."""
    found = service("Shop", owner="Web")
    push(found, "django==3.2.25\nflask==1.1\n")
    push(found, "django==3.2.25\n", "backend.txt")
    push(service("Pay"), "django==3.2.25\n")
    accept_risk("Django 3.2")
    return found


def bar_words(client: Client, name: str) -> str:
    row = one(visit(client, "/services/"), f"tr:has(.name:-soup-contains('{name}'))")
    return attribute(row, ".bar", "aria-label")


def test_the_list_of_services(client: Client, shop: Any) -> None:
    assert bar_words(client, "Pay") == "1 technology: 1 Accepted (review later)."
    assert "1 Accepted (review later)" in bar_words(client, "Shop")
    assert "Low" not in bar_words(client, "Pay")
    row = one(visit(client, "/services/"), "tr:has(.name:-soup-contains('Pay'))")
    assert attributes(row, ".bar rect", "class") == ["is-accepted"]
    assert (text_of(row, ".worst"), attribute(row, ".worst", "class")) == ("Accepted: Django 3.2", "worst is-accepted")
    found = {each["slug"]: each for each in client.get("/api/services/").json()["data"]}["pay"]
    assert (found["levels"]["low"], found["accepted"]) == (1, 1)
    assert found["worst"]["accepted_until"] == "2099-02-01"


def test_once_the_review_is_due_it_counts_as_what_it_is(client: Client, shop: Any) -> None:
    """Control: stored rows still have the override until they are assessed again."""
    Tech.objects.filter(name="Django 3.2").update(override_review_on=datetime.now(UTC).date())
    cache.invalidate()
    assert bar_words(client, "Pay") == "1 technology: 1 Low (nothing to do)."


def test_groups_of_the_list(client: Client, shop: Any) -> None:
    for by in ("product", "service"):
        group = one(visit(client, f"/?by={by}"), f"tr.group:-soup-contains('{'Django' if by == 'product' else 'Pay'}')")
        assert texts(group, ".mark") == ["accepted 1"], by
    found = client.get("/api/techs/groups/?by=service").json()["data"]["groups"]
    assert {each["value"]: each["accepted"] for each in found} == {"pay": 1, "shop": 1}
    tight = client.get("/api/techs/groups/?by=service&accepted=false").json()["data"]["groups"]
    assert {each["value"]: each["accepted"] for each in tight}.get("shop", 0) == 0


def test_the_drawing_of_the_outlook(client: Client, shop: Any) -> None:
    page = visit(client, "/?product=django")
    overdue = one(page, ".chart a")
    assert attributes(overdue, "rect[class^='is-']", "class") == ["is-accepted"]
    assert attribute(page, ".chart a", "aria-label") == "Support has ended: 1 (1 accepted)"
    table = [texts(row, "th, td") for row in page.select(".outlook table tr")][:2]
    assert table == [
        ["Period", "Critical", "High", "Medium", "Unknown", "Accepted", "Low"],
        ["Overdue", "0", "0", "0", "0", "1", "0"],
    ]
    # The stored counts of the whole list do not have them.
    assert "1 accepted" in attribute(visit(client, "/"), ".chart a", "aria-label")


def test_resolved_technologies(client: Client, shop: Any) -> None:
    push(shop, "", "backend.txt")
    push(shop, "flask==1.1\n")
    push(service("Pay"), "")
    row = one(visit(client, "/resolved/"), ".resolved:-soup-contains('Django 3.2')")
    assert text_of(row, ".level") == "Accepted"
    assert client.get("/api/resolved/").json()["data"][0]["accepted_until"] == "2099-02-01"


def test_a_review_before_the_technology_left_was_no_acceptance(client: Client, shop: Any) -> None:
    push(shop, "", "backend.txt")
    push(shop, "flask==1.1\n")
    push(service("Pay"), "")
    Resolved.objects.filter(name="Django 3.2").update(at=datetime(2100, 1, 1, tzinfo=UTC) + timedelta(days=1))
    cache.invalidate()
    assert text_of(one(visit(client, "/resolved/"), ".resolved:-soup-contains('Django 3.2')"), ".level") == "Low"


def test_the_result_of_an_import(client: Client) -> None:
    add("Django 3.2")
    accept_risk("Django 3.2")
    start(client, page(give(client, "Django 3.2\nDjango 5.2\n")))
    work()
    shown = visit(client, f"/import/{Import.objects.latest('pk').uuid}/")
    tally = dict(zip(texts(shown, ".tally li"), attributes(shown, ".tally a", "href"), strict=True))
    assert "Accepted 1" in tally
    assert texts(visit(client, tally["Accepted 1"]), ".row .name") == ["Django 3.2"]
    others = [texts(visit(client, url), ".row .name") for words, url in tally.items() if words != "Accepted 1"]
    assert others == [["Django 5.2"]]
