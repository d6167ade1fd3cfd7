"""The processor time that a web thread spends on one file is bounded, whatever the file contains."""

import time

import pytest
from django.test import Client

from techs.imports import budget
from techs.imports.budget import bounded
from techs.imports.manifests import ManifestError
from techs.models import Import, Upload
from tests.support import uploads

pytestmark = pytest.mark.django_db

# Each line takes some milliseconds, since it seems to name many products.
HOSTILE = "".join(f"{', '.join(f'Thing {part}' for part in range(20))} {number}\n" for number in range(300))
TABLE = "name\n" + "".join(f'"{line}"\n' for line in HOSTILE.splitlines())
SERVICES = TABLE.replace("name\n", "name,service\n", 1).replace('"\n', '",Shop\n')


@pytest.fixture
def _little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "CPU_SECONDS", 0.02)


def test_it_counts_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(bounded([1, 2, 3])) == [1, 2, 3]
    monkeypatch.setattr(budget, "CPU_SECONDS", 0.05)
    with pytest.raises(ManifestError, match="takes more than 10 seconds"):
        list(map(work, bounded(range(100))))


def work(_: int) -> None:
    until = time.thread_time() + 0.01
    while time.thread_time() < until:
        pass


@pytest.mark.usefixtures("_little_time")
@pytest.mark.parametrize("content", [HOSTILE, SERVICES])
def test_imports(client: Client, content: str) -> None:
    page = client.post("/import/", {"text": content})
    assert (page.status_code, budget.TOO_SLOW in page.content.decode()) == (400, True)
    api = client.post("/api/imports/?dry_run=1", content, content_type="text/plain")
    assert (api.status_code, api.json()) == (400, {"file": [budget.TOO_SLOW]})
    assert not Import.objects.exists()


@pytest.mark.usefixtures("_little_time")
@pytest.mark.parametrize("query", ["", "?dry_run=1"])
def test_uploads(client: Client, query: str) -> None:
    uploads.service()
    api = client.put(f"/api/services/shop/sources/list.csv/{query}", TABLE, content_type="text/csv")
    assert (api.status_code, api.json()) == (400, {"file": [budget.TOO_SLOW]})
    assert not Upload.objects.exists()


def test_enough_time_for_the_same(client: Client) -> None:
    """Control: the content is fine."""
    assert client.post("/api/imports/?dry_run=1", HOSTILE, content_type="text/plain").status_code == 200
