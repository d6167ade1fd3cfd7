"""Addresses of the Redis servers: a host, a Unix socket or, for the broker, Sentinels that know the current host.

Each library spells sockets in its own way, so either spelling is accepted for both servers.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from environs import EnvError
from marshmallow import ValidationError
from marshmallow.validate import Regexp
from redis.backoff import NoBackoff
from redis.retry import Retry

SENTINEL, SENTINEL_TLS = "redis+sentinel", "rediss+sentinel"
# Of the Sentinels themselves, which may have a password of their own.
SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")
_SENTINEL_PORT = 26379
# Seconds, for each Sentinel. The others are asked next.
_SENTINEL_TIMEOUT = 0.5
_SOCKETS = ("unix", "redis+socket")

_URL = r"$|rediss?://[^/]+|unix://[^/]*/.|redis\+socket://[^/]*/."
_CACHE = Regexp(
    _URL,
    error="Must be redis://host:port/number or the URL of a socket, such as unix:///run/redis/cache.sock?db=0.",
)
FOR_BROKER = Regexp(
    rf"{_URL}|rediss?\+sentinel://[^/]+/[^/?]+",
    error="Must be redis://host:port/number, the URL of a socket, or redis+sentinel://host:port,host:port/name/number.",
)


def for_cache(url: str) -> None:
    """Raise ValidationError if this is no address of a cache."""
    if urlsplit(url).scheme in {SENTINEL, SENTINEL_TLS}:
        raise ValidationError(
            "A cache must not have replicas: one that takes over may lack the last invalidation, and old pages would "
            "be served. Name one server, whose cache is empty after a restart. Without it, the database is read."
        )
    _CACHE(url)


def cache(url: str) -> str:
    """Return the address in redis-py's spelling."""
    parts = urlsplit(url)
    return _socket(parts, scheme="unix", option="db") if parts.scheme in _SOCKETS else url


def broker(url: str, *, tls: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the address in kombu's spelling, and its options. tls: the client's TLS arguments. Raises EnvError."""
    parts = urlsplit(url)
    if parts.scheme in {SENTINEL, SENTINEL_TLS}:
        return _sentinels(parts, tls)
    return _socket(parts, scheme="redis+socket", option="virtual_host") if parts.scheme in _SOCKETS else url, {}


def _socket(parts: SplitResult, *, scheme: str, option: str) -> str:
    query = dict(parse_qsl(parts.query))
    number = query.pop("db", "") or query.pop("virtual_host", "") or "0"
    return f"{scheme}://{parts.netloc}{parts.path}?{urlencode({option: number} | query)}"


def _sentinels(parts: SplitResult, tls: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    user, at, hosts = parts.netloc.rpartition("@")
    if ";" in user:
        raise _invalid("write a semicolon in a password as %3B")
    name, _, number = parts.path.strip("/").partition("/")
    if not (number or "0").isdigit():
        raise _invalid("the path must be the name of the monitored server, and a number: /techlist/0")
    # Kombu takes everything from the one that it tries.
    urls = [f"sentinel://{user}{at}{host}:{port}/{number or 0}" for host, port in _hosts(hosts)]
    return ";".join(urls), {"master_name": unquote(name), "sentinel_kwargs": _arguments(parts, tls)}


def _hosts(hosts: str) -> Iterator[tuple[str, int]]:
    for each in hosts.split(","):
        try:
            parts = urlsplit(f"//{each}")
            port = parts.port or _SENTINEL_PORT
        except ValueError as error:
            raise _invalid(f"{each} is not a host with a port") from error
        if not parts.hostname:
            raise _invalid("a Sentinel has no host")
        yield f"[{parts.hostname}]" if ":" in parts.hostname else quote(parts.hostname), port


def _arguments(parts: SplitResult, tls: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of connections to the Sentinels. Without them, redis-py tries each for a minute."""
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := [name for name in query if name not in SENTINEL_OPTIONS]:
        raise _invalid(f"unknown option {unknown[0]}; the options are {', '.join(SENTINEL_OPTIONS)}")
    return {
        "socket_timeout": _SENTINEL_TIMEOUT,
        "socket_connect_timeout": _SENTINEL_TIMEOUT,
        "retry": Retry(NoBackoff(), 0),
        **{name.removeprefix("sentinel_"): value for name, value in query.items()},
        **({"ssl": True, **tls} if tls else {}),
    }


def _invalid(reason: str) -> EnvError:
    return EnvError(f'Environment variable "REDIS_BROKER_URL" invalid: {reason}.')
