"""System checks for dangerous settings. They query no server, so every process can run them when it starts.

Django's own commands stop at an error. Web servers and Celery run no checks, so both call stop_on_errors().
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks  # noqa: A004  Django's names
from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)

from techlist.local import embedded

# Tags of the checks in this module, and of those in server_checks that query Redis.
SETTINGS, REDIS = "techlist", "techlist_redis"

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", ".localhost"}
_REDIS_PORT = 6379


def stop_on_errors(*, ask_redis: bool = False) -> None:
    """Raise SystemExit with all errors, if there are any. A server that does not answer is not an error."""
    found = run_checks(tags=[SETTINGS, REDIS], databases=[] if ask_redis else None)
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        raise SystemExit("Techlist cannot start with these settings:\n" + "\n".join(map(str, errors)))


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """A Redis server and one of its databases. Equal for all spellings of a URL."""

    server: str
    number: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Parse a URL of redis-py or kombu. Several Sentinels count as the first."""
        parts = urlsplit(url.partition(";")[0])
        query = parse_qs(parts.query)
        if parts.scheme in {"unix", "redis+socket"}:
            return cls(str(Path(unquote(parts.path)).resolve()), _number(query))
        host = (parts.hostname or "localhost").rstrip(".")
        host = "localhost" if _is_loopback(host) else host
        server = f"{host}:{parts.port or _REDIS_PORT}"
        return cls(f"sentinel {server}" if parts.scheme == "sentinel" else server, _number(query, parts.path))


def _number(query: dict[str, list[str]], path: str = "") -> int:
    number = (query.get("db") or query.get("virtual_host") or [path])[0].strip("/")
    return int(number) if number.isdigit() else 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def broker_place() -> RedisPlace:
    return RedisPlace.of(settings.CELERY_BROKER_URL)


def cache_place() -> RedisPlace:
    return RedisPlace.of(settings.CACHES["default"]["LOCATION"])


@register(SETTINGS)
def check_cache(**_: Any) -> Iterator[CheckMessage]:
    """Check that the cache can neither delete messages nor hide failures."""
    if broker_place() == cache_place():
        yield Error(
            "The cache and the broker are the same Redis database. Clearing the cache would delete accepted work.",
            hint="Set REDIS_CACHE_URL and REDIS_BROKER_URL to two Redis servers.",
            id="techlist.E001",
        )
    options = settings.CACHES["default"].get("OPTIONS", {})
    if options.get("IGNORE_EXCEPTIONS", getattr(settings, "DJANGO_REDIS_IGNORE_EXCEPTIONS", False)):
        yield Error(
            "The cache ignores exceptions. Pages that could not be invalidated would still be served.",
            hint="Set the cache's option IGNORE_EXCEPTIONS to False. Reads work without the cache anyway.",
            id="techlist.E003",
        )


@register(SETTINGS)
def check_secret_key(**_: Any) -> Iterator[CheckMessage]:
    key: str = settings.SECRET_KEY
    is_short = len(key) < SECRET_KEY_MIN_LENGTH or len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
    if is_short or key.startswith(SECRET_KEY_INSECURE_PREFIX):
        yield Error(
            f"SECRET_KEY can be guessed. Use at least {SECRET_KEY_MIN_LENGTH} random characters.",
            hint='Generate one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))"',
            id="techlist.E004",
        )


@register(SETTINGS)
def check_debug(**_: Any) -> Iterator[CheckMessage]:
    if settings.DEBUG and _is_service():
        yield Error(
            "DEBUG is on in production. Error pages would show settings and data.",
            hint="Remove DEBUG from the environment.",
            id="techlist.E005",
        )


# Anything but the embedded set-up of one person counts as a service.
def _is_service() -> bool:
    return (
        embedded.broker_url() != settings.CELERY_BROKER_URL
        or settings.CACHES["default"]["LOCATION"] != embedded.cache_url()
        or settings.DATABASES["default"]["ENGINE"] not in {"techlist.sqlite", "django.db.backends.sqlite3"}
        or getattr(settings, "ACCESS", "open") == "login"
    )


@register(SETTINGS)
def check_isolation(**_: Any) -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    is_mysql = database["ENGINE"] in {"techlist.mysql", "django.db.backends.mysql"}
    # This is also Django's default.
    level = database.get("OPTIONS", {}).get("isolation_level", "read committed")
    if is_mysql and level != "read committed":
        yield Error(
            f"The isolation level in the settings is {level}, with which an outdated list could be cached as current.",
            hint='Set isolation_level in the OPTIONS of DATABASES to "read committed".',
            id="techlist.E006",
        )


@register(SETTINGS)
def check_hosts(**_: Any) -> Iterator[CheckMessage]:
    hosts: Sequence[str] = settings.ALLOWED_HOSTS
    if "*" in hosts:
        yield Warning(
            "ALLOWED_HOSTS contains *, so any web site can make browsers reach this server under its own name.",
            hint="List the host names of this installation instead.",
            id="techlist.W005",
        )
    if getattr(settings, "ACCESS", "login") == "open" and not _LOCAL_HOSTS.issuperset(hosts):
        yield Warning(
            "Anyone who can reach this server can read and write the list, because TECHLIST_ACCESS is open and "
            "ALLOWED_HOSTS includes other hosts than this machine.",
            hint="Set TECHLIST_ACCESS=login, or put a proxy with a login in front.",
            id="techlist.W004",
        )


@register(SETTINGS)
def check_proxies(**_: Any) -> Iterator[CheckMessage]:
    if getattr(settings, "HTTPS", False) and getattr(settings, "PROXIES", 0) == 0:
        yield Warning(
            "TECHLIST_HTTPS is on, which implies a proxy, but TECHLIST_PROXIES is 0. All clients seem to have the "
            "proxy's address, so ten failed logins lock everyone out for five minutes.",
            hint="Set TECHLIST_PROXIES to the number of proxies that append the client's address to X-Forwarded-For, "
            "usually 1.",
            id="techlist.W008",
        )


@register(SETTINGS)
def check_waits(**_: Any) -> Iterator[CheckMessage]:
    # A message may wait for a task that takes as long as its time limit, and its own task may take as long again.
    longest = 2 * settings.CELERY_TASK_TIME_LIMIT
    visibility_timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", 3600)
    if visibility_timeout <= longest:
        yield Error(
            f"visibility_timeout is {visibility_timeout} s. The broker would redeliver work that is in progress.",
            hint=f"Set it to more than {longest} s, which is twice CELERY_TASK_TIME_LIMIT.",
            id="techlist.E009",
        )
    if settings.SWEEP_AFTER_MAX < settings.SWEEP_AFTER:
        yield Error(
            f"TECHLIST_SWEEP_AFTER_MAX ({settings.SWEEP_AFTER_MAX}) is less than TECHLIST_SWEEP_AFTER "
            f"({settings.SWEEP_AFTER}), so waits would shrink instead of growing.",
            hint="Raise TECHLIST_SWEEP_AFTER_MAX.",
            id="techlist.E010",
        )


@register(SETTINGS)
def check_tls(**_: Any) -> Iterator[CheckMessage]:
    if settings.DATABASES["default"].get("OPTIONS", {}).get("ssl_mode") == "REQUIRED":
        yield Warning(
            "The database connection is encrypted, but the server is not verified, because ssl-mode is REQUIRED.",
            hint="Set ssl-mode to VERIFY_IDENTITY, and ssl-ca to the file with the server's certificate authority.",
            id="techlist.W010",
        )
