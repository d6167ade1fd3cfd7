"""API tokens: created, listed and revoked. A token is shown once and stored as a digest.

A token has the permissions of its user, within its scope, until it expires, is revoked, or its user is deactivated.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from techs.activity import objects, recording
from techs.models import ActionKind, APIToken, Service, TokenScope

MAX_PER_USER = 50
MAX_DAYS = 3650


@transaction.atomic
def create(
    user: User,
    *,
    name: str = "",
    scope: TokenScope = TokenScope.WRITE,
    service: Service | None = None,
    days: int | None = None,
) -> tuple[APIToken, str]:
    """Create a token that expires after this many days, or never. Return it with its text, which is not stored.

    The scope UPLOAD needs a service, and no other scope has one.
    """
    if (scope == TokenScope.UPLOAD) != (service is not None):
        raise ValueError(f"scope {scope} with service {service}")
    expiry = None if days is None else timedelta(days=days)
    token, text = APIToken.objects.create(  # type: ignore[no-untyped-call]
        user, expiry=expiry, name=name, scope=scope, service=service
    )
    recording.record(ActionKind.ADDED, [objects.added(token)])
    return token, text


def check_limit(user: User) -> None:
    """Raise ValidationError if this user has too many tokens to create another."""
    if APIToken.objects.filter(user=user).count() >= MAX_PER_USER:
        raise ValidationError(f"You already have {MAX_PER_USER} tokens. Revoke one you no longer need.")


def revoke(user: User, *, pk: int) -> bool:
    """Revoke a token of this user. Return False if there is none."""
    return _revoke(APIToken.objects.filter(user=user, pk=pk))


def revoke_all(user: User) -> None:
    _revoke(APIToken.objects.filter(user=user))


@transaction.atomic
def _revoke(tokens: QuerySet[APIToken]) -> bool:
    gone = list(tokens.select_for_update().select_related("user"))
    recording.record(ActionKind.REVOKED, map(objects.removed, gone))
    tokens.delete()
    return bool(gone)
