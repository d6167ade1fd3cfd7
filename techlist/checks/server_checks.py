"""System checks that query the servers, for `manage.py check --database default`. They also run before each migrate."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's names
from django.db import connections
from django.db.utils import OperationalError
from kombu import Connection
from redis import Redis
from redis.exceptions import RedisError

from techlist.checks.settings_checks import REDIS, broker_place, cache_place

# Seconds to wait for a server's configuration.
_TIMEOUTS: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
_CACHE_OPTIONS = ("save", "appendonly", "appendfsync")
_BROKER_OPTIONS = ("maxmemory-policy", "appendonly", "appendfsync")


@register(REDIS, Tags.database)
def check_broker(*, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Check that the broker does not lose accepted messages."""
    if databases is None:
        # Django passes None if no server is to be queried.
        return
    try:
        policy, appendonly, appendfsync = _query_broker()
    except (RedisError, OSError, KeyError) as error:
        yield Warning(
            f"The broker's configuration cannot be read: {type(error).__name__}: {error}",
            hint="Make sure that it runs with maxmemory-policy noeviction, appendonly yes and appendfsync always.",
            id="techlist.W001",
        )
        return
    # volatile-* never evicts messages, since they do not expire.
    if policy.startswith("allkeys"):
        cause = "the cache on the same server fills its memory" if _is_shared() else "memory is short"
        yield Error(
            f"The broker's maxmemory-policy is {policy}, which deletes accepted work when {cause}.",
            hint="Use a separate Redis server for the broker, with maxmemory-policy noeviction.",
            id="techlist.E002",
        )
    if appendonly != "yes" or appendfsync == "no":
        yield Warning(
            f"The broker has appendonly {appendonly} and appendfsync {appendfsync}. In a crash, messages are lost, "
            "and the work is delayed until the sweep.",
            hint="Start the broker with --appendonly yes --appendfsync always.",
            id="techlist.W002",
        )


@register(REDIS, Tags.database)
def check_cache_memory(*, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Check that a cache which was killed comes back without the pages that it had."""
    if databases is None:
        return
    try:
        with cache_client() as cache:
            snapshots, appendonly, appendfsync = (str(cache.config_get(option)[option]) for option in _CACHE_OPTIONS)
    except (RedisError, OSError, KeyError):
        # Techlist works without the cache, and hosted servers may not answer CONFIG.
        return
    # With every write on disk, as in the embedded server, a killed one comes back with the last invalidation.
    if (snapshots and appendonly != "yes") or (appendonly == "yes" and appendfsync != "always"):
        yield Warning(
            f"The cache writes to disk, with save {snapshots or 'off'} and appendonly {appendonly}. Once it was "
            "killed, it would serve pages from before the last changes, for up to a minute.",
            hint='Start the cache with --save "" --appendonly no.',
            id="techlist.W011",
        )


@register(REDIS, Tags.database)
def check_two_servers(*, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Check that the cache and the broker are two Redis servers, even if their URLs differ."""
    if databases is None or not settings.IS_SERVICE:
        return
    try:
        with cache_client() as cache, broker_client() as broker:
            is_one = cache.info("server")["run_id"] == broker.info("server")["run_id"]
    except (RedisError, OSError, KeyError):
        # check_broker() reports a broker that does not answer, and Techlist works without the cache.
        return
    if is_one:
        yield Warning(
            "The cache and the broker are the same Redis server. When pages fill its memory, it rejects messages.",
            hint="Set REDIS_CACHE_URL and REDIS_BROKER_URL to two Redis servers.",
            id="techlist.W007",
        )


def _is_shared() -> bool:
    return broker_place().server == cache_place().server


def _query_broker() -> list[str]:
    """Return the options. Raises RedisError or OSError if there is no answer, and KeyError if an option is missing."""
    with broker_client() as client:
        # One at a time, because servers before Redis 7 do not accept several names.
        return [str(client.config_get(option)[option]) for option in _BROKER_OPTIONS]


def cache_client() -> Redis:
    url = settings.CACHES["default"]["LOCATION"]
    return Redis.from_url(url, decode_responses=True, **_TIMEOUTS, **settings.REDIS_CACHE_TLS)


@contextmanager
def broker_client() -> Iterator[Redis]:
    """Connect as Celery does: to a host or socket, or to the host that Sentinels name."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | _TIMEOUTS
    ssl = settings.CELERY_BROKER_USE_SSL
    with Connection(settings.CELERY_BROKER_URL, ssl=ssl, transport_options=options) as connection:
        channel: Any = connection.channel()
        yield channel.client


@register(Tags.database)
def check_mysql(*, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Check the session that MySQL or MariaDB has really opened, whatever the settings say."""
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        try:
            isolation, sql_mode, flush = _query_mysql(alias)
        except OperationalError as error:
            yield Warning(
                f"The database's configuration cannot be read: {error}",
                hint="Make sure that the database is running, and that DATABASE_URL is correct.",
                id="techlist.W006",
            )
            continue
        yield from _mysql_messages(isolation=isolation, sql_mode=sql_mode, flush=flush)


def _query_mysql(alias: str) -> tuple[str, str, int]:
    connection: Any = connections[alias]
    isolation = "@@tx_isolation" if connection.mysql_is_mariadb else "@@transaction_isolation"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {isolation}, @@sql_mode, @@innodb_flush_log_at_trx_commit")
        answer: tuple[str, str, int] = cursor.fetchone()
    return answer


def _mysql_messages(*, isolation: str, sql_mode: str, flush: int) -> Iterator[CheckMessage]:
    if isolation != "READ-COMMITTED":
        yield Error(
            f"The database's isolation level is {isolation}, with which an outdated list could be cached as current.",
            hint='Set isolation_level in the OPTIONS of DATABASES to "read committed".',
            id="techlist.E007",
        )
    if not {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"} & set(sql_mode.split(",")):
        yield Error(
            f"The database's sql_mode ({sql_mode or 'empty'}) is not strict. Long names would be truncated and merged.",
            hint="Set init_command in the OPTIONS of DATABASES to SET sql_mode = 'STRICT_TRANS_TABLES'.",
            id="techlist.E008",
        )
    if flush == 0:
        yield Warning(
            "innodb_flush_log_at_trx_commit is 0. If the database crashes, the last second of accepted work is lost.",
            hint="Set it to 1 in the database's configuration.",
            id="techlist.W003",
        )
