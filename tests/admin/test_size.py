"""The admin's lists need the same number of queries at any length, and read only the rows that they show."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs.imports import service
from techs.imports.manifests import read
from techs.inventory.queries import ORDERINGS
from techs.models import DateChange, LevelChange, LifecycleDataVersion, Tech, Webhook
from techs.webhooks import deliveries
from tests.support.factories import add, submit

pytestmark = pytest.mark.django_db(transaction=True)


def queries(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured]


def a_tech(number: int) -> None:
    add(f"Django {number + 2}.2")


def a_submission(number: int) -> None:
    submit(f"Django {number + 2}.2")


def an_import(number: int) -> None:
    service.accept(read("", f"Django {number + 2}.2\n---".encode()))


def a_change(number: int) -> None:
    levels = {"from_level": "low", "to_level": "high"}
    LevelChange.objects.create(tech=Tech.objects.first(), name=str(number), at=timezone.now(), why="x", **levels)


def a_date_change(number: int) -> None:
    facts = {"product": "django", "title": "x", "field": "end_of_life", "before": "none", "after": "2028-04-30"}
    version, today = LifecycleDataVersion.objects.get(), timezone.now().date()
    DateChange.objects.create(**facts, cycle=str(number), seen_on=today, version=version)


def a_message(number: int) -> None:
    webhook, _ = Webhook.objects.get_or_create(name="x", url="https://hooks.example.org/")
    deliveries.send_test(webhook)


@pytest.mark.parametrize(
    ("model", "write"),
    [
        ("tech", a_tech),
        ("submission", a_submission),
        ("import", an_import),
        ("levelchange", a_change),
        ("datechange", a_date_change),
        ("delivery", a_message),
    ],
)
def test_ten_rows_cost_what_one_costs(admin_client: Client, model: str, write: Callable[[int], None]) -> None:
    url = f"/admin/techs/{model}/"
    write(0)
    queries(admin_client, url)
    one = queries(admin_client, url)
    for number in range(1, 10):
        write(number)
    ten = queries(admin_client, url)
    assert len(ten) == len(one) <= 8
    counts = [query for query in ten if "COUNT(*)" in query and "GROUP BY" not in query]
    assert len(counts) <= 1, "the whole list is not counted beside the filtered one"


def test_a_page_of_messages_reads_no_bodies(admin_client: Client) -> None:
    a_message(0)
    assert not [query for query in queries(admin_client, "/admin/techs/delivery/") if "body" in query]


def test_counts_of_imports(admin_client: Client) -> None:
    """Each line is counted once, for its own import."""
    for lines in ("Django 3.2\nReact\nVue 2", "Redis 6.0"):
        service.accept(read("", lines.encode()))
    rows = admin_client.get("/admin/techs/import/").context["cl"].result_list
    assert [(row.total, row.finished, row.failed) for row in rows] == [(1, 0, 0), (3, 0, 0)]
    batch = rows[1]
    batch.submissions.filter(text="React").update(state="done")
    batch.submissions.filter(text="Vue 2").update(state="failed")
    rows = admin_client.get("/admin/techs/import/").context["cl"].result_list
    assert [(row.finished, row.failed) for row in rows] == [(0, 0), (2, 1)]


SORTABLE = {"1": "name_key", "-1": "-name_key", "2": "rank", "-2": "-rank", "7": "ends_on", "-7": "-ends_on"}
NOT_SORTABLE = dict.fromkeys(["", "3", "x", "2.1"], "rank")


@pytest.mark.parametrize(("order", "first"), (SORTABLE | NOT_SORTABLE).items())
def test_the_list_is_sorted_by_what_has_an_index(admin_client: Client, order: str, first: str) -> None:
    """For any ordering in the address, 100,000 rows are read in index order and not sorted."""
    for text in ("Redis 6.0", "django 3.2", "our own thing", "Postgres 16"):
        add(text)
    page = admin_client.get(f"/admin/techs/tech/?o={order}").context["cl"]
    tie = [] if "rank" in first or "name_key" in first else ["-pk" if first.startswith("-") else "pk"]
    assert [row.name for row in page.result_list] == [row.name for row in Tech.objects.order_by(first, *tie)]
    assert tuple(page.queryset.query.order_by) in ORDERINGS.values()


def test_a_page_far_behind_is_found_by_its_keys(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rows of earlier pages are read."""
    for number in range(5):
        add(f"Django {number + 2}.2")
    monkeypatch.setattr(admin.site.get_model_admin(Tech), "list_per_page", 2)
    (skipping,) = [query for query in queries(admin_client, "/admin/techs/tech/?p=3") if "OFFSET 4" in query]
    assert "reasons" not in skipping
