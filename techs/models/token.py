"""API tokens, with which programs read and write the list."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken
from knox.settings import CONSTANTS

from techs.models.fields import BinaryCharField
from techs.models.service import Service

TOKEN_NAME_MAX_LENGTH = 100
_SHOWN = 8  # of 40 characters or more; the rest is too long to guess


class TokenScope(models.TextChoices):
    """How far a token reaches within the permissions of its user."""

    READ = "read", "Read only"
    WRITE = "write", "Read and write"
    UPLOAD = "upload", "Uploads of one service"


class APIToken(AbstractAuthToken):
    """A token of a user. Only its digest and its first characters are stored, so it cannot be shown again."""

    # Unlike knox's, the digest is no primary key, which would be part of addresses in the admin.
    digest = BinaryCharField(max_length=CONSTANTS.DIGEST_LENGTH, unique=True, editable=False)
    token_key = BinaryCharField(
        max_length=CONSTANTS.MAXIMUM_TOKEN_PREFIX_LENGTH + CONSTANTS.TOKEN_KEY_LENGTH, db_index=True, editable=False
    )
    name = models.CharField(
        max_length=TOKEN_NAME_MAX_LENGTH,
        blank=True,
        default="",
        help_text="Its purpose, such as the program that uses it.",
    )
    scope = models.CharField(max_length=8, choices=TokenScope, default=TokenScope.WRITE)
    # Services are purged a day after they are deleted, and their tokens with them.
    service = models.ForeignKey(
        Service,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="tokens",
        help_text="For a token that is limited to uploads of one service.",
    )

    # Only on a new token, until the response to its creation shows it.
    text = ""

    class Meta:
        verbose_name = "API token"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.token_key[:_SHOWN]}…"

    def clean(self) -> None:
        if self.scope == TokenScope.UPLOAD and self.service is None:
            raise ValidationError({"service": "Choose the service."})
        if self.scope != TokenScope.UPLOAD and self.service is not None:
            raise ValidationError({"service": "Leave this empty, or limit the token to uploads of one service."})

    @property
    def is_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()
