"""How much one client may change in a minute, counted in Redis, so that all processes share the count.

Reads are not counted: they come from the cache. While the cache is away everything is let through.
"""

import hashlib
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from techs import counters

WINDOW = 60  # seconds
TOO_MANY_WRITES = "You change more than one client may in a minute. Nothing was stored. Try again in {} seconds."

_SAFE = {"GET", "HEAD", "OPTIONS"}
# One household or server has the other half of an IPv6 address to itself, so all of these are one client.
_IPV6_NETWORK = 64


def seconds_to_wait(request: HttpRequest) -> int:
    """Count this write. Returns 0 if its client may make it, else the seconds until it may try again."""
    if settings.THROTTLE == 0 or counters.count(f"write:{client(request)}", seconds=WINDOW) <= settings.THROTTLE:
        return 0
    return counters.seconds_left(seconds=WINDOW)


class WriteThrottle(BaseThrottle):
    """The same for REST framework."""

    _wait = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        """Whether the client may do this now."""
        self._wait = 0 if request.method in _SAFE else seconds_to_wait(request)
        return self._wait == 0

    def wait(self) -> float:
        """Seconds until it may."""
        return self._wait


def client(request: HttpRequest) -> str:
    """Who asks: a user, or else an address. Hashed, because it becomes part of a key."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    return hashed(f"user {user.pk}" if is_known else f"address {address(request)}")  # type: ignore[union-attr]


def address(request: HttpRequest) -> str:
    """Where the request comes from, as the last proxy that is ours saw it; of an IPv6 address its network.

    Each proxy adds who spoke to it at the end of X-Forwarded-For. What stands before ours is only a claim.
    """
    seen = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    is_behind_proxies = 0 < settings.PROXIES <= len(seen)
    return _network(seen[-settings.PROXIES] if is_behind_proxies else request.META.get("REMOTE_ADDR", ""))


def hashed(text: str) -> str:
    """A short name for a key, of any text."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def _network(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        return text
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, _IPV6_NETWORK), strict=False))
