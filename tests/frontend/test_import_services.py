"""Tables that name services: the preview, the result, and the way to take it back on the page of a service."""

import re
from typing import Any

import pytest
from django.test import Client

from techs.models import Import, Resolved, Service, ServiceSource, Tech, Upload
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.import_pages import page, start, upload, work
from tests.support.pages import links, one, parse, text_of, texts, values_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "technology,version,service,owner\nDjango,3.2.25,Shop; Pay,Web\nRedis,7,Pay,\nGo,1.22,,\n"


def shown(client: Client, table: str = TABLE) -> str:
    return page(upload(client, "stack.csv", table))


def imported(client: Client, table: str = TABLE) -> Any:
    """Import a table, and return the page of the result."""
    response = start(client, shown(client, table))
    work()
    return visit(client, response["Location"])


def about(text: str, technology: str) -> str:
    """Return the help below a technology in the preview."""
    return text_of(one(parse(text), f'.tick:has(label:-soup-contains("{technology}")) .help'))


def test_the_preview_names_services_and_those_that_are_new(client: Client) -> None:
    support.service("pay")
    text = shown(client)
    assert "1 new service, created with the selected rows: Shop." in text_of(parse(text))
    assert about(text, "Django 3.2.25").endswith("owner Web, services Shop and Pay. Shop is a new service.")
    assert about(text, "Redis 7").endswith("service Pay")
    assert not Service.objects.filter(name="Shop").exists()


def test_the_preview_tells_additions_from_repeats(client: Client) -> None:
    imported(client)
    text = shown(client, TABLE.replace("3.2.25", "5.2").replace("Shop; ", "Shop;New;"))
    assert about(text, "Django 5.2").endswith(
        "Shop keeps Django 3.2, too. New is a new service. Pay keeps Django 3.2, too."
    )
    assert about(text, "Redis 7").endswith("Pay has this already.")


def test_only_services_of_selected_rows_are_created(client: Client) -> None:
    start(client, shown(client, TABLE.replace("Redis,7,Pay", "Redis,7,Other")), take=["1"])
    assert list(Service.objects.values_list("name", flat=True)) == ["Other"]


def test_many_new_services(client: Client) -> None:
    rows = "".join(f"Django,3.2,s{number}\n" for number in range(1001))
    text = shown(client, f"technology,version,service\n{rows}")
    assert re.search(r"1,001 new services, created with the selected rows: s0, .*, s19 and 981 more\.", text)
    assert len(text) < 200_000


def test_rows_of_archived_services_are_skipped(client: Client) -> None:
    support.change(support.service("Pay"), archived=True)
    skipped = shown(client).split('id="skipped-heading"')[1]
    assert skipped.count("Pay is archived. Restore it, or remove it from this row.") == 2


def test_a_double_click_is_one_import(client: Client) -> None:
    text = shown(client)
    assert start(client, text)["Location"] == start(client, text)["Location"]
    assert (Import.objects.count(), Service.objects.count()) == (1, 2)


def test_the_result_links_new_services_and_names_owners_that_stay(client: Client) -> None:
    add("Django 3.2", owner="Platform")
    result = imported(client)
    assert {"/services/shop/", "/services/pay/"} <= set(links(result, "#import a").values())
    owners = one(result, 'h2:-soup-contains("Other owners") ~ table')
    assert texts(owners, "td") == ["2", "Django 3.2.25", "Platform"]
    assert "New services" not in text_of(imported(client, TABLE.replace(",Web", ",")))
    assert Tech.objects.get(name="Django 3.2").services == 2


def test_the_source_can_be_removed(client: Client) -> None:
    imported(client)
    service = visit(client, "/services/pay/")
    assert "manual 2 technologies, from imported tables, the last today" in text_of(service, ".sources")
    form = one(service, ".sources form")
    assert "loses all technologies that tables have added to it" in text_of(form)
    response = client.post(str(form["action"]), values_of(form, 'input[type="hidden"]'))
    removal = Upload.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/services/pay/uploads/{removal.pk}/")
    assert "Removing manual..." in text_of(visit(client, response["Location"]))
    support.work(removal)
    assert "2 removed" in text_of(visit(client, response["Location"]))
    assert list(ServiceSource.objects.values_list("service__name", flat=True)) == ["Shop"]
    assert list(Resolved.objects.values_list("name", flat=True)) == ["Redis 7"]
    assert dict(Tech.objects.values_list("name", "services")) == {"Django 3.2": 1, "Go 1.22": 0}


def test_a_file_can_be_removed_but_not_from_an_archived_service(client: Client) -> None:
    shop = support.service()
    support.push(shop, "django==3.2.25\n")
    assert "until it is uploaded again" in text_of(visit(client, "/services/shop/"), ".sources form")
    gone = client.post("/services/shop/remove-source/", {"source": "other.txt"})
    assert (gone.status_code, "has no such file" in gone.content.decode()) == (404, True)
    support.change(shop, archived=True)
    assert not visit(client, "/services/shop/").select(".sources form")
    assert client.post("/services/shop/remove-source/", {"source": "requirements.txt"}).status_code == 409
    assert ServiceSource.objects.exists()
