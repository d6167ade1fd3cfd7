"""Uploads, changes of services and edits at the same time, and the cost of an upload that changes nothing."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techlist.local.processes import wait_until
from techs.exceptions import ServiceArchived
from techs.imports import applying
from techs.imports.manifests import read
from techs.imports.service import accept as accept_import
from techs.inventory import editing, services
from techs.models import Import, Service, ServiceSource, Tech, TechOwner, Upload, UploadState, Usage
from techs.submissions import batches, outbox
from tests.support import uploads as support
from tests.support.factories import add
from tests.support.summaries import check_summaries
from tests.support.uploads import accept, push

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run functions in threads, each with a connection of its own."""

    def run(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, works))


def finish() -> None:
    """Work on everything that is left, like the sweep's messages."""
    for upload in Upload.objects.order_by("pk"):
        applying.apply(upload.pk, seconds=60)
    for service in Service.objects.all():
        services.recount(service.pk, seconds=60)


def check_rows() -> None:
    """Compare the derived fields of all rows with their usages."""
    for tech in Tech.objects.all():
        usages = Usage.objects.filter(tech=tech).select_related("service")
        assert tech.services == len({usage.service_id for usage in usages}), tech
        assert tech.by_hand or tech.services, tech
        owners = {usage.service.owner_key for usage in usages} - {""}
        assert set(TechOwner.objects.filter(tech=tech).values_list("owner_key", flat=True)) == owners, tech
    archived = Usage.objects.exclude(service__archived_at=None)
    assert not archived.exclude(tech=None).exists()
    check_summaries()


@pytest.mark.usefixtures("mysql")  # SQLite has one writer
def test_two_first_uploads_for_one_source() -> None:
    shop = support.service()
    uploads = at_once([lambda n=n: accept(shop, f"lib{n}==1\n") for n in range(6)])  # type: ignore[misc]
    assert ServiceSource.objects.count() == 1
    newest = ServiceSource.objects.get().accepted
    assert newest is not None
    assert newest == max(uploads, key=lambda upload: upload.pk)
    at_once([lambda pk=upload.pk: applying.apply(pk, seconds=60) for upload in uploads])  # type: ignore[misc]
    finish()
    assert set(Upload.objects.exclude(pk=newest.pk).values_list("state", flat=True)) == {UploadState.SUPERSEDED}
    assert Usage.objects.count() == Tech.objects.count() == 1
    check_rows()


@pytest.mark.usefixtures("mysql")  # SQLite has one writer
def test_everything_at_once() -> None:
    team = [support.service(f"Service {number}", owner=f"Owner {number}") for number in range(4)]
    django = add("Django 3.2", owner="Web")

    def upload(number: int) -> Callable[[], Any]:
        lines = "".join(f"lib{(number + each) % 9}==1.{number}\n" for each in range(6))
        source = f"{number % 3}/requirements.txt"
        return lambda: applying.apply(accept(team[number % 4], f"{lines}django==3.2.{number}\n", source).pk, seconds=60)

    def change(number: int) -> Callable[[], Any]:
        def run() -> None:
            service = services.change(team[number % 4], owner=f"New {number}", archived=number % 5 == 0)
            services.recount(service.pk, seconds=60)

        return run

    def edit(number: int) -> Callable[[], Any]:
        return lambda: editing.edit(django, impact=("low", "critical")[number % 2])

    works = [upload(number) for number in range(24)] + [change(number) for number in range(1, 8)]
    works += [edit(number) for number in range(8)]
    random.Random(1).shuffle(works)  # noqa: S311  an order, no secret
    at_once([ignoring_archived(work) for work in works])
    finish()
    check_rows()


def ignoring_archived(work: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        try:
            return work()
        except ServiceArchived:
            return None

    return run


def test_an_unchanged_upload_costs_next_to_nothing(client: Client) -> None:
    push(support.service(), "django==3.2.25\n")
    current_app.control.purge()
    with CaptureQueriesContext(connection) as queries:
        answer = client.put(
            "/api/services/shop/sources/requirements.txt/", b"django==3.2.25\n", content_type="text/plain"
        )
    assert (answer.status_code, len(queries)) == (200, 2)
    assert outbox._queue_length() == 0


def test_an_accepted_upload_is_one_message() -> None:
    accept(support.service(), "".join(f"lib{number}==1\n" for number in range(700)))
    assert outbox._queue_length() == 1


@pytest.mark.usefixtures("mysql")  # SQLite has one writer
def test_tables_and_uploads_for_the_same_services() -> None:
    releases = ("3.2.1", "3.2.2", "4.2.1", "4.2.2")
    rows = [f"Django,{release},S{number}" for number in range(8) for release in releases]
    imports = at_once([lambda seed=seed: _import(rows, seed) for seed in range(4)])  # type: ignore[misc]
    shops = list(Service.objects.order_by("pk"))
    assert len(shops) == 8
    uploads = [accept(shop, "django==3.2.3\n") for shop in shops]
    at_once(
        [
            *(lambda each=each: batches.process_batch(_lines(each), seconds=60) for each in imports),
            *(lambda each=each: applying.apply(each.pk, seconds=60) for each in uploads),
        ]
    )
    assert wait_until(lambda: all(map(_is_done, imports)), timeout=60)
    finish()
    check_rows()
    manual = Usage.objects.filter(source__name="manual").values_list("service__name", "name", "versions")
    assert {(name, tech, *versions) for name, tech, versions in manual} == {
        (shop.name, f"Django {cycle}", f"{cycle}.1", f"{cycle}.2") for shop in shops for cycle in ("3.2", "4.2")
    }
    assert dict(Tech.objects.values_list("name", "services")) == {"Django 3.2": 8, "Django 4.2": 8}


def _import(rows: list[str], seed: int) -> Import:
    shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311  not a secret
    return accept_import(read("a.csv", "\n".join(["name,version,service", *shuffled]).encode()))


def _lines(batch: Import) -> list[int]:
    return list(batch.submissions.order_by("pk").values_list("pk", flat=True))


def _is_done(batch: Import) -> bool:
    """Work like the sweep's messages. Return True if nothing is left."""
    batches.process_batch(_lines(batch), seconds=60)
    return set(batch.submissions.values_list("state", flat=True)) == {"done"}
