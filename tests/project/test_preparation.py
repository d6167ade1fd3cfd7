"""`make run` migrates and collects static files only when something has changed, and notices whatever has."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from techlist.local import preparation
from techs import migration_state

pytestmark = pytest.mark.django_db(transaction=True)


def needs() -> set[str]:
    return set(preparation.needed())


def collect() -> None:
    mark = preparation.needed().get("collectstatic", "")
    call_command("collectstatic", interactive=False, verbosity=0)
    preparation.store("collectstatic", mark)


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    """The directory of a checkout with code and two static files, and another one for packages and data."""
    sources = tmp_path / "checkout"
    use_checkout(sources, settings)
    for name in ("static/page.css", "static/images/logo.svg", "techs/models.py", "techlist/settings.py"):
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text("/* */")
    return sources


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    packages = tmp_path / "packages"
    (packages / "django-5.2.1.dist-info").mkdir(parents=True)
    monkeypatch.setattr(preparation, "package_directories", lambda: {packages})
    return packages


@pytest.fixture(autouse=True)
def _checkout(
    sources: Path, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Generator[None, None, None]:
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "collected"
    monkeypatch.setattr(preparation, "BASE_DIR", sources)
    collect()
    preparation.store("migrate", preparation.needed()["migrate"])
    yield
    if connection.vendor == "sqlite":
        set_mark(0)


def use_checkout(directory: Path, settings: Any) -> None:
    settings.STATICFILES_DIRS = [directory / "static"]


def set_mark(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {number}")


@pytest.fixture
def sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("keeps its mark in the file of SQLite")


def test_nothing_is_needed_twice() -> None:
    assert needs() == (set() if connection.vendor == "sqlite" else {"migrate"})


def test_a_link_that_leads_nowhere_is_no_change(sources: Path) -> None:
    for name in ("techs/.#models.py", "static/.#page.css", "static/nowhere.css"):
        (sources / name).symlink_to("user@host.1234")
    assert needs() <= {"migrate"}
    assert ("migrate" in needs()) == (connection.vendor != "sqlite")


def edit_with_the_same_size_and_time(path: Path) -> None:
    times = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda sources, _: edit_with_the_same_size_and_time(sources / "static/page.css"),
        lambda sources, _: (sources / "static/new.css").write_text(""),
        lambda sources, _: (sources / "static/images/logo.svg").unlink(),
        lambda sources, _: (sources / "static/images/logo.svg").rename(sources / "static/logo.svg"),
        lambda sources, _: (sources / "techlist/settings.py").write_text("STATIC_URL = '/other/'"),
        lambda _, collected: shutil.rmtree(collected),
        lambda _, collected: (collected / "staticfiles.json").unlink(),
        lambda _, collected: edit_with_the_same_size_and_time(collected / "page.css"),
        lambda _, collected: (collected.parent / "static.stamp").unlink(),
        lambda _, collected: (collected.parent / "static.stamp").write_text("half of a mar"),
    ],
    ids=["edited", "added", "removed", "moved", "settings", "deleted", "no manifest", "damaged", "no mark", "half"],
)
def test_collects_changed_files(change: Callable[[Path, Path], object], sources: Path, tmp_path: Path) -> None:
    change(sources, tmp_path / "collected")
    assert "collectstatic" in needs()
    collect()
    assert "collectstatic" not in needs()


def test_a_file_that_changes_meanwhile_is_collected_next_time(sources: Path) -> None:
    (sources / "static/page.css").write_text("/* first */")
    mark = preparation.needed()["collectstatic"]
    call_command("collectstatic", interactive=False, verbosity=0)
    (sources / "static/page.css").write_text("/* then */")
    preparation.store("collectstatic", mark)
    assert "collectstatic" in needs()


def test_a_copied_checkout_prepares_everything(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    copy = shutil.copytree(sources, tmp_path / "copy")
    monkeypatch.setattr(preparation, "BASE_DIR", copy)
    use_checkout(copy, settings)
    assert needs() == {"migrate", "collectstatic"}


def upgrade(packages: Path, _: pytest.MonkeyPatch) -> None:
    (packages / "django-5.2.1.dist-info").rename(packages / "django-5.2.2.dist-info")


def install(packages: Path, _: pytest.MonkeyPatch) -> None:
    (packages / "brotli-1.0.dist-info").mkdir()


def reinstall(packages: Path, _: pytest.MonkeyPatch) -> None:
    (packages / "django-5.2.1.dist-info").rmdir()
    (packages / "django-5.2.1.dist-info").mkdir()


def use_another_django(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django, "VERSION", (5, 2, 99, "final", 0))


@pytest.mark.parametrize("change", [upgrade, install, reinstall, use_another_django])
def test_other_packages_prepare_everything(
    change: Callable[[Path, pytest.MonkeyPatch], None], packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(packages, monkeypatch)
    assert needs() == {"migrate", "collectstatic"}


@pytest.fixture
def unapplied() -> Iterator[Callable[[str], None]]:
    """Return a function that makes a migration of techs look as if it was not applied."""
    recorder, names = MigrationRecorder(connection), []

    def unapply(name: str) -> None:
        recorder.record_unapplied("techs", name)
        names.append(name)

    yield unapply
    for name in names:
        recorder.record_applied("techs", name)


@pytest.mark.usefixtures("sqlite")
def test_migrates_if_a_migration_was_not_applied(unapplied: Callable[[str], None]) -> None:
    """As after one that was interrupted, since all are committed together with their records."""
    unapplied("0013_periodic_run")
    assert needs() == {"migrate"}


@pytest.mark.usefixtures("sqlite")
def test_a_migration_that_was_added_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    key, new = ("techs", "9999_new"), Migration("9999_new", "techs")
    known = migration_state._files() | {key}
    monkeypatch.setattr(migration_state, "_files", lambda: known)
    monkeypatch.setattr(migration_state, "_known", lambda: MigrationLoader(None).graph.nodes | {key: new})
    assert needs() == {"migrate"}


@pytest.mark.usefixtures("sqlite")
def test_a_newer_database_needs_nothing() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("techs", "9999_from_the_future")
    try:
        assert needs() == set()
    finally:
        recorder.record_unapplied("techs", "9999_from_the_future")


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("name", ["techs/models.py", "techs/migrations/0099_new.py", "techs/data/starter.toml"])
def test_changed_code_migrates(name: str, sources: Path) -> None:
    """Migrate also loads the starter table, permissions and content types."""
    (sources / name).parent.mkdir(exist_ok=True)
    (sources / name).write_text("# changed")
    assert needs() == {"migrate"}


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("number", [0, 12345])
def test_a_database_that_was_replaced_migrates(number: int) -> None:
    """A backup has the mark of the code that prepared it."""
    set_mark(number)
    assert needs() == {"migrate"}


def test_a_database_that_cannot_be_read_migrates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate explains the problem."""

    def fail() -> list[str]:
        raise OperationalError

    monkeypatch.setattr(preparation, "missing_migrations", fail)
    assert needs() == {"migrate"}
