"""End dates that move: an event for each technology concerned, written when it is assessed again."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction
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
    Source,
    Submission,
    Tech,
    TechDateChange,
    Webhook,
    WebhookEvent,
)
from techs.rules.kinds import Kind
from techs.submissions import batches
from techs.transactions import in_transaction
from techs.webhooks import deliveries
from tests.support.date_changes import AFTER, BEFORE, django, events, publish, records
from tests.support.factories import add
from tests.support.lifecycle_server import TEN, Answer, LifecycleServer, document, product, release
from tests.support.news import bodies, settle, tell
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

MOVED = ("django", "5.2", "end_of_life", BEFORE, AFTER)
TEXT = f"end of support moved from {BEFORE} to {AFTER}"


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
    assert client.post(f"/actions/{removal.pk}/undo/").status_code == 303
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
    undo.undo(removal.pk)
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
