"""Import everything that the processes of `make run` need, before they are forked from this one.

Forks share the memory of modules imported before, and start without importing them again.
"""

import gc
import multiprocessing
import os
import sys
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from techlist import heaps
from techlist.server.address import RefusedError

# The modules that the web server and the worker import only when they run.
_MODULES = (
    *("granian.cli", "granian.server.mp", "uvloop", "multiprocessing.popen_fork", "techlist.server.near_cache"),
    *("celery.app.amqp", "celery.app.control", "celery.app.events", "celery.app.log", "celery.app.routes"),
    *("celery.apps.worker", "celery.backends.base", "celery.beat", "celery.concurrency.prefork", "techlist.scheduler"),
    *("celery.events.receiver", "celery.worker.autoscale", "celery.worker.components", "celery.worker.strategy"),
    *("celery.worker.consumer.delayed_delivery", "django.contrib.sessions.management.commands.clearsessions"),
    *("kombu.mixins", "whitenoise.storage"),
    *("billiard.heap", "billiard.popen_fork", "billiard.sharedctypes", "billiard.synchronize"),
)

# Libraries import these for their tests, command lines or other templates, but do without them. They take 7 MiB. One
# that a library cannot do without must leave this list.
_NEEDLESS = ("httpx._main", "jinja2", "requests")


def load_settings() -> None:
    """Import the settings. Raises RefusedError for an invalid value."""
    # From here on, almost nothing that is made becomes garbage, and each search for it would take longer.
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")
    from environs import EnvError  # noqa: PLC0415  only the settings need it

    try:
        import_module("techlist.settings")
    except EnvError as error:
        raise RefusedError(str(error)) from error


def preload() -> None:
    """Import the web server, the worker and their libraries. This starts no thread and opens no connection."""
    import django  # noqa: PLC0415  the settings may refuse to start before

    # Celery would print eight lines of advice against running as root, but containers have no other user.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    if sys.platform == "linux":
        # From Python 3.14 on, Granian would start a new interpreter for the process that serves requests.
        multiprocessing.set_start_method("fork")
    heaps.share_heaps()
    with _hidden(_NEEDLESS):
        django.setup()
        for name in (*_MODULES, *_middleware()):
            import_module(name)
        _import_tasks_and_pages()
    # The collector writes to every object that it looks at, and their pages would be shared no longer.
    gc.freeze()
    gc.enable()


@contextmanager
def _hidden(names: Sequence[str]) -> Generator[None, None, None]:
    """Let modules that are not imported yet seem not to be installed."""
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            if modules.get(name) is None:
                modules.pop(name, None)


def _middleware() -> list[str]:
    from django.conf import settings  # noqa: PLC0415  see above

    return [path.rpartition(".")[0] for path in settings.MIDDLEWARE]


def _import_tasks_and_pages() -> None:
    from celery import current_app  # noqa: PLC0415  see above
    from django.core.cache import caches  # noqa: PLC0415  see above
    from django.template import engines  # noqa: PLC0415  see above
    from django.urls import get_resolver  # noqa: PLC0415  see above

    current_app.loader.import_default_modules()
    current_app.finalize()
    # Reading these imports them.
    cache: Any = caches["default"]
    template_engines: Any = engines.all()
    _ = get_resolver().reverse_dict, cache.client, [each.engine.template_loaders for each in template_engines]
