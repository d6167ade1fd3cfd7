"""Feed tokens: a token in the URL of an export grants read access to the exports, and to nothing else.

Calendar programs, feed readers and badges cannot send headers. A token is shown once and stored as a hash. It is valid
until it is revoked or its user is deactivated.
"""

import hashlib
import secrets
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from techs.activity import objects, recording
from techs.models import ActionKind, Subscription

PARAMETER = "token"
MAX_PER_USER = 50
_TOKEN_BYTES = 32
_READ_METHODS = {"GET", "HEAD"}


@transaction.atomic
def create(user: User, *, name: str) -> tuple[Subscription, str]:
    """Create a subscription. Return it with its token, which is not stored. Raises ValidationError at the limit."""
    if Subscription.objects.filter(user=user).count() >= MAX_PER_USER:
        raise ValidationError(f"You already have {MAX_PER_USER} subscriptions. Revoke one you no longer need.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    subscription = Subscription.objects.create(user=user, name=name, digest=_digest(token))
    recording.record(ActionKind.ADDED, [objects.added(subscription)])
    return subscription, token


@transaction.atomic
def revoke(user: User, *, pk: int) -> bool:
    own = Subscription.objects.filter(user=user, pk=pk)
    gone = list(own.select_for_update().select_related("user"))
    recording.record(ActionKind.REVOKED, map(objects.removed, gone))
    own.delete()
    return bool(gone)


class SubscriptionAuthentication(BaseAuthentication):
    """Authenticates export requests by feed token."""

    def authenticate(self, request: Request) -> tuple[Any, Subscription] | None:
        token = request.query_params.get(PARAMETER)
        if token is None or request.method not in _READ_METHODS:
            return None
        found = Subscription.objects.select_related("user").filter(digest=_digest(token), user__is_active=True).first()
        if found is None:
            raise AuthenticationFailed("This subscription is not valid. Create a new address on the Subscribe page.")
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        # With a WWW-Authenticate header, REST framework answers 401 instead of 403.
        return "Token"


def _digest(token: str) -> str:
    # A random token of this length needs neither salt nor a slow hash.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
