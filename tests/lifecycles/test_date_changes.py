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
from techs.assessment.assessor import Assessor
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import editing, reassessment, undo
from techs.lifecycles import starter, store, sync
from techs.models import (
    DateChange,
    Delivery,
    LevelChange,
    LifecycleDataVersion,
    Product,
    Source,
    Submission,
    Tech,
    TechDateChange,
    Webhook,
    WebhookEvent,
)
from techs.rules.kinds import Kind
from techs.rules.products import Facts
from techs.submissions import batches
from techs.transactions import in_transaction
from techs.webhooks import deliveries
from tests.support.date_changes import AFTER, BEFORE, django, events, publish, records, today
from tests.support.factories import add
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document, product, release
from tests.support.news import bodies, settle, tell
from tests.support.receiver import Receiver
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


# --- The technologies ---


def test_who_is_concerned(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE), release("4.2"))
    for name in ("Django 5.2", "django 5.2.3", "Django", "Django 4.2", "thing-3 1.0", "nothing that we know"):
        add(name)
    add("django ^5.0")
    add("Django 5.1.4")  # between 4.2 and 5.2, so the next newer one counts
    add("Django 5.2.1", kind=Kind.LIBRARY)
    publish(publisher, django(AFTER), release("4.2"))
    of_cycle = f"end of support of Django 5.2 moved from {BEFORE} to {AFTER}"
    others = ["Django", "django 5.2.3", "django ^5.0", "Django 5.1.4"]
    assert sorted(events()) == sorted([f"Django 5.2: {TEXT}", *(f"{name}: {of_cycle}" for name in others)])


