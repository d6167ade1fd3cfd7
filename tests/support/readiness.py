"""Query /readyz, and simulate waiting submissions and late sweeps."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from techlist import health
from techs.models import PeriodicRun, Submission

NAMES = [
    *("status", "database", "cache", "broker"),
    *("oldest_unfinished_seconds", "last_sweep_seconds", "delayed"),
]


def ready(client: Client) -> Any:
    """Return the current answer."""
    health.reset()
    return client.get("/readyz")


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def swept(seconds: float) -> None:
    """Set how long ago the last sweep ended."""
    PeriodicRun.objects.update_or_create(name="sweep", defaults={"finished_at": ago(seconds)})


def waiting(seconds: float, **fields: Any) -> Submission:
    """Create an unfinished submission of this age."""
    return Submission.objects.create(text="Django 3.2", created_at=ago(seconds), publish_again_at=ago(0), **fields)
