"""The API pushes back while submissions arrive faster than workers process them, but never because workers are away."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from techs import counters
from techs.imports import service
from techs.imports.manifests import read
from techs.models import Submission
from techs.submissions import overload
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "pressure", overload.Pressure())
    monkeypatch.setattr(overload, "ALWAYS_ALLOWED", 5)
    monkeypatch.setattr(overload, "_VALID_FOR", 60.0)  # a busy machine may need longer than a second for a request
    monkeypatch.setattr(overload._Finished, "number", 0)
    monkeypatch.setattr(overload._Finished, "noted_at", 0.0)


def wait_in_queue(number: int, **values: Any) -> None:
    Submission.objects.bulk_create(
        Submission(text=f"thing {each}", publish_again_at=timezone.now(), **values) for each in range(number)
    )


def post(client: Client, path: str = "/api/techs/") -> Any:
    return client.post(path, {"text": "Django 3.2"}, content_type="application/json")


@pytest.mark.parametrize("path", ["/api/techs/", "/create"])
def test_too_many_are_waiting(client: Client, path: str) -> None:
    wait_in_queue(200)
    overload.note_finished()
    overload.look()
    response = post(client, path)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert set(response.json()) == {"detail"}
    assert "Nothing was stored" in response.json()["detail"]
    assert Submission.objects.count() == 200


def test_few_are_always_allowed(client: Client) -> None:
    wait_in_queue(5)
    overload.note_finished()
    overload.look()
    assert post(client).status_code < 300


def test_as_many_as_workers_finish_in_a_minute_are_allowed(client: Client) -> None:
    wait_in_queue(200)
    counters.count("finished", seconds=5, by=1000)
    overload.look()
    assert post(client).status_code < 300


def test_without_workers_everything_is_accepted(client: Client) -> None:
    wait_in_queue(200)
    overload.look()
    assert post(client).status_code < 300


def test_without_the_cache_everything_is_accepted(client: Client, redis_cache: Valkey) -> None:
    wait_in_queue(200)
    overload.note_finished()
    redis_cache.kill()
    overload.look()
    assert post(client).status_code < 300


def test_lines_of_imports_and_finished_submissions_do_not_count(client: Client) -> None:
    service.accept(read("", "\n".join(f"thing {number}" for number in range(50)).encode()))
    wait_in_queue(200, state="done")
    overload.note_finished()
    overload.look()
    assert post(client).status_code < 300


def test_an_old_look_refuses_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_in_queue(200)
    overload.note_finished()
    monkeypatch.setattr(overload, "_VALID_FOR", 0.0)
    overload.look()
    assert post(client).status_code < 300


def test_finished_submissions_are_counted_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        overload.note_finished()
    assert 0 < counters.per_second("finished", seconds=5) <= 1 / 5
    monkeypatch.setattr(overload._Finished, "noted_at", time.monotonic() - 1)
    overload.note_finished()
    assert 1 <= counters.per_second("finished", seconds=5) <= 11 / 5
