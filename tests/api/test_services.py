"""The API of services: created, changed, read and deleted."""

import copy
import json
from datetime import timedelta
from typing import Any
from unicodedata import lookup

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from techs import tasks
from techs.api import service_views, upload_views
from techs.inventory import services
from techs.models import Resolved, Service, ServiceSource, Tech, Upload, Usage
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.service_api import JSON, SOURCE, URL, create, put
from tests.support.uploads import listed, push, used

pytestmark = pytest.mark.django_db(transaction=True)


def recount(slug: str = "shop") -> None:
    tasks.recount_service(Service.objects.get(slug=slug).pk)


def test_create_and_read(client: Client) -> None:
    fields = {"owner": "Web", "impact": "high", "tags": ["b", "A"], "repository": "https://git.example.org/shop"}
    first = create(client, **fields)
    assert first.status_code == 201
    assert {name: first.json()[name] for name in fields} == fields | {"tags": ["a", "b"]}
    assert (first.json()["slug"], first.json()["archived"]) == ("shop", False)
    again = client.post(URL, {"name": " SHOP ", "owner": "Other"}, content_type=JSON)
    assert (again.status_code, again.json()["slug"], again.json()["owner"]) == (200, "shop", "Web")
    [row] = client.get(URL).json()["data"]
    assert (row["name"], row["technologies"], row["worst"], row["stale"]) == ("Shop", 0, None, False)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Café & Bar", "cafe-bar"),
        ("  --Pay__ments-- ", "pay-ments"),
        ("支付", "service"),
        ("x" * 100, "x" * 90),
        (lookup("LATIN SMALL LETTER SHARP S"), "ss"),
        ("Shop!", "shop-2"),
    ],
)
def test_slugs(client: Client, name: str, slug: str) -> None:
    create(client)
    answer = client.post(URL, {"name": name}, content_type=JSON)
    assert (answer.status_code, answer.json()["slug"]) == (201, slug)
    assert client.get(f"{URL}{slug}/").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "---"},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": 1},
        {"impact": "huge"},
        {"tags": ["a/b"]},
        {"repository": "ftp://x"},
        {"repository": "https://user:secret@git.example.org"},
        {"slug": "x"},
    ],
)
def test_bad_fields(client: Client, fields: dict[str, Any]) -> None:
    answer = create(client, **fields)
    assert (answer.status_code, list(answer.json())) == (400, list(fields))
    assert not Service.objects.exists()


def test_a_service_in_full(client: Client) -> None:
    push(support.service(owner="Web"), "django==3.2.25\nrequests==2.31\n")
    body = client.get(f"{URL}shop/").json()
    assert [(tech["name"], tech["uses"][0]["versions"]) for tech in body["techs"]] == [
        ("Django 3.2", ["3.2.25"]),
        ("requests", ["2.31"]),
    ]
    assert (body["technologies"], body["libraries"], body["levels"]["critical"]) == (1, 1, 1)
    assert [(source["name"], source["origin"], source["technologies"]) for source in body["sources"]] == [
        ("requirements.txt", "api", 2)
    ]
    assert [(change["kind"], change["name"]) for change in body["changes"]] == [
        ("entered", "requests"),
        ("entered", "Django 3.2"),
    ]
    etag = client.get(f"{URL}shop/")["ETag"]
    assert client.get(f"{URL}shop/", headers={"If-None-Match": etag}).status_code == 304
    push(support.service(), "django==5.2.3\n")
    assert [tech["name"] for tech in client.get(f"{URL}shop/").json()["techs"]] == ["Django 5.2"]


def test_change_a_service(client: Client) -> None:
    push(support.service(impact="low"), "django==3.2.25\n")
    before = Tech.objects.get().score
    answer = client.patch(f"{URL}shop/", {"impact": "critical", "owner": "Web"}, content_type=JSON)
    assert (answer.status_code, answer.json()["pending"]) == (202, True)
    recount()
    row = client.get("/api/techs/?owner=web").json()["data"][0]
    assert (row["impact"], row["own_impact"], row["owner"]) == ("critical", None, "")
    assert row["score"] > before
    assert not client.get(f"{URL}shop/").json()["pending"]
    note = client.patch(f"{URL}shop/", {"note": "Ours."}, content_type=JSON)
    assert (note.status_code, note.json()["note"]) == (200, "Ours.")
    assert client.patch(f"{URL}shop/", {"slug": "x"}, content_type=JSON).status_code == 400
    assert client.patch(f"{URL}none/", {}, content_type=JSON).status_code == 404


def test_rename_a_service(client: Client) -> None:
    create(client)
    support.service("Pay")
    answer = client.patch(f"{URL}shop/", {"name": "Web shop"}, content_type=JSON)
    assert (answer.status_code, answer.json()["name"], answer.json()["slug"]) == (200, "Web shop", "shop")
    taken = client.patch(f"{URL}shop/", {"name": "PAY"}, content_type=JSON)
    assert (taken.status_code, taken.json()["detail"]) == (409, "Another service, pay, has this name.")
    assert create(client).json()["slug"] == "shop-2"


