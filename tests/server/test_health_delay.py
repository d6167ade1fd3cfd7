"""/readyz: how long submissions and the sweep have been waiting."""

import time
from typing import Any

import httpx
import pytest
from django.test import Client

from techlist.local.processes import wait_until
from techs import tasks
from techs.imports import applying, service
from techs.imports.manifests import read
from techs.inventory import services
from techs.models import Service, Submission, SubmissionState, Upload
from techs.submissions import liveness
from tests.support import uploads
from tests.support.factories import submit
from tests.support.readiness import ago, ready, swept, waiting
from tests.support.servers import Servers
from tests.support.services import Beat, Web, Worker, place, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("state", [SubmissionState.QUEUED, SubmissionState.SAVED])
def test_oldest_unfinished(client: Client, state: str) -> None:
    swept(0)
    waiting(10)
    waiting(95, state=state)
    submit("Node.js 20")
    body = ready(client).json()
    assert 95 <= body["oldest_unfinished_seconds"] < 100
    assert body["delayed"] is True


@pytest.mark.parametrize("state", [SubmissionState.DONE, SubmissionState.FAILED])
def test_what_is_finished_does_not_wait(client: Client, state: str) -> None:
    waiting(95, state=state)
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["delayed"]) == (None, False)


@pytest.mark.parametrize(("seconds", "is_delayed"), [(5, False), (31, True)])
def test_delayed_by_a_submission(client: Client, seconds: int, is_delayed: bool) -> None:  # noqa: FBT001
    waiting(seconds)
    assert ready(client).json()["delayed"] is is_delayed


@pytest.mark.parametrize(
    ("interval", "seconds", "is_delayed"), [(5, 5, False), (5, 31, True), (60, 120, False), (60, 190, True)]
)
def test_delayed_by_the_sweep(
    client: Client,
    settings: Any,
    interval: int,
    seconds: int,
    is_delayed: bool,  # noqa: FBT001
) -> None:
    settings.SWEEP_INTERVAL = interval
    swept(seconds)
    body = ready(client).json()
    assert body["last_sweep_seconds"] >= seconds
    assert body["delayed"] is is_delayed


def test_import_that_moves_is_not_delayed(client: Client) -> None:
    """Its last lines wait for those before them. The age is still reported."""
    service.accept(read("", b"Django 3.2\nNode.js 20\nReact 18"))
    Submission.objects.update(created_at=ago(95))
    assert ready(client).json()["delayed"] is True
    first = Submission.objects.order_by("pk")[0]
    Submission.objects.filter(pk=first.pk).update(state=SubmissionState.DONE, finished_at=ago(5))
    body = ready(client).json()
    assert body["oldest_unfinished_seconds"] >= 95
    assert body["delayed"] is False
    Submission.objects.filter(pk=first.pk).update(finished_at=ago(40))
    assert ready(client).json()["delayed"] is True


def test_single_submission_is_delayed_whatever_imports_do(client: Client) -> None:
    service.accept(read("", b"Django 3.2\nNode.js 20"))
    first = Submission.objects.order_by("pk")[0]
    Submission.objects.filter(pk=first.pk).update(state=SubmissionState.DONE, finished_at=ago(0))
    waiting(31)
    assert ready(client).json()["delayed"] is True


def test_an_upload_that_waits(client: Client) -> None:
    upload = uploads.accept(uploads.service(), "".join(f"lib{number}==1\n" for number in range(300)))
    Upload.objects.update(created_at=ago(95))
    body = ready(client).json()
    assert (95 <= body["oldest_unfinished_seconds"] < 100, body["delayed"]) == (True, True)
    uploads.work(upload)
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["delayed"]) == (None, False)


def test_an_upload_that_moves_is_not_delayed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploads.accept(uploads.service(), "".join(f"lib{number}==1\n" for number in range(300)))
    Upload.objects.update(created_at=ago(95))
    began = time.monotonic()
    assert applying._step(upload.pk)
    assert (ready(client).json()["oldest_unfinished_seconds"] >= 95, liveness.Liveness.read().is_delayed) == (
        True,
        False,
    )
    monkeypatch.setattr(time, "monotonic", lambda: began + 45)
    assert liveness.Liveness.read().is_delayed
    assert applying._step(upload.pk)
    assert not liveness.Liveness.read().is_delayed


def test_uploads_that_wait_for_others_are_not_delayed(client: Client) -> None:
    shop = uploads.service()
    uploads.accept(shop, "django==3.2.25\n")
    Upload.objects.update(created_at=ago(95))
    other = uploads.push(shop, "redis==3\n", source="other/requirements.txt")
    assert ready(client).json()["delayed"] is False
    Upload.objects.filter(pk=other.pk).update(finished_at=ago(40))
    assert ready(client).json()["delayed"] is True


def test_a_change_of_a_service_that_waits(client: Client) -> None:
    shop = uploads.service()
    uploads.push(shop, "django==3.2.25\n")
    services.change(shop, owner="Web")
    Service.objects.update(recounting_since=ago(95))
    services.change(shop, owner="Shop")
    body = ready(client).json()
    assert (95 <= body["oldest_unfinished_seconds"] < 100, body["delayed"]) == (True, True)
    assert services.recount(shop.pk, seconds=60) is False
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["delayed"]) == (None, False)


def test_ages_of_the_future_hide_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks were ahead. A dead worker is noticed by how long this process has seen no change."""
    waiting(-3600)
    swept(-3600)
    body = ready(client).json()
    assert (body["oldest_unfinished_seconds"], body["last_sweep_seconds"], body["delayed"]) == (0, 0, False)
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 45)
    body = liveness.Liveness.read()
    assert (body.oldest_unfinished_seconds, body.last_sweep_seconds, body.is_delayed) == (45, 45, True)


def test_a_sweep_corrects_the_date_of_the_one_before(client: Client) -> None:
    swept(-3600)
    tasks.sweep()
    assert ready(client).json()["last_sweep_seconds"] == 0


@pytest.mark.slow
def test_worker_and_beat_that_stop_are_noticed(servers: Servers, process_env: dict[str, str], web_process: Web) -> None:
    """With real processes: everything works, worker and beat stop while a submission waits, and both return."""
    env = process_env | {"TECHLIST_SWEEP_INTERVAL": "1"}
    with httpx.Client(base_url=web_process.url, timeout=10) as client:
        with running(Worker(**place(servers), env=env)), running(Beat(**place(servers), env=env)):
            assert wait_until(lambda: client.get("/readyz").json()["last_sweep_seconds"] is not None, timeout=60)
            assert client.get("/readyz").json()["delayed"] is False
        client.post("/api/techs/", json={"text": "Django 3.2"}).raise_for_status()
        assert client.get("/readyz").json()["delayed"] is False
        Submission.objects.update(created_at=ago(40))  # instead of waiting for it
        swept(40)
        assert wait_until(lambda: client.get("/readyz").json()["delayed"], timeout=60)
        body = client.get("/readyz").json()
        assert (body["status"], client.get("/readyz").status_code) == ("ok", 200)
        assert min(body["oldest_unfinished_seconds"], body["last_sweep_seconds"]) >= 40
        assert "Assessment is delayed." in client.get("/").text
        with running(Worker(**place(servers), env=env)), running(Beat(**place(servers), env=env)):
            assert wait_until(lambda: not client.get("/readyz").json()["delayed"], timeout=40)
            assert wait_until(lambda: client.get("/api/techs/").json()["count"] == 1, timeout=60)
            assert "Assessment is delayed." not in client.get("/").text
