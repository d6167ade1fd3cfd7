"""Find out whether the database must be migrated and static files collected, so that most starts do neither.

A mark is a digest of everything that a step depends on. A step is done if its mark is that of the last time it
succeeded, and if its result is still there. In doubt it runs again, which is harmless.
"""

import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import Error, connection

from techlist.local.embedded import BASE_DIR
from techs.migration_state import missing_migrations

_CODE = ("techlist", "techs", "frontend")


def needed() -> dict[str, str]:
    """Return the steps that must run, each with its mark."""
    marks = {"migrate": _migration_mark(), "collectstatic": _static_mark()}
    is_done = {"migrate": _is_migrated, "collectstatic": _is_collected}
    return {name: mark for name, mark in marks.items() if not is_done[name](mark)}


def store(name: str, mark: str) -> None:
    """Note that a step has succeeded. The mark is that from before, since files may have changed meanwhile."""
    if name == "migrate":
        _store_in_database(mark)
    else:
        _stamp().write_text(_with_result(mark), encoding="ascii")


def _migration_mark() -> str:
    """Digest all code: migrate also loads lifecycle data, permissions and content types, which need no migration."""
    files = (path for name in _CODE for suffix in ("py", "toml") for path in (BASE_DIR / name).rglob(f"*.{suffix}"))
    return _digest([*_packages(), *_described(sorted(files))])


def _is_migrated(mark: str) -> bool:
    """Return whether all migrations are applied, and nothing changed since then.

    SQLite keeps the mark in the database file, so it is that of this file, even if a backup has replaced it. For other
    databases there is none, because several installations may share one.
    """
    if connection.vendor != "sqlite":
        return False
    try:
        with closing(connection):
            return not missing_migrations() and _read_from_database() == _number(mark)
    except Error:
        # Migrate says what is wrong.
        return False


def _read_from_database() -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("PRAGMA user_version").fetchone()[0])


def _store_in_database(mark: str) -> None:
    if connection.vendor != "sqlite":
        return
    # If another process writes to the database for long, migrate runs again at the next start.
    with suppress(Error), closing(connection), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {_number(mark)}")


def _number(mark: str) -> int:
    """Return 31 bits, since user_version is a signed number. Zero is that of a new file."""
    return int(mark[:8], 16) >> 1 or 1


def _static_mark() -> str:
    """Digest the files that collectstatic copies, the settings, and the packages that process them."""
    app: Any = apps.get_app_config("staticfiles")
    files = (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list(app.ignore_patterns))
    return _digest([*_packages(), *_described([BASE_DIR / "techlist" / "settings.py", *files])])


def _is_collected(mark: str) -> bool:
    with suppress(OSError):
        return _stamp().read_text(encoding="ascii") == _with_result(mark)
    return False


def _stamp() -> Path:
    return Path(settings.DATA_DIR) / "static.stamp"


def _with_result(mark: str) -> str:
    """Add a digest of the collected files, which somebody may have deleted or edited."""
    collected = sorted(path for path in Path(settings.STATIC_ROOT).rglob("*") if not path.is_dir())
    return f"{mark} {_digest(_described(collected))}\n"


def _packages() -> Iterator[str]:
    """Describe the installed packages: the directories of their metadata have their versions in the name."""
    for directory in sorted(package_directories()):
        yield from _described(sorted(directory.glob("*.dist-info")))
    yield f"{sys.version} {django.VERSION}"


def package_directories() -> set[Path]:
    return {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}


def _described(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        # Some editors mark a file as open with a link that leads nowhere.
        with suppress(FileNotFoundError):
            info = path.stat()
            yield f"{path} {info.st_size} {info.st_mtime_ns} {info.st_ctime_ns}"


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()
