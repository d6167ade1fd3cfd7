"""The TLS checks fire for public addresses, and stay silent in container networks."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from techlist.checks import settings_checks

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

OUTSIDE = ["db.example.org", "DB.example.org.", "8.8.8.8", "2001:4860:4860::8888"]
INSIDE = ["localhost", "127.0.0.1", "127.1.2.3", "::1", "redis-broker", "10.0.0.7", "192.168.1.2", "fd00::1"]
INSIDE += ["redis.default.svc", "redis.default.svc.cluster.local", "db.internal"]


def found(**changes: Any) -> list[str]:
    with override_settings(ALLOWED_HOSTS=["localhost"], **changes):
        return [str(message.id) for message in run_checks(tags=[settings_checks.SETTINGS])]


def database(host: str, **options: str) -> dict[str, Any]:
    return {"default": {"ENGINE": "techlist.mysql", "HOST": host, "OPTIONS": options}}


def redis(scheme: str, host: str, number: int) -> str:
    return f"{scheme}://:p@{f'[{host}]' if ':' in host else host}:6379/{number}"


def cache(url: str) -> dict[str, Any]:
    return {"default": settings.CACHES["default"] | {"LOCATION": url}}


@pytest.mark.parametrize("host", OUTSIDE)
def test_without_tls_to_other_networks(host: str) -> None:
    plain = {
        "DATABASES": database(host),
        "CELERY_BROKER_URL": redis("redis", host, 0),
        "CACHES": cache(redis("redis", host, 1)),
    }
    assert found(**plain) == ["techlist.W009"] * 3
    protected = {
        "DATABASES": database(host, ssl_mode="VERIFY_IDENTITY"),
        "CELERY_BROKER_URL": redis("rediss", host, 0),
        "CACHES": cache(redis("rediss", host, 1)),
    }
    assert found(**protected) == []


@pytest.mark.parametrize("host", INSIDE)
def test_without_tls_inside(host: str) -> None:
    plain = {
        "DATABASES": database(host),
        "CELERY_BROKER_URL": redis("redis", host, 0),
        "CACHES": cache(redis("redis", host, 1)),
    }
    assert found(**plain) == []


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"])
def test_celery_has_no_broker_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, settings.CELERY_BROKER_URL)
    assert found() == []
    monkeypatch.setenv(name, "rediss://elsewhere/0")
    assert found() == ["techlist.E011"]
