"""Webhooks: what is new is written down with the change, put into one message, and sent until it has arrived."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from techlist.processes import wait_until
from techs import assessments, deliveries, notices, tasks
from techs.models import Delivery, DeliveryState, LevelChange, Notice, Tech, Webhook
from tests.factories import add
from tests.receiver import Receiver, receiver
from tests.servers import Servers
from tests.services import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def webhook(hook: Receiver, settings: Any) -> Webhook:
    settings.WEBHOOK_PRIVATE = True
    return Webhook.objects.create(name="Ours", url=hook.url, days_ahead=0)


def change_level(name: str = "Postgres 14") -> LevelChange:
    assessments.edit(add(name), impact="critical")
    return LevelChange.objects.latest("id")


def settle() -> None:
    """Let the time pass in which more news might come."""
    past = timezone.now() - timedelta(seconds=deliveries.SETTLE)
    Notice.objects.filter(delivery=None).update(created_at=past)


def let_time_come() -> None:
    """Let the time pass until the next attempt."""
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=timezone.now())


def tell() -> int:
    settle()
    deliveries.gather()
    return deliveries.send_due(seconds=5)


def bodies(hook: Receiver) -> list[Any]:
    return [json.loads(request.body) for request in hook.requests]


def verify(request: Any, secret: str) -> bool:
    """What a receiver does, after the words of the Standard Webhooks."""
    signed = b".".join(
        [request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body]
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    versions = dict(part.split(",", 1) for part in request.headers["webhook-signature"].split())
    return hmac.compare_digest(versions["v1"], expected)


def test_nothing_without_webhooks() -> None:
    """The default: nothing is written, made or sent."""
    change_level()
    assert tell() == 0
    assert tasks.note_ends() == 0
    assert not Notice.objects.exists()
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


def test_a_burst_is_one_message(webhook: Webhook, hook: Receiver) -> None:
    same = {"at": timezone.now(), "from_level": "low", "to_level": "high", "why": "x"}
    with transaction.atomic():
        notices.note_changes([LevelChange(name=f"x {number}", **same) for number in range(500)])
    assert tell() == 1
    (body,) = bodies(hook)
    assert [change["name"] for change in body["changes"]] == [f"x {number}" for number in range(500)]


def test_more_than_fits(webhook: Webhook, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MOST_ITEMS", 2)
    same = {"at": timezone.now(), "from_level": "low", "to_level": "high", "why": "x"}
    notices.note_changes([LevelChange(name=f"x {number}", **same) for number in range(3)])
    tell()
    tell()
    assert [len(body["changes"]) for body in bodies(hook)] == [2, 1]


def test_news_settles_first(webhook: Webhook, hook: Receiver) -> None:
    """A message made at once would be the first of many while a long import runs."""
    change_level()
    deliveries.gather()
    assert not Delivery.objects.exists()
    old = timezone.now() - timedelta(seconds=deliveries.SETTLE_AT_MOST)
    Notice.objects.update(created_at=old)
    change_level("Redis 6.0")
    deliveries.gather()
    assert Delivery.objects.count() == 1, "but it does not wait for ever"


def test_new_facts_are_told(webhook: Webhook, hook: Receiver) -> None:
    tech = add("Postgres 14")
    Tech.objects.filter(pk=tech.pk).update(basis="old", level="unknown")
    assessments.reassess(seconds=5)
    tell()
    assert [change["from_level"] for change in bodies(hook)[0]["changes"]] == ["unknown"]


def test_what_is_not_saved_is_not_told(webhook: Webhook) -> None:
    """The outbox is of the same transaction."""
    tech = add("Postgres 14")
    with transaction.atomic():
        assessments.edit(tech, impact="critical")
        assert Notice.objects.exists()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not LevelChange.objects.exists()


def test_what_is_off_is_told_nothing(webhook: Webhook, hook: Receiver) -> None:
    change_level()
    Webhook.objects.update(is_active=False)
    tell()
    change_level("Redis 6.0")
    assert (Notice.objects.count(), hook.requests) == (1, [])


def test_each_gets_its_own(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.create(name="Chat", url=hook.url, kind="slack")
    change_level()
    assert tell() == 2
    assert len({request.headers["webhook-id"] for request in hook.requests}) == 2


def test_chat(webhook: Webhook, hook: Receiver) -> None:
    Webhook.objects.update(kind="slack")
    same = {"at": timezone.now(), "from_level": "low", "to_level": "high", "why": "x"}
    names = ["<!channel> @here & co", *(f"x {number}" for number in range(40))]
    notices.note_changes([LevelChange(name=name, **same) for name in names])
    tell()
    (body,) = bodies(hook)
    lines = body["text"].splitlines()
    assert list(body) == ["text"]
    assert lines[0] == "Techlist has 41 pieces of news:"
    assert lines[1] == "• &lt;!channel&gt; @\u200bhere &amp; co: low → high. x"
    assert lines[-1] == "... and 11 more."


def end(days: int, name: str = "Postgres 14") -> date:
    tech, day = add(name), datetime.now(UTC).date() + timedelta(days=days)
    Tech.objects.filter(pk=tech.pk).update(end_of_life=day)
    return day


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
    assert tasks.note_ends() == 1, "another day is news"


def test_days_ahead_can_be_off(webhook: Webhook) -> None:
    end(1)
    assert tasks.note_ends() == 0


def test_tried_again_with_the_same_message(webhook: Webhook, hook: Receiver) -> None:
    hook.answers = [500, 503]
    change_level()
    assert tell() == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.error) == ("queued", 1, "127.0.0.1 answered 500.")
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=30)
    assert deliveries.send_due(seconds=5) == 0, "not before its time"
    assert len(hook.requests) == 1
    for arrived in (0, 1):
        let_time_come()
        assert deliveries.send_due(seconds=5) == arrived
    first, second, third = hook.requests
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == third.headers["webhook-id"]
    assert verify(third, webhook.secret)


def test_given_up(webhook: Webhook, hook: Receiver) -> None:
    hook.status = 500
    change_level()
    tell()
    for _ in range(deliveries.MAX_ATTEMPTS):
        let_time_come()
        deliveries.send_due(seconds=5)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, deliveries.MAX_ATTEMPTS)
    assert (len(hook.requests), delivery.finished_at is None) == (deliveries.MAX_ATTEMPTS, False)


def test_waits_grow(webhook: Webhook, hook: Receiver) -> None:
    hook.status = 500
    change_level()
    tell()
    waits = []
    for _ in range(deliveries.MAX_ATTEMPTS - 1):
        waits.append(round((Delivery.objects.get().next_attempt_at - timezone.now()).total_seconds() / 60))
        let_time_come()
        deliveries.send_due(seconds=5)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_an_attempt_that_kills_its_worker_counts(webhook: Webhook, hook: Receiver) -> None:
    """It was counted before it began, so a message that always does is given up, too."""
    change_level()
    settle()
    deliveries.gather()
    Delivery.objects.update(attempts=deliveries.MAX_ATTEMPTS, next_attempt_at=timezone.now())
    deliveries.send_due(seconds=5)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "The last attempt did not end.")
    assert hook.requests == []


def test_private_addresses_need_leave(webhook: Webhook, hook: Receiver, settings: Any) -> None:
    settings.WEBHOOK_PRIVATE = False
    Webhook.objects.update(url=hook.url.replace("http:", "https:"))
    change_level()
    tell()
    assert "private network" in Delivery.objects.get().error
    assert hook.requests == []


def test_errors_tell_no_secret(webhook: Webhook, hook: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    hook.status = 500
    change_level()
    tell()
    assert "answered 500" in caplog.text
    assert "key=secret" not in caplog.text + Delivery.objects.get().error
    assert webhook.secret not in caplog.text


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
    assert tasks.note_ends() == 0, "what keeps an end from being told twice stays until its day"
    Notice.objects.update(until=old.date())
    assert deliveries.delete_old(seconds=5) == 1


def test_worker_sends(webhook: Webhook, hook: Receiver, servers: Servers, process_env: dict[str, str]) -> None:
    worker = Worker(
        directory=servers.directory, guard=servers.guard, env=process_env | {"TECHLIST_WEBHOOK_PRIVATE": "on"}
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


@pytest.mark.parametrize("url", ["http://hooks.example.org/", "https://ada:x@a.example/", "x"])
def test_addresses_that_make_no_sense(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        Webhook(name="x", url=url).full_clean()


def test_admin_makes_one(admin_client: Client) -> None:
    form = {"name": "Ours", "url": "https://hooks.example.org/x", "kind": "json", "is_active": "on", "days_ahead": 30}
    assert b"whsec_" not in admin_client.get("/admin/techs/webhook/add/").content, "it would be another one"
    admin_client.post("/admin/techs/webhook/add/", form)
    webhook = Webhook.objects.get()
    page = admin_client.get(f"/admin/techs/webhook/{webhook.pk}/change/").content.decode()
    assert webhook.secret in page
    assert "Ours" in admin_client.get("/admin/techs/webhook/").content.decode()


def test_admin_tests_it(admin_client: Client, webhook: Webhook, hook: Receiver) -> None:
    data = {"action": "send_test", "_selected_action": [webhook.pk]}
    assert b"1 queued." in admin_client.post("/admin/techs/webhook/", data, follow=True).content
    assert deliveries.send_due(seconds=5) == 1
    assert bodies(hook)[0]["changes"][0]["name"] == "Test"


def test_admin_requeues(admin_client: Client, webhook: Webhook, hook: Receiver) -> None:
    delivery = deliveries.send_test(webhook)
    Delivery.objects.update(state=DeliveryState.FAILED, attempts=10, error="x", finished_at=timezone.now())
    assert b"given up" in admin_client.get("/admin/techs/delivery/?state__exact=failed").content
    assert admin_client.get(f"/admin/techs/delivery/{delivery.pk}/change/").status_code == 200
    data = {"action": "requeue", "_selected_action": [delivery.pk]}
    assert b"1 queued again." in admin_client.post("/admin/techs/delivery/", data, follow=True).content
    assert deliveries.send_due(seconds=5) == 1
    assert b"0 queued again." in admin_client.post("/admin/techs/delivery/", data, follow=True).content


def test_admin_deletes_it_with_its_messages(admin_client: Client, webhook: Webhook) -> None:
    deliveries.send_test(webhook)
    admin_client.post(f"/admin/techs/webhook/{webhook.pk}/delete/", {"post": "yes"})
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_requeueing_needs_the_permission(client: Client, webhook: Webhook) -> None:
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(viewer)
    delivery = deliveries.send_test(webhook)
    Delivery.objects.update(state=DeliveryState.FAILED)
    client.post("/admin/techs/delivery/", {"action": "requeue", "_selected_action": [delivery.pk]})
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert client.get("/admin/techs/webhook/").status_code == 403
