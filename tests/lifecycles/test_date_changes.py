"""End dates that move: recorded with the data that moves them, with an event for each technology concerned."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from techs import tasks
from techs.lifecycles import store, sync
from techs.models import (
    DateChange,
    Product,
    Source,
    Tech,
    TechDateChange,
    Webhook,
    WebhookEvent,
)
from techs.rules.products import Facts
from tests.support.date_changes import AFTER, BEFORE, django, events, publish, records, today
from tests.support.factories import add
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document, product, release
from tests.support.snapshots import SNAPSHOTS, snapshot

pytestmark = pytest.mark.django_db(transaction=True)

MOVED = ("django", "5.2", "end_of_life", BEFORE, AFTER)
TEXT = f"end of support moved from {BEFORE} to {AFTER}"
TOML = """
facts_as_of = 2026-11-01
[[product]]
slug = "our-shop"
title = "Our Shop"
lines = [{ name = "2", eol = 2090-01-01 }, { name = "1", eol = 2024-01-01 }]
"""


# --- The record ---


def test_a_move_is_recorded_once(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    assert records() == []
    publish(publisher, django(AFTER))
    publish(publisher, django(AFTER))
    assert records() == [MOVED]
    change = DateChange.objects.get()
    assert (change.title, change.seen_on) == ("Django 5.2", today())
    assert change.version == store.newest_version(Source.ENDOFLIFE_DATE)
    publish(publisher, django(BEFORE))
    assert records() == [MOVED, ("django", "5.2", "end_of_life", AFTER, BEFORE)]


def test_each_kind_of_support_has_a_record_of_its_own(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE, isEoas=False, eoasFrom="2027-01-01"))
    publish(publisher, django(AFTER, isEoas=False, eoasFrom="2027-02-01", isEoes=False, eoesFrom="2030-01-01"))
    assert [row[2:] for row in records()] == [
        ("end_of_life", BEFORE, AFTER),
        ("active_support", "2027-01-01", "2027-02-01"),
        ("extended_support", "none", "2030-01-01"),
    ]


def test_a_first_download_is_no_news(publisher: LifecycleServer) -> None:
    """The dates of the starter table differ from the first public ones."""
    add("Django 5.2")
    publish(publisher, django(AFTER))
    assert Tech.objects.get().end_of_life == date.fromisoformat(AFTER)
    assert (records(), events()) == ([], [])


def test_what_is_new_or_gone_is_no_news(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE), release("4.2"))
    publish(publisher, django(BEFORE), release("6.0"))
    publisher.answer = Answer(document(*TEN, product("flask", release("3.0"))))
    sync.run()
    publish(publisher, django(AFTER))
    assert records() == []


def test_a_file_counts_as_well(tmp_path: Path) -> None:
    for end in (BEFORE, AFTER):
        file = tmp_path / "full.json"
        file.write_bytes(document(product("django", django(end))))
        call_command("sync_lifecycles", "--file", str(file), verbosity=0)
    assert records() == [MOVED]


def test_local_products_from_a_file(tmp_path: Path) -> None:
    add("Our Shop 2")
    file = tmp_path / "ours.toml"
    for content in (TOML, TOML.replace("2090-01-01", "2091-01-01"), TOML.replace("2090-01-01", "2091-01-01")):
        file.write_text(content)
        call_command("load_products", str(file))
        tasks.reassess()
    assert records() == [("our-shop", "2", "end_of_life", "2090-01-01", "2091-01-01")]
    assert events() == ["Our Shop 2: end of support moved from 2090-01-01 to 2091-01-01"]


def test_local_product_in_the_admin(admin_client: Client) -> None:
    form: dict[str, Any] = {
        "slug": "our-shop",
        "title": "Our Shop",
        "releases-TOTAL_FORMS": "1",
        "releases-INITIAL_FORMS": "0",
        "releases-0-name": "1",
        "releases-0-eol": "2090-01-01",
    }
    admin_client.post("/admin/techs/product/add/", form)
    add("Our Shop 1")
    assert records() == []
    saved = Product.objects.get(slug="our-shop")
    key = {"releases-0-id": saved.releases.get().pk, "releases-0-product": saved.pk, "releases-INITIAL_FORMS": "1"}
    moved = form | key | {"releases-0-eol": "2091-01-01"}
    for _ in range(2):
        assert admin_client.post(f"/admin/techs/product/{saved.pk}/change/", moved).status_code == 302
    tasks.reassess()
    assert records() == [("our-shop", "1", "end_of_life", "2090-01-01", "2091-01-01")]
    assert events() == ["Our Shop 1: end of support moved from 2090-01-01 to 2091-01-01"]


def test_a_local_product_that_replaces_a_public_one_is_no_news(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    mine = replace(store.products_of(Source.ENDOFLIFE_DATE)["django"], title="Ours")
    store.replace_local(Facts(version="local", as_of=today(), products={"django": mine}))
    publish(publisher, django(AFTER))
    assert records() == []


def test_records_are_part_of_the_transaction(publisher: LifecycleServer, webhook: Webhook) -> None:
    publish(publisher, django(BEFORE))
    add("Django 5.2")
    publisher.answer = Answer(document(*TEN, product("django", django(AFTER))))
    with transaction.atomic():
        sync.run()
        tasks.reassess()
        assert (records(), events()) == ([MOVED], [f"Django 5.2: {TEXT}"])
        transaction.set_rollback(True)
    assert not DateChange.objects.exists()
    assert not TechDateChange.objects.exists()
    assert not WebhookEvent.objects.exists()


@pytest.mark.slow
def test_concurrent_updates_record_once(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_bytes(document(product("django", django(BEFORE))))
    new.write_bytes(document(product("django", django(AFTER)), generated_at="2026-11-21T00:00:00Z"))
    sync.run(old)
    add("Django 5.2")

    def update() -> None:
        try:
            sync.run(new)
        finally:
            connection.close()

    def reassess() -> None:
        try:
            tasks.reassess()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(update) for _ in range(4)]:
            done.result()
        for done in [pool.submit(reassess) for _ in range(4)]:
            done.result()
    assert (records(), events()) == ([MOVED], [f"Django 5.2: {TEXT}"])


def test_both_snapshots() -> None:
    before, after = (snapshot(name) for name in SNAPSHOTS)
    store.replace(before, source=Source.ENDOFLIFE_DATE)
    assert not DateChange.objects.exists()
    row = add("Redis 6.2")
    store.replace(after, source=Source.ENDOFLIFE_DATE)
    store.replace(after, source=Source.ENDOFLIFE_DATE)
    tasks.reassess()
    assert DateChange.objects.filter(field="end_of_life").count() == 519
    assert [change.text for change in row.date_changes.all()] == ["end of support moved from 2025-02-28 to 2027-04-01"]
