"""Record events for webhooks in the transaction that causes them, so that none is lost or duplicated.

techs.webhooks.deliveries bundles them into messages.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction

from techs.models import LevelChange, Tech, TechDateChange, Webhook, WebhookEvent

_BATCH = 500


def note_changes(changes: Sequence[LevelChange]) -> None:
    """Record level changes for every active webhook. Call in the transaction that saves them."""
    if changes:
        _record((f"change {uuid.uuid4()}", _change(change)) for change in changes)


def note_date_changes(changes: Iterable[TechDateChange]) -> None:
    """Record date changes for every active webhook. Call in the transaction that saves them."""
    _record((f"date {change.change_id} {change.tech_id}", _date_change(change)) for change in changes)


def note_ends(*, today: date) -> int:
    """Record ends of life within the next days_ahead days of each webhook, each once. Return the number of events."""
    return sum(_record_ends(webhook, today) for webhook in Webhook.objects.filter(is_active=True, days_ahead__gt=0))


def _record(events: Iterable[tuple[str, dict[str, str]]]) -> None:
    found = list(events)
    WebhookEvent.objects.bulk_create(
        (
            WebhookEvent(webhook=webhook, subject=subject, item=item)
            for webhook in Webhook.objects.filter(is_active=True)
            for subject, item in found
        ),
        batch_size=_BATCH,
    )


@transaction.atomic
def _record_ends(webhook: Webhook, today: date) -> int:
    last_day = today + timedelta(days=webhook.days_ahead)
    recorded = set(webhook.events.filter(until__gte=today).values_list("subject", flat=True))
    near = Tech.objects.filter(end_of_life__gte=today, end_of_life__lte=last_day).only("name", "level", "end_of_life")
    ends = _ends(webhook, near.order_by("end_of_life", "rank").iterator())
    new = [event for event in ends if event.subject not in recorded]
    # Workers may run this concurrently, so let the unique key drop duplicates.
    WebhookEvent.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    return len(new)


def _ends(webhook: Webhook, techs: Iterable[Tech]) -> Iterable[WebhookEvent]:
    for tech in techs:
        item = {"name": tech.name, "level": tech.level, "end_of_life": str(tech.end_of_life)}
        subject = f"end {tech.pk} {tech.end_of_life}"
        yield WebhookEvent(webhook=webhook, subject=subject, item=item, until=tech.end_of_life)


def _change(change: LevelChange) -> dict[str, str]:
    return {
        "name": change.name,
        "from_level": change.from_level,
        "to_level": change.to_level,
        "at": change.at.isoformat(),
        "why": change.why,
    }


def _date_change(change: TechDateChange) -> dict[str, str]:
    moved = change.change
    return {
        "name": change.name,
        "product": moved.product,
        "release": moved.cycle,
        "field": moved.field,
        "before": moved.before,
        "after": moved.after,
        "at": change.at.isoformat(),
        "text": change.text,
    }
