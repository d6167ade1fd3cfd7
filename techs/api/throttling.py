"""Limit the writes of each client per minute. They are counted in Redis, so all processes share the limit.

Reads are not counted, since they come from the cache. Without the cache, nothing is limited.
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
# A household or server usually has a whole /64, so a /64 counts as one client.
_IPV6_NETWORK = 64


def seconds_to_wait(request: HttpRequest) -> int:
    """Count this write. Return 0 if it is within the limit, else the seconds until the client may try again."""
    if settings.THROTTLE == 0 or counters.count(f"write:{client(request)}", seconds=WINDOW) <= settings.THROTTLE:
        return 0
    return counters.seconds_left(seconds=WINDOW)


class WriteThrottle(BaseThrottle):
    """Applies the limit in REST framework's views."""

    _wait = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        self._wait = 0 if request.method in _SAFE else seconds_to_wait(request)
        return self._wait == 0

    def wait(self) -> float:
        return self._wait


def client(request: HttpRequest) -> str:
    """Return a hashed key for the user or, for anonymous requests, the address."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    return hashed(f"user {user.pk}" if is_known else f"address {address(request)}")  # type: ignore[union-attr]


def address(request: HttpRequest) -> str:
    """Return the client's address. For IPv6, return its network."""
    return _network(seen_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR", "")))


def seen_address(forwarded_for: str, peer: str) -> str:
    """Return the client's address as the outermost trusted proxy saw it.

    Each proxy appends its peer to X-Forwarded-For. Entries before those of the trusted proxies could be forged.
    """
    seen = [entry.strip() for entry in forwarded_for.split(",")]
    is_behind_proxies = 0 < settings.PROXIES <= len(seen)
    return seen[-settings.PROXIES] if is_behind_proxies else peer


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
