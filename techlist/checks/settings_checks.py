"""Dangerous settings, as Django system checks. These ask no server, so every process can run them as it starts.

Django's own commands run checks and refuse to go on with an error. A web server runs none, and Celery ignores what
they say, so those two call stop_on_errors().
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

# The checks of this module, and those of server_checks that ask Redis.
SETTINGS, REDIS = "techlist", "techlist_redis"

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", ".localhost"}
_REDIS_PORT = 6379


def stop_on_errors(*, ask_redis: bool = False) -> None:
    """Raise SystemExit with what must be mended, if there is an error. A server that does not answer is none."""
    found = run_checks(tags=[SETTINGS, REDIS], databases=[] if ask_redis else None)
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        raise SystemExit("Techlist does not start like this:\n" + "\n".join(map(str, errors)))


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Which Redis server an address means, and which of its databases, however the address is spelled."""

    server: str
    number: int

    @property
    def is_socket(self) -> bool:
        """Whether the server is the path of a socket, and no host and port."""
        return self.server.startswith("/")

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address of redis-py or of kombu."""
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if parts.scheme in {"unix", "redis+socket"}:
            return cls(str(Path(unquote(parts.path)).resolve()), _number(query))
        host = (parts.hostname or "localhost").rstrip(".")
        host = "localhost" if _is_loopback(host) else host
        return cls(f"{host}:{parts.port or _REDIS_PORT}", _number(query, parts.path))


def _number(query: dict[str, list[str]], path: str = "") -> int:
    number = (query.get("db") or query.get("virtual_host") or [path])[0].strip("/")
    return int(number) if number.isdigit() else 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def broker_place() -> RedisPlace:
    """Where the messages are."""
    return RedisPlace.of(settings.CELERY_BROKER_URL)


def cache_place() -> RedisPlace:
    """Where the cached pages are."""
    return RedisPlace.of(settings.CACHES["default"]["LOCATION"])


@register(SETTINGS)
def check_cache(**_: Any) -> Iterator[CheckMessage]:
    """The cache must not take messages with it, and must not hide that it failed."""
    if broker_place() == cache_place():
        yield Error(
            "The cache and the broker are one Redis database: clearing the cache would delete accepted work.",
            hint="Let REDIS_CACHE_URL and REDIS_BROKER_URL name two Redis servers.",
            id="techlist.E001",
        )
    options = settings.CACHES["default"].get("OPTIONS", {})
    if options.get("IGNORE_EXCEPTIONS", getattr(settings, "DJANGO_REDIS_IGNORE_EXCEPTIONS", False)):
        yield Error(
            "The cache ignores its exceptions: a page that could not be forgotten would still be served.",
            hint="Set IGNORE_EXCEPTIONS of the cache to False; reads do without the cache anyway.",
            id="techlist.E003",
        )


@register(SETTINGS)
def check_secret_key(**_: Any) -> Iterator[CheckMessage]:
    """Who can guess the key can make sessions of anybody."""
    key: str = settings.SECRET_KEY
    is_short = len(key) < SECRET_KEY_MIN_LENGTH or len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
    if is_short or key.startswith(SECRET_KEY_INSECURE_PREFIX):
        yield Error(
            f"SECRET_KEY can be guessed: it needs {SECRET_KEY_MIN_LENGTH} random characters.",
            hint='Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))"',
            id="techlist.E004",
        )


@register(SETTINGS)
def check_debug(**_: Any) -> Iterator[CheckMessage]:
    """Debug pages show settings and data to everybody."""
    if settings.DEBUG and _is_service():
        yield Error(
            "DEBUG is on in service: every error would show settings and data to whoever caused it.",
            hint="Take DEBUG out of the environment.",
            id="techlist.E005",
        )


def _is_service() -> bool:
    """Whether this is more than the embedded set-up of one person."""
    return (
        embedded.broker_url() != settings.CELERY_BROKER_URL
        or settings.CACHES["default"]["LOCATION"] != embedded.cache_url()
        or settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
        or getattr(settings, "ACCESS", "open") == "login"
    )


@register(SETTINGS)
def check_isolation(**_: Any) -> Iterator[CheckMessage]:
    """What the settings ask of MySQL."""
    database = settings.DATABASES["default"]
    is_mysql = database["ENGINE"] in {"techlist.mysql", "django.db.backends.mysql"}
    # Django's default is this one, too.
    level = database.get("OPTIONS", {}).get("isolation_level", "read committed")
    if is_mysql and level != "read committed":
        yield Error(
            f"The settings ask MySQL for the isolation level {level}: an old list could be cached as a new one.",
            hint='Set isolation_level in the OPTIONS of DATABASES to "read committed".',
            id="techlist.E006",
        )


@register(SETTINGS)
def check_hosts(**_: Any) -> Iterator[CheckMessage]:
    """Who can reach the list."""
    hosts: Sequence[str] = settings.ALLOWED_HOSTS
    if "*" in hosts:
        yield Warning(
            "ALLOWED_HOSTS has a *: any web site can make a browser talk to this server under its own name.",
            hint="Name the host names under which Techlist is reached.",
            id="techlist.W005",
        )
    if getattr(settings, "ACCESS", "login") == "open" and not _LOCAL_HOSTS.issuperset(hosts):
        yield Warning(
            "Everybody who reaches this server may read and write: TECHLIST_ACCESS is open, and ALLOWED_HOSTS "
            "names more than this machine.",
            hint="Set TECHLIST_ACCESS=login, or let a proxy in front ask who is there.",
            id="techlist.W004",
        )


@register(SETTINGS)
def check_proxies(**_: Any) -> Iterator[CheckMessage]:
    """Who is who, behind a proxy."""
    if getattr(settings, "HTTPS", False) and getattr(settings, "PROXIES", 0) == 0:
        yield Warning(
            "TECHLIST_HTTPS is on, so a proxy stands in front, and TECHLIST_PROXIES is 0: everybody seems to come from "
            "the proxy's address. Ten wrong passwords of anybody lock everybody out for five minutes.",
            hint="Set TECHLIST_PROXIES to the number of proxies that add the client's address to X-Forwarded-For: "
            "1, if there is one.",
            id="techlist.W008",
        )


@register(SETTINGS)
def check_waits(**_: Any) -> Iterator[CheckMessage]:
    """Waits that belong together."""
    # A message may wait for one task that takes its whole limit, and then take as long itself.
    longest = 2 * settings.CELERY_TASK_TIME_LIMIT
    visible_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", 3600)
    if visible_again <= longest:
        yield Error(
            f"visibility_timeout is {visible_again} s: the broker would give out work again that is being done.",
            hint=f"Set it to more than {longest} s, twice CELERY_TASK_TIME_LIMIT.",
            id="techlist.E009",
        )
    if settings.SWEEP_AFTER_MAX < settings.SWEEP_AFTER:
        yield Error(
            f"TECHLIST_SWEEP_AFTER_MAX ({settings.SWEEP_AFTER_MAX}) is below TECHLIST_SWEEP_AFTER "
            f"({settings.SWEEP_AFTER}): the waits would become shorter instead of longer.",
            hint="Raise TECHLIST_SWEEP_AFTER_MAX.",
            id="techlist.E010",
        )


@register(SETTINGS)
def check_tls(**_: Any) -> Iterator[CheckMessage]:
    """Encryption alone keeps nobody from answering in the database's place."""
    if settings.DATABASES["default"].get("OPTIONS", {}).get("ssl_mode") == "REQUIRED":
        yield Warning(
            "The connection to the database is encrypted, but nobody checks who answers: ssl-mode is REQUIRED.",
            hint="Set ssl-mode to VERIFY_IDENTITY, and ssl-ca to the file of the authority that signs its certificate.",
            id="techlist.W010",
        )