def test_delete_and_undo(client: Client) -> None:
    shop = support.service(owner="Web")
    push(shop, "django==3.2.25\n")
    Tech.objects.update(note="Ours.")
    answer = client.delete(f"{URL}shop/")
    assert (answer.status_code, answer.json()["archived"]) == (202, True)
    recount()
    assert listed() == {}
    [resolved] = client.get("/api/resolved/").json()["data"]
    assert (resolved["name"], resolved["note"], resolved["returned_at"]) == ("Django 3.2", "Ours.", None)
    assert client.patch(f"{URL}shop/", {"archived": False}, content_type=JSON).status_code == 202
    recount()
    assert listed() == {"Django 3.2": 1}
    assert Tech.objects.get().note == "Ours."
    services.purge(seconds=5)
    assert Service.objects.exists()


def test_a_deleted_service_is_purged_after_a_day(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    client.delete(f"{URL}shop/")
    recount()
    tasks.clean_up()
    assert Service.objects.exists()
    Service.objects.update(purge_at=timezone.now() - timedelta(seconds=1))
    tasks.clean_up()
    assert [model.objects.count() for model in (Service, ServiceSource, Usage)] == [0, 0, 0]
    assert (Resolved.objects.count(), Upload.objects.get().service) == (1, None)


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_service_that_is_about_to_be_purged_stays_deleted(client: Client, method: str) -> None:
    """The purge may have begun."""
    create(client)
    client.delete(f"{URL}shop/")
    Service.objects.update(purge_at=timezone.now() - timedelta(seconds=1))
    answer = getattr(client, method)(f"{URL}shop/", {"archived": False}, content_type=JSON)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    assert Service.objects.get().purge_at


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", URL + "shop/", {"owner": "Web"}),
        ("delete", URL + "shop/", {}),
        ("put", SOURCE, "django==3.2.25\n"),
        ("delete", SOURCE, {}),
        ("post", URL + "shop/complete/", {"origin": "api", "sources": []}),
    ],
)
def test_a_service_that_is_purged_before_it_is_locked(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any
) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    for views in (service_views, upload_views):
        monkeypatch.setattr(views, "get_object_or_404", lambda *_, **__: copy.copy(shop))
    Service.objects.all().delete()
    content_type = "application/octet-stream" if method == "put" else JSON
    answer = getattr(client, method)(path, body, content_type=content_type)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_an_archived_service_stays(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    client.patch(f"{URL}shop/", {"archived": True}, content_type=JSON)
    recount()
    assert (listed(), client.get(f"{URL}shop/").json()["purge_at"]) == ({}, None)


def test_the_sweep_finishes_a_change() -> None:
    shop = support.service(impact="low")
    push(shop, "django==3.2.25\n")
    services.change(shop, impact="critical")
    Service.objects.update(publish_again_at=timezone.now())
    assert (tasks.sweep(), tasks.sweep()) == (1, 0)


def test_stale_sources(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    ServiceSource.objects.update(seen_at=timezone.now() - timedelta(days=30))
    assert not client.get(URL).json()["data"][0]["stale"]
    ServiceSource.objects.update(seen_at=timezone.now() - timedelta(days=32))
    services.change(Service.objects.get(), note="x")
    assert client.get(URL).json()["data"][0]["stale"]
    assert client.get(f"{URL}shop/").json()["sources"][0]["stale"]
    assert put(client, "django==3.2.25\n").status_code == 200
    assert not client.get(URL).json()["data"][0]["stale"]


def test_the_list_by_service_and_owner(client: Client) -> None:
    add("Django 3.2", owner="Web")
    add("Redis 6", owner="Payments")
    add("Node.js 16")
    push(support.service("Shop", owner="Shop team"), "django==3.2.25\n")
    push(support.service("Pay", owner="Payments"), "django==3.2.25\nflask==1\n")

    def names(query: str) -> list[str]:
        return sorted(row["name"] for row in client.get(f"/api/techs/?{query}").json()["data"])

    assert names("service=shop") == ["Django 3.2"]
    assert names("service=pay&include=all") == ["Django 3.2", "flask"]
    assert names("service=shop&service=pay") == ["Django 3.2"]
    assert names("service=unknown") == []
    assert names("owner=payments") == ["Django 3.2", "Redis 6"]
    assert names("owner=web") == names("owner=shop%20team") == ["Django 3.2"]
    assert client.get("/api/techs/?service=a/b").status_code == 400
    row = client.get("/api/techs/?service=shop").json()["data"][0]
    assert (row["services"], row["versions"], row["by_hand"], row["owner"]) == (2, ["3.2.25"], True, "Web")
    assert b"service Shop" in client.get("/api/techs/calendar.ics?service=shop").content
    assert b"Django 3.2" in client.get("/api/techs/export.csv?service=shop").content
    assert b"1 critical" in client.get("/api/techs/badge.svg?service=shop").content
    assert b"Shop team" in client.get("/api/techs/changes.atom?owner=shop%20team").content
    body = client.get(f"/api/techs/{row['id']}/").json()
    assert [(use["service"], use["source"], use["versions"]) for use in body["used_by"]] == [
        ("pay", "requirements.txt", ["3.2.25"]),
        ("shop", "requirements.txt", ["3.2.25"]),
    ]


def test_rows_in_use_are_neither_removed_nor_renamed(client: Client) -> None:
    push(support.service("Shop"), "django==3.2.25\n")
    push(support.service("Pay"), "django==3.2.25\n")
    url = f"/api/techs/{Tech.objects.get().pk}/"
    for answer in (client.delete(url), client.patch(url, {"text": "Django 4"}, content_type=JSON)):
        assert (answer.status_code, answer.json()["detail"][:27]) == (409, "This is used by 2 services.")
    assert client.patch(url, {"owner": "Web", "text": "DJANGO 3.2"}, content_type=JSON).status_code == 200
    page = client.post(f"/techs/{Tech.objects.get().pk}/remove/")
    assert (page.status_code, "used by 2 services" in page.content.decode()) == (409, True)
    assert Tech.objects.get().name == "DJANGO 3.2"


def test_pages_of_services(client: Client) -> None:
    for number in range(3):
        support.service(f"Service {number}")
    first = client.get(f"{URL}?page_size=2").json()
    assert (first["count"], len(first["data"]), first["previous"]) == (3, 2, None)
    second = client.get(first["next"]).json()
    assert ([row["name"] for row in second["data"]], second["next"]) == (["Service 2"], None)
    assert client.get(second["previous"]).json()["data"] == first["data"]
    assert [row["slug"] for row in client.get(f"{URL}?q=E%201").json()["data"]] == ["service-1"]
    assert client.get(f"{URL}?page=x").status_code == 400


def test_resolved_by_service(client: Client) -> None:
    for name, files in (("Shop", ("django==3.2.25\nnumpy==1.21.6\n", "")), ("Pay", ("flask==1.1\n", ""))):
        for file in files:
            push(support.service(name), file)
    push(support.service("Old"), "requests==2\n")
    support.change(support.service("Old"), archived=True)

    def names(query: str) -> list[str]:
        return sorted(row["name"] for row in client.get(f"/api/resolved/?{query}").json()["data"])

    assert names("") == ["Django 3.2", "NumPy", "flask", "requests"]
    assert names("service=shop") == ["Django 3.2", "NumPy"]
    assert names("service=shop&q=num") == ["NumPy"]
    assert names("service=pay&service=old") == ["flask", "requests"]
    assert names("service=unknown") == []
    assert client.get("/api/resolved/?service=a/b").json().keys() == {"service"}
    first = client.get("/api/resolved/?service=shop&service=pay&page_size=2").json()
    assert (first["count"], len(first["data"])) == (3, 2)
    rest = client.get(first["next"]).json()["data"]
    assert sorted(row["name"] for row in first["data"] + rest) == ["Django 3.2", "NumPy", "flask"]


def test_json_in_full_is_json(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    assert json.loads(client.get("/api/techs/export.json").content)[0]["services"] == 1
    assert used(support.service()) == {"Django 3.2": ["3.2.25"]}


def test_the_form_leaves_an_impact_that_nobody_set(client: Client) -> None:
    push(support.service(impact="high"), "django==3.2.25\n")
    tech = Tech.objects.get()
    form = BeautifulSoup(client.get(f"/techs/{tech.pk}/").content, "html.parser").select_one("[name=impact]")
    assert form is not None
    assert next(option["value"] for option in form.select("option")) == ""
    client.post(f"/techs/{tech.pk}/", {"impact": "", "initial-impact": "", "owner": "Web"})
    tech.refresh_from_db()
    assert (tech.owner, tech.impact) == ("Web", "")


def test_a_row_that_nobody_needs_but_services(client: Client) -> None:
    url = f"/api/techs/{add('Django 3.2').pk}/"
    refused = client.patch(url, {"by_hand": False}, content_type=JSON)
    assert (refused.status_code, refused.json()["detail"]) == (409, "No service uses this. Remove it instead.")
    shop = support.service()
    push(shop, "django==3.2.25\n")
    answer = client.patch(url, {"by_hand": False, "owner": "Web"}, content_type=JSON)
    assert (answer.json()["by_hand"], answer.json()["owner"]) == (False, "Web")
    push(shop, "")
    assert listed() == {}
    push(shop, "django==3.2.25\n")
    client.patch(f"/api/techs/{Tech.objects.get().pk}/", {"by_hand": True}, content_type=JSON)
    push(shop, "")
    assert listed() == {"Django 3.2": 0}
