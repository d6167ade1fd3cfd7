"""Deliver messages to webhooks: build_deliveries() bundles new events, and send_due() sends and retries.

All attempts to send a message use the same id and body. If a worker dies right after sending one, it arrives twice, and
the receiver recognises it by its id.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from techs.activity import objects, recording
from techs.models import (
    CLOCKS_DIFFER_BY,
    ActionKind,
    Delivery,
    DeliveryState,
    Webhook,
    WebhookEvent,
    WebhookKind,
    make_secret,
)
from techs.net.signing import signature_headers
from techs.net.webhook_client import PostFailed, post
from techs.webhooks import payloads

logger = logging.getLogger(__name__)

# Seconds without another event after which events become a message, and the longest that the first one waits for this.
SETTLE, SETTLE_AT_MOST = 10, 60
# Seconds that events wait behind a failing message, so that for a receiver that is down for long, a few large messages
# accumulate instead of hundreds.
HOLD = 3600
# Events per message. Further events go into the next one. 250 events are about 100 kB, which most receivers accept. A
# chat message shows the first events and counts the rest.
MOST_ITEMS = {WebhookKind.JSON: 250, WebhookKind.SLACK: 10_000}
# They take about four hours. After that, an administrator has to retry.
MAX_ATTEMPTS = 10
_WAIT, _LONGEST_WAIT = 60, 3600  # seconds before the second attempt, and before any attempt at most
_GONE = "The receiver no longer accepts messages, so this webhook was turned off."
# Messages deleted per transaction.
_DELETE_CHUNK = 100


def build_deliveries() -> int:
    """Bundle settled events into messages. Return the number of messages."""
    return sum(_build_delivery(webhook) for webhook in Webhook.objects.filter(is_active=True))


def send_due(*, seconds: float) -> int:
    """Send due messages, starting none after that many seconds. Return the number of messages that arrived."""
    deadline = time.monotonic() + seconds
    arrived = 0
    while time.monotonic() < deadline:
        delivery = _claim()
        if delivery is None:
            break
        arrived += _send(delivery)
    return arrived


@transaction.atomic
def send_test(webhook: Webhook) -> Delivery:
    """Queue a test message."""
    now = timezone.now().isoformat()
    item = {"name": "Test", "from_level": "low", "to_level": "low", "at": now, "why": "This is a test message."}
    delivery = _create(webhook, [item])
    recording.record(ActionKind.ADDED, [objects.added(delivery)])
    return delivery


@transaction.atomic
def renew_secret(webhook: Webhook) -> None:
    """Replace the secret. For Webhook.OVERLAP, messages are also signed with the previous one."""
    webhook.previous_secret, webhook.secret = webhook.secret, make_secret()
    webhook.secret_changed_at = timezone.now()
    webhook.save(update_fields=["secret", "previous_secret", "secret_changed_at"])
    recording.record(ActionKind.CHANGED, [objects.touched(webhook, "secret")])


@transaction.atomic
def requeue(delivery: Delivery) -> bool:
    """Reset the attempts of a message that did not arrive. Return False if it has arrived."""
    failed = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.DONE)
    is_queued = failed.update(
        state=DeliveryState.QUEUED, attempts=0, error="", finished_at=None, next_attempt_at=timezone.now()
    )
    if is_queued:
        recording.record(ActionKind.REQUEUED, [objects.touched(delivery)])
    return bool(is_queued)


def delete_old(*, seconds: float) -> int:
    """Delete messages that arrived or failed more than KEEP_DAYS days ago. Return their number.

    Messages about an end of life are kept until that day has passed, since they prevent a second message about it.
    """
    deadline = time.monotonic() + seconds
    before = timezone.now() - timedelta(days=settings.KEEP_DAYS)
    needed = WebhookEvent.objects.filter(until__gte=timezone.now().date(), delivery__isnull=False).values("delivery")
    old = Delivery.objects.exclude(state=DeliveryState.QUEUED).filter(finished_at__lt=before).exclude(pk__in=needed)
    deleted = 0
    while time.monotonic() < deadline:
        chosen = list(old.values_list("pk", flat=True)[:_DELETE_CHUNK])
        _delete_unless_queued(chosen)
        deleted += len(chosen)
        if len(chosen) < _DELETE_CHUNK:
            break
    return deleted


@transaction.atomic
def _delete_unless_queued(chosen: Sequence[int]) -> None:
    # Check again, because one of them may have been requeued in between. Until their events are deleted, none can be.
    finished = Delivery.objects.select_for_update().filter(pk__in=chosen).exclude(state=DeliveryState.QUEUED)
    Delivery.objects.filter(pk__in=list(finished.values_list("pk", flat=True))).delete()


@transaction.atomic
def _build_delivery(webhook: Webhook) -> int:
    most = MOST_ITEMS[WebhookKind(webhook.kind)]
    pending = WebhookEvent.objects.select_for_update(skip_locked=True).filter(webhook=webhook, delivery=None)
    found = list(pending.order_by("pk")[:most])
    if not found or (_is_behind(webhook) and not _is_older(found[0], HOLD)):
        return 0
    if len(found) < most and not _has_settled(found):
        return 0
    delivery = _create(webhook, [event.item for event in found])
    WebhookEvent.objects.filter(pk__in=[event.pk for event in found]).update(delivery=delivery)
    return 1


def _is_behind(webhook: Webhook) -> bool:
    return webhook.deliveries.filter(state=DeliveryState.QUEUED, attempts__gt=0).exists()


def _has_settled(pending: list[WebhookEvent]) -> bool:
    return _is_older(pending[-1], SETTLE) or _is_older(pending[0], SETTLE_AT_MOST)


def _is_older(event: WebhookEvent, seconds: int) -> bool:
    # A date in the future is due to a wrong clock and counts as older.
    age: timedelta = timezone.now() - event.created_at
    return age >= timedelta(seconds=seconds) or age < -CLOCKS_DIFFER_BY


def _create(webhook: Webhook, items: list[dict[str, str]]) -> Delivery:
    event, now = uuid.uuid4(), timezone.now()
    is_chat = webhook.kind == WebhookKind.SLACK
    body = payloads.as_chat(items) if is_chat else payloads.as_json(items, event=str(event), at=now.isoformat())
    return Delivery.objects.create(uuid=event, webhook=webhook, body=body, created_at=now, next_attempt_at=now)


@transaction.atomic
def _claim() -> Delivery | None:
    """Return a due message. Its attempt is counted, and the next one scheduled, before it is sent."""
    now = timezone.now()
    active = list(Webhook.objects.filter(is_active=True).values_list("pk", flat=True))
    due = Delivery.objects.select_for_update(skip_locked=True).filter(state=DeliveryState.QUEUED, webhook__in=active)
    # A due date beyond the longest wait means that a clock was wrong.
    latest = now + timedelta(seconds=_LONGEST_WAIT) + CLOCKS_DIFFER_BY
    is_due = Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=latest)
    delivery = due.filter(is_due).order_by("next_attempt_at").first()
    if delivery is None:
        return None
    delivery.attempts += 1
    wait = min(_WAIT * 2 ** (delivery.attempts - 1), _LONGEST_WAIT)
    delivery.next_attempt_at = now + timedelta(seconds=wait)
    delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery


def _send(delivery: Delivery) -> bool:
    try:
        _post(delivery)
    except PostFailed as error:
        _record_failure(delivery, error)
        return False
    _finish(delivery, state=DeliveryState.DONE, error="")
    logger.info("Message %s was delivered to %s.", delivery.uuid, delivery.webhook)
    return True


def _post(delivery: Delivery) -> None:
    if delivery.attempts > MAX_ATTEMPTS:
        raise PostFailed("The last attempt was interrupted.")
    webhook, event = delivery.webhook, str(delivery.uuid)
    secrets = webhook.active_secrets()
    signed = signature_headers(delivery.body, secrets=secrets, event=event, timestamp=int(time.time()))
    headers = {"Content-Type": "application/json", "User-Agent": f"techlist/{settings.VERSION}"} | signed
    post(webhook.url, delivery.body, headers=headers, is_private_allowed=settings.WEBHOOK_PRIVATE)


def _record_failure(delivery: Delivery, error: PostFailed) -> None:
    logger.warning("Message %s could not be delivered to %s: %s", delivery.uuid, delivery.webhook, error)
    if error.is_gone:
        _turn_off(delivery.webhook)
        _finish(delivery, state=DeliveryState.FAILED, error=f"{error} {_GONE}")
    elif delivery.attempts >= MAX_ATTEMPTS:
        _finish(delivery, state=DeliveryState.FAILED, error=str(error))
    else:
        requested = min(error.retry_at or timezone.now(), timezone.now() + timedelta(seconds=_LONGEST_WAIT))
        retry_at = max(delivery.next_attempt_at, requested)
        Delivery.objects.filter(pk=delivery.pk).update(error=str(error), next_attempt_at=retry_at)


@transaction.atomic
def _turn_off(webhook: Webhook) -> None:
    before = objects.values(webhook)
    if Webhook.objects.filter(pk=webhook.pk, is_active=True).update(is_active=False):
        webhook.is_active = False
        recording.record(ActionKind.CHANGED, [objects.changed(webhook, before=before)])


def _finish(delivery: Delivery, *, state: DeliveryState, error: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, error=error, finished_at=timezone.now())
