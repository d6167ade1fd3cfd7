"""Webhook events are recorded with the change, bundled into one message, and sent until it arrives."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import tasks
from techs.inventory import editing, reassessment
from techs.models import Delivery, DeliveryState, LevelChange, Tech, Webhook, WebhookEvent
from techs.webhooks import deliveries, events
from tests.support.factories import add
from tests.support.news import bodies, change_level, end, settle, tell, verify
from tests.support.receiver import Receiver
from tests.support.servers import Servers
from tests.support.services import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_without_webhooks() -> None:
    """By default, nothing is recorded or sent."""
    change_level()
    assert tell() == 0
    assert tasks.note_ends() == 0
    assert not WebhookEvent.objects.exists()
    assert not Delivery.objects.exists()


def test_change_of_level(webhook: Webhook, hook: Receiver) -> None:
    change = change_level()
    assert tell() == 1
    (body,) = bodies(hook)
    delivery = Delivery.objects.get()
    assert body == {
        "id": str(delivery.uuid),
        "type": "techlist.news",
        "created_at": delivery.created_at.isoformat(),
        "changes": [
            {
                "name": "Postgres 14",
                "from_level": change.from_level,
                "to_level": change.to_level,
                "at": change.at.isoformat(),
                "why": change.why,
            }
        ],
        "ends_of_life": [],
        "date_changes": [],
    }
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 1)
    assert tell() == 0
    assert len(hook.requests) == 1


def test_signature(webhook: Webhook, hook: Receiver) -> None:
    change_level()
    tell()
    (request,) = hook.requests
    assert request.headers["webhook-id"] == bodies(hook)[0]["id"]
    assert abs(int(request.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert verify(request, webhook.secret)
    request.body += b" "
    assert not verify(request, webhook.secret), "the control: another body has another signature"


def test_secrets_differ() -> None:
    first, second = (Webhook(name="x", url="https://a.example") for _ in range(2))
    assert first.secret != second.secret
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32


def note_changes(*names: str, why: str = "x") -> None:
    same = {"at": timezone.now(), "from_level": "low", "to_level": "high", "why": why}
    events.note_changes([LevelChange(name=name, **same) for name in names])


def test_a_burst_is_one_message(webhook: Webhook, hook: Receiver) -> None:
    names = [f"x {number}" for number in range(200)]
    with transaction.atomic():
        note_changes(*names)
    assert tell() == 1
    (body,) = bodies(hook)
    assert [change["name"] for change in body["changes"]] == names


def test_more_than_fits(webhook: Webhook, hook: Receiver) -> None:
    note_changes(*(f"x {number}" for number in range(501)))
    while tell():
        pass
    assert [len(body["changes"]) for body in bodies(hook)] == [250, 250, 1]
    assert len({change["name"] for body in bodies(hook) for change in body["changes"]}) == 501


def test_a_level_that_flaps_is_told_in_order(webhook: Webhook, hook: Receiver) -> None:
    tech = add("Postgres 14")
    for impact in ("critical", "normal", "critical", "normal"):
        editing.edit(tech, impact=impact)
    assert tell() == 1
    (body,) = bodies(hook)
    levels = [(change["from_level"], change["to_level"]) for change in body["changes"]]
    assert levels == [(levels[0][0], "critical"), ("critical", levels[0][0])] * 2


def test_news_settles_first(webhook: Webhook, hook: Receiver) -> None:
    """A message built at once would be the first of many during a long import."""
    change_level()
    deliveries.build_deliveries()
    assert not Delivery.objects.exists()
    old = timezone.now() - timedelta(seconds=deliveries.SETTLE_AT_MOST)
    WebhookEvent.objects.update(created_at=old)
    change_level("Redis 6.0")
    deliveries.build_deliveries()
    assert Delivery.objects.count() == 1, "the wait has a limit"


def test_new_facts_are_told(webhook: Webhook, hook: Receiver) -> None:
    tech = add("Postgres 14")
    Tech.objects.filter(pk=tech.pk).update(basis="old", level="unknown")
    reassessment.reassess(seconds=5)
    tell()
    assert [change["from_level"] for change in bodies(hook)[0]["changes"]] == ["unknown"]


def test_what_is_not_saved_is_not_told(webhook: Webhook) -> None:
    """The events are part of the same transaction."""
    tech = add("Postgres 14")
    with transaction.atomic():
        editing.edit(tech, impact="critical")
        assert WebhookEvent.objects.exists()
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()
    assert not LevelChange.objects.exists()


def test_what_is_off_is_told_nothing(webhook: Webhook, hook: Receiver) -> None:
    change_level()
    Webhook.objects.update(is_active=False)
    tell()
    change_level("Redis 6.0")
    assert (WebhookEvent.objects.count(), hook.requests) == (1, [])


def test_each_gets_its_own(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.create(name="Chat", url=hook.url, kind="slack")
    change_level()
    assert tell() == 2
    assert len({request.headers["webhook-id"] for request in hook.requests}) == 2


@pytest.fixture
def chat(webhook: Webhook) -> None:
    Webhook.objects.update(kind="slack")


@pytest.mark.usefixtures("chat")
def test_chat(hook: Receiver) -> None:
    note_changes("<!channel> @here & co", "[x](https://evil.example)", *(f"x {number}" for number in range(39)))
    tell()
    (body,) = bodies(hook)
    lines = body["text"].splitlines()
    assert list(body) == ["text"]
    assert lines[0] == "41 updates from Techlist:"
    assert lines[1] == "• &lt;!channel&gt; @\u200bhere &amp; co: low → high. x"
    assert lines[2] == "• [x]\u200b(https://evil.example): low → high. x"
    assert lines[-1] == "... and 11 more."


@pytest.mark.usefixtures("chat")
def test_chat_has_room(hook: Receiver) -> None:
    """Slack accepts 4,000 characters even after escaping; a long note does not prevent a message."""
    note_changes(*("&" * 200,) * 5, why="&" * 2000)
    tell()
    lines = bodies(hook)[0]["text"].splitlines()
    assert sum(len(line) + 1 for line in lines) <= 4000
    assert (lines[1][:6], lines[1][-6:], lines[-1]) == ("• &amp", "&amp;…", "... and 4 more.")


@pytest.mark.usefixtures("chat")
def test_a_flood_is_one_message_in_a_chat(hook: Receiver) -> None:
    note_changes(*(f"x {number}" for number in range(3000)))
    assert tell() == 1
    assert bodies(hook)[0]["text"].startswith("3,000 updates from Techlist:")


def test_end_of_life_is_near(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.update(days_ahead=30)
    day = end(30)
    end(31, "Redis 6.0")
    end(-1, "Django 3.2")
    assert tasks.note_ends() == 1
    tell()
    (body,) = bodies(hook)
    level = Tech.objects.get(name="Postgres 14").level
    assert body["ends_of_life"] == [{"name": "Postgres 14", "level": level, "end_of_life": str(day)}]


def test_an_end_is_told_once(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.update(days_ahead=30)
    end(30)
    tasks.note_ends()
    tell()
    assert tasks.note_ends() == 0
    Tech.objects.update(end_of_life=datetime.now(UTC).date() + timedelta(days=10))
    assert tasks.note_ends() == 1, "a new date is a new event"


def test_days_ahead_can_be_off(webhook: Webhook) -> None:
    end(1)
    assert tasks.note_ends() == 0


def test_old_messages_are_deleted(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.update(days_ahead=30)
    change_level()
    tell()
    end(30)
    tasks.note_ends()
    tell()
    old = timezone.now() - timedelta(days=settings.KEEP_DAYS + 1)
    Delivery.objects.update(finished_at=old)
    assert deliveries.delete_old(seconds=5) == 1
    assert tasks.note_ends() == 0, "events that prevent a second message are kept until that day"
    WebhookEvent.objects.update(until=old.date())
    assert deliveries.delete_old(seconds=5) == 1


def test_worker_sends(webhook: Webhook, hook: Receiver, servers: Servers, process_env: dict[str, str]) -> None:
    worker = Worker(
        directory=servers.directory, reaper=servers.reaper, env=process_env | {"TECHLIST_WEBHOOK_PRIVATE": "on"}
    )
    change_level()
    settle()
    try:
        worker.start()
        current_app.send_task("techs.notify")
        wait_until(lambda: len(hook.requests) == 1, timeout=20)
        wait_until(lambda: Delivery.objects.get().state == DeliveryState.DONE, timeout=10)
    finally:
        worker.kill()
    assert verify(hook.requests[0], webhook.secret)


def test_beat_has_them() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {tasks.notify.name, tasks.note_ends.name} <= scheduled