def test_versionless_technologies_are_not_concerned(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    editing.edit(add("Django"), unversioned=True)
    publish(publisher, django(AFTER))
    assert (len(records()), events()) == (1, [])


def test_it_is_an_event_even_if_the_level_stays(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    publish(publisher, django(AFTER))
    assert not LevelChange.objects.exists()
    assert tech.date_changes.get().text == TEXT
    publish(publisher, django(AFTER))
    assert tech.date_changes.count() == 1
    publish(publisher, django(BEFORE))
    assert tech.date_changes.count() == 2


def test_history_outlives_removal_and_returns_with_undo(publisher: LifecycleServer, client: Client) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    publish(publisher, django(AFTER))
    removal = editing.remove(tech)
    assert removal
    change = TechDateChange.objects.get()
    assert (change.tech, change.name) == (None, "Django 5.2")
    assert client.post(f"/removals/{removal.uuid}/restore/").status_code == 303
    change.refresh_from_db()
    assert change.tech == Tech.objects.get()


def test_it_is_never_deleted(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    publish(publisher, django(AFTER))
    editing.remove(tech)
    DateChange.objects.update(seen_on=date(2000, 1, 1))
    TechDateChange.objects.update(at="2000-01-01T00:00:00Z")
    tasks.clean_up()
    assert (DateChange.objects.count(), TechDateChange.objects.count()) == (1, 1)


# --- Long lists ---


def fill(number: int) -> None:
    """Add this many technologies of Django 5.2, without assessing each."""
    first = add("Django 5.2")
    fields = [field.attname for field in Tech._meta.concrete_fields if not field.generated]
    values = {name: getattr(first, name) for name in fields}
    rows = (Tech(**values | {"id": None, "name_key": f"x {n}", "rank": f"{n}"}) for n in range(1, number))
    Tech.objects.bulk_create(rows, batch_size=500)


def sync_only(publisher: LifecycleServer, end: str, *others: dict[str, Any]) -> None:
    """Activate new data, and leave the reassessment to the caller."""
    publisher.answer = Answer(document(*TEN, product("django", django(end), *others)))
    sync.run()


def reassess_some() -> int:
    return in_transaction(lambda: reassessment._reassess_some(Assessor.current()))


def reassess_all() -> None:
    while reassess_some():
        pass


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassessment, "REASSESS_CHUNK", 50)


@pytest.mark.usefixtures("small_chunks")
def test_new_data_takes_no_longer_on_a_long_list(
    publisher: LifecycleServer, webhook: Webhook, django_assert_max_num_queries: Any
) -> None:
    publish(publisher, django(BEFORE))
    fill(120)
    with django_assert_max_num_queries(40):
        sync_only(publisher, AFTER)
    assert (records(), events()) == ([MOVED], [])
    with django_assert_max_num_queries(60):
        reassess_all()
    assert TechDateChange.objects.count() == WebhookEvent.objects.count() == 120


@pytest.mark.usefixtures("small_chunks")
def test_a_worker_that_dies_between_chunks_loses_nothing(publisher: LifecycleServer, webhook: Webhook) -> None:
    publish(publisher, django(BEFORE))
    fill(120)
    sync_only(publisher, AFTER)
    assert reassess_some() == 50
    assert TechDateChange.objects.count() == WebhookEvent.objects.count() == 50

    with transaction.atomic():  # dies in the middle of a chunk
        assert reassess_some() == 50
        transaction.set_rollback(True)
    assert TechDateChange.objects.count() == WebhookEvent.objects.count() == 50

    sync_only(publisher, BEFORE)  # moves back before all rows have seen the first move
    reassess_all()
    assert TechDateChange.objects.count() == WebhookEvent.objects.count() == 2 * 120
    assert {tech.date_changes.count() for tech in Tech.objects.all()} == {2}


@pytest.mark.parametrize("write", ["edit", "submission", "import"])
def test_a_write_before_the_reassessment_loses_nothing(
    publisher: LifecycleServer, webhook: Webhook, write: str
) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    sync_only(publisher, AFTER)
    if write == "edit":
        editing.edit(tech, note="Soon.")
    elif write == "submission":
        add("django 5.2", impact="high")
    else:
        service.accept(read("stack.csv", b"name,impact\nDjango 5.2,high\n"))
        assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []
    assert events() == [f"{Tech.objects.get().name}: {TEXT}"]
    tasks.reassess()
    assert (len(events()), WebhookEvent.objects.filter(subject__startswith="date").count()) == (1, 1)


def test_a_renamed_technology_has_no_news_of_its_former_release(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE), release("4.2"))
    tech = add("Django 5.2")
    sync_only(publisher, AFTER, release("4.2"))
    editing.edit(tech, text="Django 4.2")
    tasks.reassess()
    assert events() == []


def test_a_technology_that_was_away_hears_of_it_when_it_returns(publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    removal = editing.remove(add("Django 5.2"))
    assert removal
    publish(publisher, django(AFTER))
    undo.restore(removal.uuid)
    assert events() == [f"Django 5.2: {TEXT}"]


# --- Webhooks ---


def test_webhooks_are_told(publisher: LifecycleServer, webhook: Webhook, hook: Receiver) -> None:
    publish(publisher, django(BEFORE))
    add("Django 5.2")
    publish(publisher, django(AFTER))
    assert tell() == 1
    (body,) = bodies(hook)
    change = TechDateChange.objects.get()
    assert (body["changes"], body["ends_of_life"]) == ([], [])
    assert body["date_changes"] == [
        {
            "name": "Django 5.2",
            "product": "django",
            "release": "5.2",
            "field": "end_of_life",
            "before": BEFORE,
            "after": AFTER,
            "at": change.at.isoformat(),
            "text": TEXT,
        }
    ]
    publish(publisher, django(AFTER))
    assert tell() == 0


def test_chats_are_told(publisher: LifecycleServer, webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.update(kind="slack")
    publish(publisher, django(BEFORE))
    add("Django 5.2")
    add("django @here 5.2")
    add("django 5.2.3")
    publish(publisher, django(AFTER))
    tell()
    lines = bodies(hook)[0]["text"].splitlines()
    assert f"• Django 5.2: {TEXT}." in lines
    assert f"• django 5.2.3: end of support of Django 5.2 moved from {BEFORE} to {AFTER}." in lines


@pytest.mark.parametrize("kind", ["json", "slack"])
def test_a_flood_is_one_message(publisher: LifecycleServer, webhook: Webhook, hook: Receiver, kind: str) -> None:
    Webhook.objects.update(kind=kind)
    publish(publisher, django(BEFORE))
    for number in range(40):
        add(f"Django 5.2.{number}")
    publish(publisher, django(AFTER))
    settle()
    assert (deliveries.build_deliveries(), Delivery.objects.count()) == (1, 1)


def test_webhooks_that_are_off_are_not_told(publisher: LifecycleServer, webhook: Webhook) -> None:
    Webhook.objects.update(is_active=False)
    publish(publisher, django(BEFORE))
    add("Django 5.2")
    publish(publisher, django(AFTER))
    assert not WebhookEvent.objects.exists()


# --- The starter table ---


def test_a_newer_starter_table_tells_its_news_as_well() -> None:
    add("Django 5.2")
    facts = starter.read_starter()
    known = facts.products["django"]
    cycles = tuple(replace(cycle, eol=date(2099, 1, 1)) if cycle.name == "5.2" else cycle for cycle in known.cycles)
    products = {**facts.products, "django": replace(known, cycles=cycles)}
    store.replace(replace(facts, version="newer", products=products), source=Source.STARTER)
    assert [row[:3] for row in records()] == [("django", "5.2", "end_of_life")]
    tasks.reassess()
    assert len(events()) == LifecycleDataVersion.objects.count() - 1 == 1
