"""The pages of services: all of them, and one."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import cache
from techs.inventory import editing, services
from techs.inventory.service_lists import ORDERINGS
from techs.models import Service, ServiceSource, Tech, Usage
from tests.support import uploads as support
from tests.support.pages import attribute, choose_file, links, one, page_of, text_of, texts, values_of, visit
from tests.support.uploads import push

pytestmark = pytest.mark.django_db(transaction=True)


def table(page: Tag, selector: str = "table.services") -> list[list[str]]:
    return [[text_of(cell) for cell in row.select("th, td")] for row in page.select(f"{selector} tbody tr")]


# --- All services ------------------------------------------------------------------------------------------------


def test_no_services_yet(client: Client) -> None:
    page = visit(client, "/services/")
    assert "No services yet" in text_of(page, ".empty")
    assert page.select_one("table.services") is None


def test_a_service_in_the_table(client: Client) -> None:
    push(support.service(owner="Web", impact="high", tags=["team-web"]), "django==3.2.25\nnumpy==1.21.6\nrequests==2\n")
    page = visit(client, "/services/")
    assert table(page) == [
        ["Shop major impact #team-web", "Web", "1 tracked, 2 libraries", "Critical: Django 3.2", "today"]
    ]
    assert "Critical (act now)" in attribute(page, "table.services .bar", "aria-label")
    assert links(page, ".worst a")["Django 3.2"] == f"/techs/{Tech.objects.get(name='Django 3.2').pk}/"


def test_one_is_stale(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    ServiceSource.objects.update(seen_at=timezone.now() - timedelta(days=31))
    cache.invalidate()
    assert table(visit(client, "/services/"))[0][4] == "31 days ago stale"
    assert "Stale files have not been uploaded for more than 30 days." in text_of(visit(client, "/services/shop/"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Blog", "Pay", "Shop"]),
        ("?ordering=worst", ["Shop", "Pay", "Blog"]),
        ("?ordering=owner", ["Pay", "Shop", "Blog"]),
        ("?ordering=newest", ["Pay", "Shop", "Blog"]),
        ("?ordering=oldest", ["Shop", "Pay", "Blog"]),
        ("?q=PAY", ["Pay"]),
        ("?q=web", ["Shop"]),  # an owner
        ("?q=nothing", []),
        ("?page_size=1&page=2", ["Pay"]),
        ("?archived=1", ["Old"]),
    ],
)
def test_sorted_and_searched(client: Client, query: str, names: list[str]) -> None:
    push(support.service("Shop", owner="Web"), "django==3.2.25\n")
    push(support.service("Pay", owner="Accounts"), "django==5.2.1\n")
    ServiceSource.objects.filter(service__slug="shop").update(seen_at=timezone.now() - timedelta(days=2))
    support.service("Blog")
    support.change(support.service("Old"), archived=True)
    assert [row[0] for row in table(visit(client, f"/services/{query}"))] == names


@pytest.mark.parametrize("query", ["?ordering=size", "?page=x", "?page_size=-1"])
def test_refused(client: Client, query: str) -> None:
    assert client.get(f"/services/{query}").status_code == 400


def test_archived_ones_are_apart(client: Client) -> None:
    support.change(support.service("Old"), archived=True)
    support.service("Shop")
    page = visit(client, "/services/")
    assert [row[0] for row in table(page)] == ["Shop"]
    assert links(page, ".status a") == {"1 archived": "/services/?archived=1"}


def test_no_archived_ones(client: Client) -> None:
    support.service("Shop")
    page = visit(client, "/services/?archived=1")
    assert "No archived services." in text_of(page, ".empty")
    assert page.select_one(".new-service") is None


def test_add_one(client: Client) -> None:
    fields = {
        "name": "Shop",
        "owner": "Web",
        "tags": "b, a",
        "impact": "high",
        "repository": "https://git.example.org/s",
    }
    response = client.post("/services/", fields)
    assert (response.status_code, response["Location"]) == (303, "/services/shop/")
    service = Service.objects.get()
    assert (service.owner, service.tags, service.impact) == ("Web", ["a", "b"], "high")
    response = client.post("/services/", {"name": "SHOP", "owner": "Pay"})
    assert response["Location"] == "/services/shop/"
    assert "Shop exists already. Nothing was changed." in text_of(visit(client, "/services/shop/"), ".messages")
    assert Service.objects.get().owner == "Web"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Enter a name, such as Shop."),
        ({"name": "!"}, "This has no letter or digit."),
        ({"name": "Shop", "tags": "b@d"}, ""),
        ({"name": "Shop", "repository": "git@example.org:shop"}, "Enter an address"),
        ({"name": "Shop", "impact": "worst"}, "Select a valid choice"),
        ({"name": "<b>" * 40}, "Use at most 100 characters"),
    ],
)
def test_a_mistake_in_a_new_one(client: Client, fields: dict[str, str], words: str) -> None:
    response = client.post("/services/", fields)
    page = page_of(response)
    assert (response.status_code, Service.objects.count()) == (400, 0)
    assert words in text_of(page, ".new-service")
    assert page.select_one("[aria-invalid]")


@pytest.mark.parametrize("count", [3, 20])
def test_queries_do_not_grow(client: Client, count: int) -> None:
    for number in range(count):
        push(support.service(f"Service {number}"), f"django==3.2.{number}\nnumpy==1.21.6\n")
    tech = Tech.objects.get(name="Django 3.2")
    client.get("/")  # lifecycle data is read once
    sorted_lists = [(f"/services/?ordering={ordering}", 6) for ordering in ORDERINGS]
    others = (("/services/service-1/", 10), (f"/techs/{tech.pk}/", 7), ("/resolved/", 3))
    for path, most in (*sorted_lists, *others):
        cache.invalidate()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            visit(client, path)
        assert len(queries) <= most, (path, [query["sql"] for query in queries])


def test_cached_pages_cost_no_query(client: Client, django_assert_num_queries: Any) -> None:
    push(support.service(), "django==3.2.25\n")
    push(Service.objects.get(), "django==5.2.1\n")
    for path, number in (("/services/", 0), ("/services/shop/", 2), ("/resolved/", 0), ("/?service=shop", 0)):
        client.get(path)
        with django_assert_num_queries(number):
            client.get(path)


# --- One service -------------------------------------------------------------------------------------------------


def test_a_service(client: Client) -> None:
    shop = support.service(owner="Web", repository="https://git.example.org/shop", note="Sold by Ann.")
    push(shop, "# pinned\ndjango==3.2.25\nrequests==2.32.0\n", "backend/requirements.txt")
    push(shop, "django==3.2.18\n", "jobs/requirements.txt")
    push(shop, "requests==2.32.0\ndjango==5.2.1\nnumpy==1.21.6\n", "backend/requirements.txt")
    page = visit(client, "/services/shop/")
    assert table(page, "table.uses") == [
        ["Critical: Django 3.2", "3.2.18", "jobs/requirements.txt:1"],
        ["Medium: Django 5.2", "5.2.1", "backend/requirements.txt:2"],
        ["NumPy", "1.21.6", "backend/requirements.txt:3"],
        ["requests", "2.32.0", "backend/requirements.txt:1"],
    ]
    assert texts(page, ".sources strong") == ["backend/requirements.txt", "jobs/requirements.txt"]
    assert texts(page, ".sources small") == [
        "1 technology, 2 libraries, uploaded today",
        "1 technology, uploaded today",
    ]
    newest = one(page, ".changes li")
    assert texts(newest, ".diff li") == ["changed Django 3.2.25 →to 5.2.1", "added NumPy 1.21.6"]
    assert links(page, ".head a")["https://git.example.org/shop"]
    assert links(page, ".head a")["Show these technologies on the list"] == "/?service=shop"


def test_no_such_service(client: Client) -> None:
    assert client.get("/services/shop/").status_code == 404
    assert client.post("/services/shop/", {"owner": "Web"}).status_code == 404
    assert choose_file(client, "shop", "django==3.2\n").status_code == 404


def test_edit(client: Client) -> None:
    shop = support.service(owner="Web", tags=["a"])
    form = one(visit(client, "/services/shop/"), "section form.edit")
    hidden = values_of(form, 'input[type="hidden"]')
    services.change(shop, note="Somebody else wrote this.")
    response = client.post(
        "/services/shop/", hidden | {"name": "Shop", "owner": "Pay", "tags": "a, b", "impact": "low"}
    )
    assert response.status_code == 303
    shop.refresh_from_db()
    assert (shop.owner, shop.tags, shop.impact, shop.note) == ("Pay", ["a", "b"], "low", "Somebody else wrote this.")
    assert "Saved." in text_of(visit(client, "/services/shop/"), ".messages")


def test_rename(client: Client) -> None:
    support.service("Pay")
    support.service("Shop")
    refused = client.post("/services/shop/", {"name": "PAY"})
    assert (refused.status_code, Service.objects.get(slug="shop").name) == (400, "Shop")
    assert "Another service has this name." in text_of(page_of(refused))
    client.post("/services/shop/", {"name": "Web shop"})
    assert text_of(visit(client, "/services/shop/"), "h1") == "Web shop"


def test_a_mistake_in_an_edit(client: Client) -> None:
    support.service(owner="Web")
    response = client.post("/services/shop/", {"owner": "a" * 101, "tags": "b@d"})
    assert response.status_code == 400
    assert "Not saved. Correct the marked fields." in text_of(page_of(response))
    assert Service.objects.get().owner == "Web"


def test_archive_and_undo(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    assert client.post("/services/shop/archive/").status_code == 303
    assert services.recount(Service.objects.get().pk, seconds=5) is False
    page = visit(client, "/services/shop/")
    assert "Archived. Its technologies do not count" in text_of(page, ".undo")
    assert not Tech.objects.exists()
    refused = choose_file(client, "shop", "django==5.2\n")
    assert refused.status_code == 409
    assert "Shop is archived. Restore it" in text_of(page_of(refused), ".messages")
    assert client.post(attribute(page, ".undo", "action")).status_code == 303
    assert services.recount(Service.objects.get().pk, seconds=5) is False
    assert Tech.objects.get().name == "Django 3.2"


def test_odd_words_are_escaped(client: Client) -> None:
    shop = support.service("<script>alert(1)</script>", owner="<u>", note="<i>")
    push(shop, "django==3.2.25\n", "<img>")
    for path in ("/services/", f"/services/{shop.slug}/", f"/techs/{Tech.objects.get().pk}/"):
        assert not re.search(r"<script>alert|<u>|<i>|<img>", client.get(path).content.decode())
    assert Usage.objects.count() == 1


def test_accepted_risks_have_their_own_mark_and_count(client: Client) -> None:
    push(support.service(), "django==3.2.25\nflask==2.0\n")
    editing.edit(
        Tech.objects.get(name="Django 3.2"), level_override="low", override_review_on=date(2099, 2, 1), note="Isolated."
    )
    page = visit(client, "/services/shop/")
    assert "Accepted 1" in texts(page, ".tally li")
    assert "1 Accepted (review later)" in attribute(page, ".head .bar", "aria-label")
    assert "Accepted: Django 3.2 accepted until 1 Feb 2099" in texts(page, ".uses tbody th")
    found = client.get("/api/services/shop/").json()["techs"]
    assert {tech["name"]: tech["accepted_until"] for tech in found}["Django 3.2"] == "2099-02-01"
