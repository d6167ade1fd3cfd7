"""System checks for TLS: unencrypted connections across networks, and variables that bypass the settings."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  Django's names

from techlist.checks.settings_checks import SETTINGS

# For Celery, these and its option --broker take precedence over the settings.
_CELERY_VARIABLES = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
# Endings of host names that only resolve inside a network, such as those in Kubernetes.
_INSIDE = (".local", ".localhost", ".internal", ".svc", ".lan", ".home.arpa", ".localdomain", ".test")


@register(SETTINGS)
def check_broker_address(**_: Any) -> Iterator[CheckMessage]:
    """Check that Celery uses the broker's address from the settings, which is checked and verified."""
    for name in _CELERY_VARIABLES:
        if os.environ.get(name, settings.CELERY_BROKER_URL) != settings.CELERY_BROKER_URL:
            yield Error(
                f"{name} sets a broker, which Celery would use instead of REDIS_BROKER_URL, unchecked and unverified.",
                hint=f"Remove {name} or the option --broker, and set REDIS_BROKER_URL.",
                id="techlist.E011",
            )


@register(SETTINGS)
def check_encryption(**_: Any) -> Iterator[CheckMessage]:
    """Check that connections to public networks use TLS. Private networks, such as those of containers, need none."""
    for name, host, hint in _without_tls():
        if _is_elsewhere(host):
            yield Warning(
                f"{name} connects to {host} without TLS, so passwords and data can be read and changed on the way.",
                hint=hint,
                id="techlist.W009",
            )


def _without_tls() -> Iterator[tuple[str, str, str]]:
    """Yield the variable, host and hint for each server that is used without TLS."""
    database = settings.DATABASES["default"]
    if "mysql" in database["ENGINE"] and database.get("OPTIONS", {}).get("ssl_mode", "DISABLED") == "DISABLED":
        yield "DATABASE_URL", database.get("HOST", ""), "Add ?ssl-mode=VERIFY_IDENTITY, and ssl-ca if needed."
    addresses = {
        "REDIS_BROKER_URL": settings.CELERY_BROKER_URL,
        "REDIS_CACHE_URL": settings.CACHES["default"]["LOCATION"],
    }
    for name, url in addresses.items():
        if url.startswith("redis:"):
            yield name, urlsplit(url).hostname or "", "Use a URL that begins with rediss://."
    if settings.CELERY_BROKER_URL.startswith("sentinel:") and not settings.CELERY_BROKER_USE_SSL:
        for url in settings.CELERY_BROKER_URL.split(";"):
            yield "REDIS_BROKER_URL", urlsplit(url).hostname or "", "Use a URL that begins with rediss+sentinel://."


def _is_elsewhere(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        # A path is that of a socket.
        return "." in name and not name.endswith(_INSIDE) and not name.startswith("/")
