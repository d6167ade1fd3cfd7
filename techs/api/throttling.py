"""The limit of writes per client and minute, counted in Redis and therefore shared by all processes.

Reads are not counted, since they come from the cache. Without the cache nothing is limited.
"""

import hashlib
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from techs import counters

WINDOW = 60  # seconds
TOO_MANY_WRITES = "Too many changes in a minute. Nothing was stored. Try again in {} seconds."

_SAFE = {"GET", "HEAD", "OPTIONS"}
# A household or server usually has a whole /64, so it counts as one client.
_IPV6_NETWORK = 64


def seconds_to_wait(request: HttpRequest) -> int:
    """Count this write. Return 0 if the client may make it, else the seconds until it may try again."""
    if settings.THROTTLE == 0 or counters.count(f"write:{client(request)}", seconds=WINDOW) <= settings.THROTTLE:
        return 0
    return counters.seconds_left(seconds=WINDOW)


class WriteThrottle(BaseThrottle):
    """The same limit for REST framework."""

    _wait = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        self._wait = 0 if request.method in _SAFE else seconds_to_wait(request)
        return self._wait == 0

    def wait(self) -> float:
        return self._wait


def client(request: HttpRequest) -> str:
    """Return a hashed key for the user or, without one, the address."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    return hashed(f"user {user.pk}" if is_known else f"address {address(request)}")  # type: ignore[union-attr]


def address(request: HttpRequest) -> str:
    """Return the client's address as our outermost trusted proxy saw it; for IPv6, its network.

    Each proxy appends its peer to X-Forwarded-For. Anything before our own entries is only a claim.
    """
    seen = [entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    is_behind_proxies = 0 < settings.PROXIES <= len(seen)
    return _network(seen[-settings.PROXIES] if is_behind_proxies else request.META.get("REMOTE_ADDR", ""))


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def _network(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        return text
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, _IPV6_NETWORK), strict=False))
