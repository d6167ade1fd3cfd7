"""A read that Django answers, in this process: without a server's threads, only the code."""

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings

from techs import cache
from tests.benchmarks import QUICK
from tests.benchmarks.environment import ROUNDS, fill_list
from tests.benchmarks.figures import Figures

TIMES = 50 if QUICK else 200


@pytest.mark.django_db(transaction=True)
# The usual settings of tests look up static files at each request.
@override_settings(WHITENOISE_AUTOREFRESH=False)
def test_miss(figures: Figures) -> None:
    fill_list()
    application = WSGIHandler()
    get, techs = (reader(application, path) for path in ("/get", "/api/techs/"))
    figures.add("django", [_cpu(get) * 1e6 for _ in range(ROUNDS)])
    figures.add("rendered", [_cpu(lambda: _anew(techs)) * 1000 for _ in range(ROUNDS)])


def _anew(read: Callable[[], None]) -> None:
    cache.invalidate()
    read()


def reader(application: Any, path: str) -> Callable[[], None]:
    """Return a function that answers a GET in this process, and fails unless the answer is 200 with a body."""
    request = RequestFactory().get(path)

    def read() -> None:
        answers = []
        environ = request.environ | {"wsgi.input": io.BytesIO()}
        response = application(environ, lambda status, *_: answers.append(status))
        size = sum(map(len, response))
        response.close()
        assert answers[0].startswith("200")
        assert size

    return read


def _cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call, after one that fills caches."""
    work()
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - began) / TIMES
