"""Addresses that can be subscribed to: a token in the address reads the exports, and nothing else.

Calendar programs, feed readers and badges cannot send headers. The token is stored hashed, so nobody can look it up:
it is shown once. It ends when it is revoked, or when its user's account does.
"""

import hashlib
import secrets
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from techs.models import Subscription

PARAMETER = "token"
MAX_PER_USER = 50
_TOKEN_BYTES = 32
_READS = {"GET", "HEAD"}


def create(user: User, *, name: str) -> tuple[Subscription, str]:
    """A new subscription, and its token, which cannot be found again. Raises ValidationError if there are too many."""
    if Subscription.objects.filter(user=user).count() >= MAX_PER_USER:
        raise ValidationError(f"You have {MAX_PER_USER} subscriptions. Revoke one that you do not need.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return Subscription.objects.create(user=user, name=name, digest=_digest(token)), token


def revoke(user: User, *, pk: int) -> bool:
    """End one of the user's subscriptions at once. Returns whether there was one."""
    deleted, _ = Subscription.objects.filter(user=user, pk=pk).delete()
    return bool(deleted)


class SubscriptionAuthentication(BaseAuthentication):
    """Who has the token of a subscription reads as its user. For the views of exports only."""

    def authenticate(self, request: Request) -> tuple[Any, Subscription] | None:
        """The user; None without a token. Raises AuthenticationFailed for a token that does not hold."""
        token = request.query_params.get(PARAMETER)
        if token is None or request.method not in _READS:
            return None
        found = Subscription.objects.select_related("user").filter(digest=_digest(token), user__is_active=True).first()
        if found is None:
            raise AuthenticationFailed("This subscription has ended. Make a new address on the page Subscribe.")
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        """What makes a refusal a 401: the other way in."""
        return "Token"


def _digest(token: str) -> str:
    # No salt and no slow hash: the token is random, and too long to be guessed.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
