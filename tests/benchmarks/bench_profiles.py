"""Profiles of requests and imports whose targets are times, to show where they could be faster."""

import json

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, override_settings

from techs import cache
from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission, SubmissionState
from techs.submissions import batches
from tests.benchmarks.bench_imports import lines
from tests.benchmarks.bench_miss import reader
from tests.benchmarks.environment import fill_list
from tests.benchmarks.profiles import Profiles, shares

TIMES = 200
LINES = 1_000
IMPORTS = 4
GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.django_db(transaction=True)
@override_settings(WHITENOISE_AUTOREFRESH=False, TECHLIST_THROTTLE=0)
def test_profiles(profiles: Profiles, client: Client) -> None:
    fill_list()
    application = WSGIHandler()
    get, techs = (reader(application, path) for path in ("/get", "/api/techs/"))

    def anew() -> None:
        cache.invalidate()
        techs()

    profiles.add("`/get` through Django", shares(get, times=TIMES))
    profiles.add("first page of 100 rows rendered anew", shares(anew, times=TIMES // 4))
    profiles.add("page `/`, cached", shares(lambda: client.get("/", headers=GZIP), times=TIMES))
    profiles.add("`POST` accepted", shares(_Poster(client), times=TIMES))
    profiles.add("import of 1,000 lines, accepted and assessed", shares(_Importer(), times=IMPORTS))


class _Poster:
    """Posts another technology each time."""

    def __init__(self, client: Client) -> None:
        self._client, self._number = client, 0

    def __call__(self) -> None:
        self._number += 1
        body = json.dumps({"text": f"Django 3.{self._number}"})
        assert self._client.post("/api/techs/", body, content_type="application/json").status_code == 202


class _Importer:
    """Accepts and assesses new lines each time, as a worker does."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self) -> None:
        first = self._number
        self._number += LINES
        service.accept(read("", lines(first, self._number).encode()))
        ids = list(Submission.objects.filter(state=SubmissionState.QUEUED).values_list("pk", flat=True))
        assert not batches.process_batch(ids, seconds=60)
