"""The column of services in tables: its rows become usages of the source "manual", which imports only add to."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import tasks
from techs.imports import uploads
from techs.models import (
    Import,
    LevelChange,
    Resolved,
    Service,
    ServiceSource,
    Submission,
    Tech,
    Upload,
    Usage,
    UsageChange,
)
from techs.submissions import outbox
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.servers import Server
from tests.support.service_tables import TABLE, URL, changes, imported, one_by_one, rows, send, usages, work
from tests.support.uploads import listed, push, used

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("process", [work, one_by_one])
def test_rows_become_usages_of_their_services(client: Client, process: Any) -> None:
    support.service("checkout", owner="Pay", impact="high")
    url = send(client, TABLE)
    process()
    assert usages() == {
        ("Shop", "manual", "Django 3.2", ("3.2.25",)),
        ("checkout", "manual", "Django 3.2", ("3.2.18",)),
        ("Shop", "manual", "Redis 7.0", ("7.0",)),
        ("checkout", "manual", "Redis 7.0", ("7.0",)),
    }
    assert listed() == {"Django 3.2": 2, "PostgreSQL 13": 0, "Redis 7.0": 2}
    row = Tech.objects.get(name="Django 3.2")
    assert (row.by_hand, row.owner, row.tags, row.service_impact) == (False, "Web", ["shop"], "high")
    assert (row.versions, row.lowest_version, row.level) == (["3.2.18", "3.2.25"], "3.2.18", "critical")
    assert set(row.owner_rows.values_list("owner_key", flat=True)) == {"pay"}
    assert Tech.objects.get(name="PostgreSQL 13").by_hand
    result = client.get(url).json()
    assert (result["state"], result["total"], result["done"], result["failed"]) == ("done", 4, 4, 0)
    assert result["new_services"] == [{"slug": "shop", "name": "Shop"}]
    assert sorted(changes()) == [
        *[("Shop", "entered", "Django 3.2"), ("Shop", "entered", "Redis 7.0")],
        *[("checkout", "entered", "Django 3.2"), ("checkout", "entered", "Redis 7.0")],
    ]
    assert set(UsageChange.objects.values_list("level", flat=True)) == set(
        Tech.objects.exclude(name="PostgreSQL 13").values_list("level", flat=True)
    )
    assert not LevelChange.objects.exists()


@pytest.mark.slow
def test_a_worker(client: Client, celery_worker_process: Server) -> None:
    url = send(client, TABLE)
    celery_worker_process.restart()
    Submission.objects.update(publish_again_at=timezone.now() - timedelta(days=1))
    tasks.sweep()
    assert wait_until(lambda: client.get(url).json()["state"] == "done", timeout=60)
    assert listed() == {"Django 3.2": 2, "PostgreSQL 13": 0, "Redis 7.0": 2}
    assert len(changes()) == len(usages()) == 4


@pytest.mark.parametrize("process", [work, one_by_one])
def test_the_same_table_again_changes_nothing(client: Client, process: Any) -> None:
    imported(client, TABLE)
    before = usages(), listed(), changes(), list(Tech.objects.values("pk", "level", "owner", "tags"))
    url = send(client, TABLE)
    process()
    result = client.get(url).json()
    assert (result["done"], result["new_services"]) == (4, [])
    assert (usages(), listed(), changes(), list(Tech.objects.values("pk", "level", "owner", "tags"))) == before
    if process is work:
        assert result["unchanged"] == 4


def test_an_import_adds_and_never_removes(client: Client) -> None:
    imported(client, rows("Django,3.2.18,Shop,,\nRedis,7.0,Shop,,"))
    result = imported(client, rows("Django,3.2.25,Shop,,\nDjango,5.2,Shop,,"))
    assert result["unchanged"] == 0
    assert used(Service.objects.get()) == {
        "Django 3.2": ["3.2.18", "3.2.25"],
        "Django 5.2": ["5.2"],
        "Redis 7.0": ["7.0"],
    }
    assert changes()[2:] == [("Shop", "changed", "Django 3.2"), ("Shop", "entered", "Django 5.2")]
    change = UsageChange.objects.get(kind="changed")
    assert (change.before, change.after) == (["3.2.18"], ["3.2.18", "3.2.25"])


def test_a_usage_belongs_to_the_row_that_somebody_typed(client: Client) -> None:
    add("Node 20", owner="Web")
    result = imported(client, rows("nodejs,20.11.0,Shop,Platform,js"))
    row = Tech.objects.get()
    assert (row.name, row.services, row.by_hand, row.owner, row.tags) == ("Node 20", 1, True, "Web", ["js"])
    assert result["kept_owners"] == [{"line": 2, "text": "nodejs 20.11.0", "owner": "Web"}]


def test_the_owners_of_rows_that_several_services_share(client: Client) -> None:
    result = imported(client, rows("Django,3.2,Shop,Web,\nDjango,3.2,Pay,Payments,"))
    assert Tech.objects.get().owner == "Web"
    assert result["kept_owners"] == [{"line": 3, "text": "Django 3.2", "owner": "Web"}]


def test_names_in_any_spelling_and_slugs(client: Client) -> None:
    support.service("Web Shop")
    support.service("Café & Bar")
    names = ["WEB  shop", "web-shop", "Web-Shop", "cafe-bar", "café & bar", "New One", "new one", "new-one"]
    result = imported(client, rows("\n".join(f"Thing {at},1,{name},," for at, name in enumerate(names))))
    assert sorted(Service.objects.values_list("name", "slug")) == [
        *[("Café & Bar", "cafe-bar"), ("New One", "new-one"), ("Web Shop", "web-shop")],
    ]
    assert result["new_services"] == [{"slug": "new-one", "name": "New One"}]


def test_new_names_whose_slugs_are_equal_are_different_services(client: Client) -> None:
    support.service("shop?")
    result = imported(client, rows("Django,3.2,Shop!; 店; 支払い; shop,,"))
    assert [each["slug"] for each in result["new_services"]] == ["shop-2", "service", "service-2"]


def test_the_slug_of_a_service_before_its_name(client: Client) -> None:
    result = imported(client, rows("Django,3.2,web-shop,,\nDjango,3.2,Web Shop,,"))
    assert result["new_services"] == [{"slug": "web-shop", "name": "Web Shop"}]
    assert listed() == {"Django 3.2": 1}


def test_rows_of_archived_services_and_with_invalid_names_are_refused(client: Client) -> None:
    support.change(support.service("Old"), archived=True)
    result = imported(client, rows('Django,3.2,Shop; OLD,Web,\nRedis,7,***,,\nGo,1.22,"Shop",,'))
    assert [(row["line"], row["error"]) for row in result["skipped_lines"][1:]] == [
        (2, "Old is archived. Restore it, or remove it from this row."),
        (3, "Service: This has no letter or digit."),
    ]
    assert listed() == {"Go 1.22": 1}
    assert sorted(Service.objects.values_list("name", flat=True)) == ["Old", "Shop"]


def test_a_row_with_and_without_a_service(client: Client) -> None:
    imported(client, rows("Django,3.2,Shop,,\nDjango,3.2,,,"))
    row = Tech.objects.get()
    assert (row.name, row.services, row.by_hand) == ("Django 3.2", 1, True)


def test_removing_the_source_resolves_the_rows(client: Client) -> None:
    imported(client, rows("Django,3.2,Shop,Web,a\nPostgreSQL,13,Shop,,\nPostgreSQL,13,,,"))
    response = client.delete("/api/services/shop/sources/manual/")
    assert response.status_code == 202
    support.work(Upload.objects.get())
    assert listed() == {"PostgreSQL 13": 0}
    resolved = Resolved.objects.get()
    assert (resolved.name, resolved.attributes["owner"], resolved.attributes["tags"]) == ("Django 3.2", "Web", ["a"])
    assert sorted(changes()[2:]) == [("Shop", "left", "Django 3.2"), ("Shop", "left", "PostgreSQL 13")]
    assert not ServiceSource.objects.exists()
    imported(client, rows("Django,3.2,Shop,,"))
    assert Tech.objects.get(name="Django 3.2").owner == "Web"


@pytest.mark.parametrize("process", [work, one_by_one])
def test_an_import_after_the_removal_of_the_source(client: Client, process: Any) -> None:
    """Whichever is applied first, the import is newer."""
    imported(client, rows("Django,3.2,Shop,,\nRedis,7.0,Shop,,"))
    client.delete("/api/services/shop/sources/manual/")
    send(client, rows("Redis,7.0,Shop,,\nGo,1.22,Shop,,"))
    process()
    support.work(Upload.objects.get())
    assert listed() == {"Go 1.22": 1, "Redis 7.0": 1}


def test_an_import_after_an_upload_for_that_source(client: Client) -> None:
    shop = support.service()
    push(shop, "django==3.2.18\nrequests==2.32\n", source="manual")
    upload, _ = uploads.accept(shop, "manual", uploads.File("requirements.txt", b"django==3.2.20\n"), is_confirmed=True)
    imported(client, rows("Django,3.2.25,Shop,,\nGo,1.22,Shop,,"))
    support.work(upload)
    assert used(shop) == {"Django 3.2": ["3.2.20", "3.2.25"], "Go 1.22": ["1.22"]}


def test_ranges_do_not_count_beside_an_exact_version(client: Client) -> None:
    shop = support.service()
    push(shop, "django>=3.2,<4\n")
    push(support.service("Pay"), "django==5.2\n")
    assert "Django >=3.2,<4" in listed()
    result = imported(client, rows('Django,3.2.25,Shop,,\nDjango,">=4,<5",Pay,Web,x'))
    assert listed() == {"Django 3.2": 1, "Django 5.2": 1}
    assert (result["done"], result["failed"]) == (2, 0)


def test_an_archived_service_that_comes_back_has_its_usages(client: Client) -> None:
    imported(client, rows("Django,3.2,Shop,,"))
    shop = Service.objects.get()
    support.change(shop, archived=True)
    assert listed() == {}
    support.change(shop, archived=False)
    assert listed() == {"Django 3.2": 1}


def test_a_dry_run_stores_nothing(client: Client) -> None:
    imported(client, rows("Django,4.2,Shop,,"))
    before = Import.objects.count(), Submission.objects.count(), Service.objects.count()
    response = client.post(f"{URL}?name=stack.csv&dry_run=1", TABLE.encode(), content_type="text/plain")
    assert response.status_code == 200
    result = response.json()
    assert (result["format"], result["total"], result["skipped"]) == ("CSV", 4, 1)
    assert result["skipped_lines"][0]["error"] == "Header row. Columns: technology (name)."
    assert result["new_services"] == ["Checkout"]
    first, second, third, last = result["lines"]
    assert first["note"] == "owner Web, tags shop, service Shop. Shop keeps Django 4.2, too."
    assert (first["text"], first["product"], first["release"], first["priority"]) == (
        *("Django 3.2.25", "django", "3.2", "critical"),
    )
    assert (second["services"], second["note"]) == (["Checkout"], "service Checkout. Checkout is a new service.")
    assert (third["services"], last["services"], last["listed"]) == (["Shop", "checkout"], [], False)
    assert (Import.objects.count(), Submission.objects.count(), Service.objects.count()) == before
    for query, lines in (("1", ["---"]), ("yes", ["Django 3.2"])):
        refused = client.post(f"{URL}?dry_run={query}", {"lines": lines}, content_type="application/json")
        assert refused.status_code == 400


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stack.tsv", "name\tversion\tservice\nDjango\t3.2\tShop, Pay\n"),
        ("stack.csv", 'Produkt;Version;Dienst\nDjango;3.2;"Shop, Pay"\n'),
        ("", "Technology\tVersion\tServices\nDjango\t3.2\tShop; Pay\n"),
        ("techlist.json", json.dumps([{"name": "Django 3.2", "service": ["Shop", "Pay"]}])),
        (
            "techlist.json",
            json.dumps([{"name": "Django 3.2", "service": "Shop"}, {"name": "django 3.2", "service": "Pay"}]),
        ),
    ],
)
def test_formats(client: Client, name: str, content: str) -> None:
    imported(client, content, name)
    assert usages() == {(service, "manual", "Django 3.2", ("3.2",)) for service in ("Shop", "Pay")}


def test_the_source_on_the_service(client: Client) -> None:
    imported(client, TABLE)
    [source] = client.get("/api/services/shop/").json()["sources"]
    assert (source["name"], source["origin"], source["technologies"], source["stale"]) == ("manual", "import", 2, False)
    django = Tech.objects.get(name="Django 3.2")
    used_by = client.get(f"/api/techs/{django.pk}/").json()["used_by"]
    assert [(use["service"], use["source"]) for use in used_by] == [("checkout", "manual"), ("shop", "manual")]
    client.post("/api/services/shop/complete/", {"origin": "api", "sources": []}, content_type="application/json")
    assert not Upload.objects.exists()


def test_lines_wait_in_the_outbox_like_all_others(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is published here, as if the broker had lost the messages, and the sweep finds the lines."""
    monkeypatch.setattr(outbox, "publish_chunks", lambda ids: None)
    send(client, TABLE)
    assert Submission.objects.filter(outbox.UNFINISHED).count() == 4
    assert not Usage.objects.exists()
    work()
    assert len(usages()) == 4
