"""Webhooks, the events for them, and their deliveries."""

import base64
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from techs.models.fields import BinaryCharField
from techs.net.address_policy import check_url
from techs.net.signing import SECRET_PREFIX


class WebhookKind(models.TextChoices):
    """The format that the receiver expects."""

    JSON = "json", "JSON, signed"
    SLACK = "slack", "Slack, or compatible"


def make_secret() -> str:
    """Generate a signing secret in the Standard Webhooks format."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class Webhook(models.Model):
    """A receiver of events about the list."""

    name = models.CharField(max_length=100)
    url = models.CharField("address", max_length=500)
    kind = models.CharField(max_length=5, choices=WebhookKind.choices, default=WebhookKind.JSON)
    secret = models.CharField(
        max_length=100, default=make_secret, editable=False, help_text="For verifying signatures."
    )
    # Messages are also signed with this one for a while, so that receivers have time to switch.
    previous_secret = models.CharField(max_length=100, blank=True, default="", editable=False)
    secret_changed_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField("on", default=True)
    days_ahead = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="Days before an end of life to send a message. 0: do not send any.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    OVERLAP = timedelta(days=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            check_url(self.url, is_private_allowed=settings.WEBHOOK_PRIVATE)
        except ValueError as error:
            raise ValidationError({"url": str(error)}) from error

    def active_secrets(self) -> list[str]:
        """Return the secrets to sign with: the current one and, for OVERLAP after a change, the previous one."""
        changed_at = self.secret_changed_at
        # abs(), because a time in the future, due to a wrong clock, must not keep the old secret valid.
        is_overlap = changed_at is not None and abs(timezone.now() - changed_at) < self.OVERLAP
        return [self.secret, self.previous_secret] if is_overlap else [self.secret]


class DeliveryState(models.TextChoices):
    """The progress of a delivery. It has failed once its attempts are used up."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed", "given up"


class Delivery(models.Model):
    """One message to one webhook, with its attempts."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    body = models.TextField()
    state = models.CharField(max_length=6, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.uuid} to {self.webhook}"


class WebhookEvent(models.Model):
    """An event for one webhook, written in the transaction that causes it and later included in a delivery."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="events")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="events")
    # Identifies the event, so that it is sent only once.
    subject = BinaryCharField(max_length=60)
    item = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # The last day on which the same event could occur again.
    until = models.DateField(null=True)

    class Meta:
        db_table = "techs_notice"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["webhook", "subject"], name="one_notice_per_subject")]

    def __str__(self) -> str:
        return str(self.subject)
