"""Addresses of the Redis servers, in the spellings of both libraries, and of Sentinels."""

import re
from typing import Any

import pytest
from environs import EnvError
from kombu import Connection
from kombu.transport.redis import Channel
from redis import Redis

from techlist import redis_urls
from tests.support.settings_reader import read_settings

BASE = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "localhost"}


def settings_of(**environ: str) -> dict[str, Any]:
    return read_settings(BASE | environ)


@pytest.mark.parametrize(
    ("url", "path", "number", "password"),
    [
        ("unix:///run/a.sock", "/run/a.sock", 0, None),
        ("unix:///run/A%20b.sock?db=3", "/run/A b.sock", 3, None),
        ("redis+socket:///run/a.sock?virtual_host=2", "/run/a.sock", 2, None),
        ("unix://:p%40ss@/run/a.sock?db=1", "/run/a.sock", 1, "p@ss"),
    ],
)
def test_sockets_in_both_spellings(url: str, path: str, number: int, password: str | None) -> None:
    settings = settings_of(REDIS_CACHE_URL=url, REDIS_BROKER_URL=url)
    cache = Redis.from_url(settings["CACHES"]["default"]["LOCATION"]).connection_pool.connection_kwargs
    assert (cache["path"], cache["db"], cache.get("password")) == (path, number, password)
    channel: Any = Channel.__new__(Channel)
    channel.connection = type("Transport", (), {"client": Connection(settings["CELERY_BROKER_URL"]), "default_port": 0})
    broker = channel._connparams()
    assert (broker["path"], int(broker["db"]), broker["password"]) == (path, number, password)


def test_sentinels() -> None:
    url = "redis+sentinel://user:p%40ss@one,two:1234,[::1]:5/our%20broker/3?sentinel_password=q%26"
    address, options = redis_urls.broker(url, tls={})
    assert address.split(";") == [
        "sentinel://user:p%40ss@one:26379/3",
        "sentinel://user:p%40ss@two:1234/3",
        "sentinel://user:p%40ss@[::1]:5/3",
    ]
    assert options["master_name"] == "our broker"
    arguments = options["sentinel_kwargs"]
    assert (arguments["password"], "username" in arguments, "ssl" in arguments) == ("q&", False, False)
    assert arguments["socket_timeout"] == arguments["socket_connect_timeout"] == 0.5


def test_sentinels_by_tls() -> None:
    settings = settings_of(REDIS_BROKER_URL="rediss+sentinel://one,two/broker")
    assert settings["CELERY_BROKER_USE_SSL"]["ssl_cert_reqs"] == "required"
    arguments = settings["CELERY_BROKER_TRANSPORT_OPTIONS"]["sentinel_kwargs"]
    assert (arguments["ssl"], arguments["ssl_cert_reqs"], arguments["ssl_check_hostname"]) == (True, "required", True)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("redis+sentinel://one", "Must be"),
        ("redis+sentinel://one/", "Must be"),
        ("redis+sentinel://one/broker/x", "the path must be"),
        ("redis+sentinel://one:x/broker", "one:x is not a host"),
        ("redis+sentinel://one,,two/broker", "has no host"),
        ("redis+sentinel://:a;b@one/broker", "%3B"),
        ("redis+sentinel://one/broker?db=1", "unknown option db"),
        ("redis+sentinel://one/broker?ssl_ca_certs=x", "can only be used with rediss"),
        ("rediss+sentinel://one/broker?ssl_cert_reqs=none", "can only be required"),
        ("sentinel://one/broker", "Must be"),
    ],
)
def test_what_is_not_understood_stops_the_start(url: str, problem: str) -> None:
    with pytest.raises(EnvError, match=f'"REDIS_BROKER_URL" invalid: .*{re.escape(problem)}'):
        settings_of(REDIS_BROKER_URL=url)


def test_the_cache_has_no_replica_to_take_over() -> None:
    with pytest.raises(EnvError, match='"REDIS_CACHE_URL" invalid: A cache must not have replicas'):
        settings_of(REDIS_CACHE_URL="redis+sentinel://one/cache")


def test_passwords_of_sentinels_stay_out_of_logs() -> None:
    address, options = redis_urls.broker("redis+sentinel://:hidden@one,two/b?sentinel_password=hidden", tls={})
    broker = Connection(address, transport_options=options)
    assert "hidden" not in f"{broker!r} {broker.as_uri()}"
