"""The column of services in tables: workers that die, refused rows, and imports at the same time."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import manual, services
from techs.models import (
    Import,
    PendingInvalidation,
    Service,
    ServiceSource,
    Submission,
)
from techs.submissions import batches, saving
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.service_tables import TABLE, URL, changes, one_by_one, rows, send, usages, work
from tests.support.uploads import listed, used

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("process", [work, one_by_one])
def test_a_service_that_is_archived_or_purged_meanwhile(client: Client, process: Any) -> None:
    shop, pay, gone = support.service("Shop"), support.service("Pay"), support.service("Gone")
    url = send(client, rows("Django,3.2,Shop; Pay,Web,\nRedis,7.0,Gone,,\nGo,1.22,Pay,,"))
    support.change(shop, archived=True)
    gone.delete()
    process()
    result = client.get(url).json()
    assert (result["done"], result["failed"]) == (1, 2)
    assert [(row["line"], row["error"]) for row in result["errors"]] == [
        (2, "Shop is archived. Restore it, or remove it from this row."),
        (3, "A service of this row was deleted. Import the row again to create it."),
    ]
    assert listed() == {"Go 1.22": 1}
    assert used(pay) == {"Go 1.22": ["1.22"]}
    assert not ServiceSource.objects.filter(service=shop).exists()


@pytest.mark.parametrize("process", [work, one_by_one])
def test_a_row_with_too_many_tags_adds_no_usage(client: Client, process: Any) -> None:
    add("Django 3.2", tags=[f"t{number}" for number in range(10)])
    url = send(client, rows("Django,3.2.25,Shop,,new\nDjango,3.2.18,Pay,,"))
    process()
    [error] = client.get(url).json()["errors"]
    assert (error["line"], "at most 10 tags" in error["error"]) == (2, True)
    assert usages() == {("Pay", "manual", "Django 3.2", ("3.2.18",))}
    assert changes() == [("Pay", "entered", "Django 3.2")]


def test_a_worker_that_dies_before_the_lines_are_done(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    url = send(client, TABLE)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            work()
    with monkeypatch.context() as patched:
        patched.setattr(saving, "mark_failed", die)
        Submission.objects.filter(line__gt=2).update(state="queued", tech=None)
        with pytest.raises(KeyboardInterrupt):
            work()
    assert client.get(url).json()["state"] == "queued"
    before = usages(), changes()
    work()
    assert client.get(url).json()["done"] == 4
    assert (usages(), changes()) == before


def test_a_batch_that_fails_is_processed_line_by_line(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    original = manual.Additions.store

    def store(self: manual.Additions, **options: Any) -> None:
        if any(line.text == "Redis 7.0" for line in self._lines):
            raise ZeroDivisionError("no such luck")
        original(self, **options)

    monkeypatch.setattr(manual.Additions, "store", store)
    url = send(client, TABLE)
    for _ in range(10):
        work()
        one_by_one()
    result = client.get(url).json()
    assert [(row["line"], row["error"]) for row in result["errors"]] == [(4, "ZeroDivisionError: no such luck")]
    assert listed() == {"Django 3.2": 2, "PostgreSQL 13": 0}


def test_lines_of_many_services_share_few_transactions() -> None:
    pending = [(1, None), (2, list(range(600))), (3, list(range(600))), (4, None), (5, list(range(2000))), (6, None)]
    assert list(batches.in_batches(pending, lambda: 3)) == [[1, 2], [3, 4], [5], [6]]
    assert list(batches.in_batches([(pk, None) for pk in range(5)], lambda: 2)) == [[0, 1], [2, 3], [4]]


def test_services_are_created_with_the_import_or_not_at_all(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 0)
    response = client.post(f"{URL}?name=a.csv", TABLE.encode(), content_type="text/plain")
    assert response.status_code == 429
    assert not Service.objects.exists()
    monkeypatch.undo()
    PendingInvalidation.objects.all().delete()
    send(client, TABLE)
    assert Service.objects.count() == 2
    assert PendingInvalidation.objects.count() == 1


def test_a_service_that_another_import_creates_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    original, manifest = services.create_several, read("a.csv", TABLE.encode())

    def create(names: list[str]) -> list[Service]:
        monkeypatch.undo()
        found = original(names)
        raise IntegrityError(f"{len(found)} were created by somebody else")

    monkeypatch.setattr(services, "create_several", create)
    batch = service.accept(manifest)
    assert Submission.objects.filter(of_import=batch).count() == 4
    assert [each["slug"] for each in batch.new_services or ()] == ["shop", "checkout"]


def test_a_repeated_request_with_a_key(client: Client) -> None:
    sent: dict[str, Any] = {"content_type": "text/plain", "headers": {"Idempotency-Key": "abc"}}
    first = client.post(f"{URL}?name=a.csv", TABLE.encode(), **sent)
    work()
    again = client.post(f"{URL}?name=a.csv", TABLE.encode(), **sent)
    assert first["Location"] == again["Location"]
    assert (Import.objects.count(), Service.objects.count()) == (1, 2)
