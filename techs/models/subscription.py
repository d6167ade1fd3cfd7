"""Feed tokens, with which programs read the exports."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from techs.models.fields import BinaryCharField

SUBSCRIPTION_NAME_MAX_LENGTH = 100


class Subscription(models.Model):
    """A feed token. Only its digest is stored, so it cannot be shown again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    name = models.CharField(
        max_length=SUBSCRIPTION_NAME_MAX_LENGTH, help_text="Its purpose, such as a calendar or dashboard."
    )
    digest = BinaryCharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
