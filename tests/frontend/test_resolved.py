"""/resolved/: the technologies that the team has moved away from."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.inventory import editing
from techs.models import Resolved
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.pages import attribute, links, text_of, texts, visit
from tests.support.uploads import push

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_resolved(client: Client) -> None:
    assert "Nothing resolved yet" in text_of(visit(client, "/resolved/"), ".empty")


def test_resolved_by_month(client: Client) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\n")
    push(shop, "django==5.2.1\n")
    editing.edit(add("Vue 2.7", owner="Web"), text="Vue 3", by="ada")
    Resolved.objects.exclude(name="Vue 2.7").update(at=timezone.now() - timedelta(days=70))
    cache.invalidate()
    page = visit(client, "/resolved/")
    assert text_of(page, ".card h2") == "3 so far"
    assert [heading.split(" ", 2)[2] for heading in texts(page, ".month h2")] == ["1 resolved", "2 resolved"]
    rows = [re.sub(r"→ ?to", "to", text) for text in texts(page, ".month .resolved-what")]
    assert "Django 3.2 Shop: 3.2.25 to Django 5.2" in rows
    assert "Vue 2.7 Web Changed by hand by ada: 2.7 to Vue 3" in rows
    assert any(row.endswith("no longer used") for row in rows)
    assert texts(visit(client, "/resolved/?q=vue"), ".month strong") == ["Vue 2.7"]


def test_resolved_by_one_service(client: Client) -> None:
    """Its months, search and pages stay those of the service."""
    shop, pay = support.service("Café & Bar"), support.service("Pay")
    push(shop, "django==3.2.25\nnumpy==1.21.6\n")
    push(pay, "flask==1.1\n", "FLASK.txt")
    push(shop, "django==5.2.1\n")
    push(pay, "", "FLASK.txt")
    Resolved.objects.filter(name="Django 3.2").update(at=timezone.now() - timedelta(days=70))
    cache.invalidate()
    assert text_of(visit(client, "/resolved/"), ".card h2") == "3 so far"
    link = links(visit(client, "/services/cafe-bar/"), "a")["Resolved by Café & Bar"]
    page = visit(client, link)
    assert text_of(page, ".status") == "By Café & Bar · Show all services"
    assert text_of(page, ".card h2") == "2 so far"
    assert [heading.split(" ", 2)[2] for heading in texts(page, ".month h2")] == ["1 resolved", "1 resolved"]
    assert sorted(texts(page, ".month strong")) == ["Django 3.2", "NumPy"]
    assert attribute(page, "form.search input[type=hidden]", "value") == "cafe-bar"
    found = visit(client, f"{link}&q=numpy")
    assert texts(found, ".month strong") == ["NumPy"]
    assert links(found, ".status a")["Show all"] == link
    older = links(visit(client, f"{link}&page_size=1"), ".pager a")["Older"]
    assert texts(visit(client, older), ".month strong") == ["Django 3.2"]
    assert "Nothing resolved yet" in text_of(visit(client, "/resolved/?service=unknown"), ".empty")
    assert client.get("/resolved/?service=a/b").status_code == 400
    assert "By Café & Bar or Pay" in text_of(visit(client, "/resolved/?service=pay&service=cafe-bar"), ".status")


def test_change_version_keeps_the_user(client: Client) -> None:
    tech = add("Django 3.2")
    client.post(f"/techs/{tech.pk}/rename/", {"text": "Django 5.2"})
    assert Resolved.objects.get().moves[0]["by"] == ""
    assert "Django 3.2" in text_of(visit(client, "/resolved/"), ".month")
