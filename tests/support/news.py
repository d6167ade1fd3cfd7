"""Helpers for webhook tests: create events, skip waits, and verify deliveries like a receiver."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from techs.inventory import editing
from techs.models import Delivery, DeliveryState, LevelChange, Tech, WebhookEvent
from techs.webhooks import deliveries
from tests.support.factories import add
from tests.support.receiver import Receiver, Request


def change_level(name: str = "Postgres 14") -> LevelChange:
    """Add a technology and override its level, so that it changes."""
    tech = add(name)
    level = "low" if tech.level == "high" else "high"
    editing.edit(tech, level_override=level, override_review_on=date(2999, 1, 1), note="x")
    return LevelChange.objects.get(tech=tech)


def settle() -> None:
    """Skip the wait for more events."""
    past = timezone.now() - timedelta(seconds=deliveries.SETTLE)
    WebhookEvent.objects.filter(delivery=None).update(created_at=past)


def let_time_come() -> None:
    """Skip the wait until the next attempt."""
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=timezone.now())


def tell() -> int:
    settle()
    deliveries.build_deliveries()
    return deliveries.send_due(seconds=5)


def bodies(hook: Receiver) -> list[Any]:
    return [json.loads(request.body) for request in hook.requests]


def verify(request: Request, secret: str) -> bool:
    """Verify a signature like a receiver, as Standard Webhooks describes."""
    signed = b".".join(
        [request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body]
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = request.headers["webhook-signature"].split()
    return any(hmac.compare_digest(signature, f"v1,{expected}") for signature in signatures)


def end(days: int, name: str = "Postgres 14") -> date:
    tech, day = add(name), datetime.now(UTC).date() + timedelta(days=days)
    Tech.objects.filter(pk=tech.pk).update(end_of_life=day)
    return day
