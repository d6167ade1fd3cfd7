"""Examine this host: versions, settings without secrets, and disks."""

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings

from techlist.checks.settings_checks import broker_place, cache_place
from techlist.doctor.report import Finding
from techlist.settings import env

_PACKAGES = ("django", "djangorestframework", "celery", "kombu", "redis", "django-redis", "granian", "mysqlclient")
# With fewer bytes free, writes may soon fail.
_LEAST_FREE = 256 * 1024 * 1024


def software() -> Iterator[Finding]:
    yield Finding("techlist", settings.VERSION)
    yield Finding("python", platform.python_version())
    for package in _PACKAGES:
        yield Finding(package, _version(package))
    yield Finding("system", platform.platform())
    yield Finding("host", platform.node())
    yield Finding("processors", os.cpu_count())


def chosen_settings() -> Iterator[Finding]:
    """Yield settings that matter. Secrets and passwords are left out."""
    yield Finding("variables_set", sorted(filter(_is_set, env.variables)))
    yield Finding("is_service", settings.IS_SERVICE)
    yield Finding("access", settings.ACCESS)
    yield Finding("https", settings.HTTPS)
    yield Finding("proxies", settings.PROXIES)
    yield Finding("allowed_hosts", list(settings.ALLOWED_HOSTS))
    yield Finding("script_name", settings.FORCE_SCRIPT_NAME)
    yield Finding("debug", settings.DEBUG)
    # All hosts need the same key, and nobody may see it.
    digest = hashlib.sha256(f"doctor {settings.SECRET_KEY}".encode()).hexdigest()
    yield Finding("secret_key_fingerprint", digest[:8])
    yield Finding("database", _database())
    yield Finding("cache", _place(cache_place()))
    yield Finding("broker", _place(broker_place()))
    yield Finding("near_cache_mib", settings.NEAR_CACHE)
    yield Finding("download_of_lifecycle_data", settings.SYNC_URL if settings.SYNC else "off")


def disks() -> Iterator[Finding]:
    for name, path in _directories().items():
        free = shutil.disk_usage(path).free
        problem = f"Only {free // 2**20:,} MiB are free in {path}. Free some space." if free < _LEAST_FREE else ""
        yield Finding(name, f"{free // 2**20:,} MiB free in {path}", problem)


def _directories() -> dict[str, Path]:
    found = {"temporary_files": Path(tempfile.gettempdir())}
    if settings.DATA_DIR.exists():
        found["data"] = settings.DATA_DIR
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"] and (parent := Path(database["NAME"]).parent).exists():
        found["database"] = parent
    return found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(env.variables[name].file))


def _database() -> str:
    database: dict[str, Any] = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        return f"sqlite {database['NAME']}"
    server = database["HOST"] if database["HOST"].startswith("/") else f"{database['HOST']}:{database['PORT'] or 3306}"
    tls = database["OPTIONS"].get("ssl_mode", "DISABLED")
    return f"mysql {database['USER']} at {server}, {database['NAME']}, TLS {tls}"


def _place(place: Any) -> str:
    return f"{place.server}, number {place.number}"
