"""With slow, faulty, unavailable or abandoned receivers, nothing is lost and no receiver is flooded."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as current_settings
from django.db import connection
from django.utils import timezone

from techs.models import Delivery, DeliveryState, Webhook, WebhookEvent
from techs.webhooks import deliveries
from tests.support.news import bodies, change_level, let_time_come, settle, tell, verify
from tests.support.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db(transaction=True)


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
    """It is counted before it starts, so a message that always kills its worker is given up."""
    change_level()
    settle()
    deliveries.build_deliveries()
    Delivery.objects.update(attempts=deliveries.MAX_ATTEMPTS, next_attempt_at=timezone.now())
    deliveries.send_due(seconds=5)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "The last attempt was interrupted.")
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


def test_gone_for_good(webhook: Webhook, hook: Receiver) -> None:
    """410: the receiver wants no more messages."""
    hook.status = 410
    change_level()
    tell()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 1)
    reason = "The receiver no longer accepts messages, so this webhook was turned off."
    assert delivery.error == f"127.0.0.1 answered 410. {reason}"
    assert not Webhook.objects.get().is_active
    change_level("Redis 6.0")
    tell()
    assert len(hook.requests) == 1


@pytest.mark.parametrize(("header", "minutes"), [("600", 10), ("5", 1), ("86400", 60), ("soon", 1)])
def test_the_receiver_says_when(webhook: Webhook, hook: Receiver, header: str, minutes: int) -> None:
    """Retry-After is respected, between a minute and an hour."""
    hook.status, hook.headers = 429, {"Retry-After": header}
    change_level()
    tell()
    assert round((Delivery.objects.get().next_attempt_at - timezone.now()).total_seconds() / 60) == minutes


def test_a_receiver_that_is_down_for_long_finds_one_message(webhook: Webhook, hook: Receiver) -> None:
    """New events wait behind the failing message, and are sent together."""
    hook.status = 503
    change_level()
    tell()
    for name in ("Redis 6.0", "Node.js 20", "React 17"):
        change_level(name)
        tell()
    assert Delivery.objects.count() == 1
    hook.status = 200
    let_time_come()
    assert deliveries.send_due(seconds=5) == 1
    assert tell() == 1
    assert [change["name"] for change in bodies(hook)[-1]["changes"]] == ["Redis 6.0", "Node.js 20", "React 17"]


def test_news_does_not_wait_for_ever_behind_a_message(webhook: Webhook, hook: Receiver) -> None:
    """The failing message itself may be the problem, and not the receiver."""
    hook.status = 400
    change_level()
    tell()
    hook.status = 200
    change_level("Redis 6.0")
    WebhookEvent.objects.filter(delivery=None).update(created_at=timezone.now() - timedelta(seconds=deliveries.HOLD))
    deliveries.build_deliveries()
    assert deliveries.send_due(seconds=5) == 1
    assert bodies(hook)[-1]["changes"][0]["name"] == "Redis 6.0"


def test_others_do_not_wait(webhook: Webhook, hook: Receiver) -> None:
    hook.status = 503
    change_level()
    tell()
    with receiver() as second:
        Webhook.objects.create(name="Theirs", url=second.url)
        change_level("Redis 6.0")
        assert tell() == 1
    assert len(second.requests) == 1


def test_a_new_secret_overlaps_with_the_old_one(webhook: Webhook, hook: Receiver) -> None:
    old = webhook.secret
    deliveries.renew_secret(webhook)
    for is_old_in_force in (True, False):
        change_level(f"Postgres 1{is_old_in_force:d}")
        tell()
        assert verify(hook.requests[-1], webhook.secret)
        assert verify(hook.requests[-1], old) == is_old_in_force
        Webhook.objects.update(secret_changed_at=timezone.now() - Webhook.OVERLAP)
    assert old != webhook.secret


@pytest.mark.parametrize("read", [1, 2])
def test_requeueing_while_old_messages_are_deleted(webhook: Webhook, hook: Receiver, read: int) -> None:
    """An administrator requeues it each time after the messages were read, before the next statement."""
    hook.status = 410
    change_level()
    tell()
    Webhook.objects.update(is_active=True)
    old = timezone.now() - timedelta(days=current_settings.KEEP_DAYS + 1)
    Delivery.objects.update(finished_at=old)
    failed, selected = Delivery.objects.get(), 0
    requeued: list[Future[bool]] = []

    def requeue() -> bool:
        try:
            return deliveries.requeue(failed)
        finally:
            connection.close()

    def requeue_after_reading(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        nonlocal selected
        result = execute(sql, *arguments)
        selected += sql.startswith("SELECT")
        if selected == read and not requeued:
            requeued.append(pool.submit(requeue))
            # Once the messages are locked, it has to wait until they are deleted.
            wait(requeued, timeout=0.5)
        return result

    with ThreadPoolExecutor(1) as pool, connection.execute_wrapper(requeue_after_reading):
        deliveries.delete_old(seconds=5)
    hook.status = 200
    is_requeued = requeued[0].result()
    assert (Delivery.objects.count(), deliveries.send_due(seconds=5)) == (is_requeued, is_requeued)
    assert is_requeued == (read == 1)
