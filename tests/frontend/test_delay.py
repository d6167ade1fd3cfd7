"""The notice about delayed assessment: on the list, on pages of submissions, and in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techlist import health
from techs import tasks
from techs.imports import service
from techs.imports.manifests import read
from techs.models import PeriodicRun, Submission, Upload
from techs.submissions import outbox
from techs.submissions.liveness import _in_words
from tests.support import uploads
from tests.support.factories import add, submit
from tests.support.pages import attribute, one, parse, text_of
from tests.support.servers import MariaDB

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
NOTICE = "Assessment is delayed."
RUNNING = "Check that the worker and beat processes are running."


def stop(*, seconds: float) -> None:
    """Set how long ago worker and beat ended."""
    PeriodicRun.objects.update_or_create(name="sweep", defaults={"finished_at": ago(seconds)})
    health.reset()


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def waiting(*, seconds: float) -> Submission:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.filter(pk=submission.pk).update(created_at=ago(seconds))
    health.reset()
    return submission


def get(client: Client, url: str, *, htmx: bool = False) -> str:
    response = client.get(url, headers=HTMX if htmx else {})
    assert response.status_code == 200
    return response.content.decode()


def notice(html: str) -> str:
    return text_of(parse(html), "div#delay")


def test_nothing_is_said_while_all_is_well(client: Client) -> None:
    tasks.sweep()
    submission = waiting(seconds=5)
    for url in ("/", f"/?submitted={submission.uuid}", f"/submissions/{submission.uuid}/"):
        html = get(client, url)
        assert notice(html) == ""
        assert NOTICE not in html


def test_worker_that_is_dead(client: Client) -> None:
    submission = waiting(seconds=200)
    stop(seconds=330)
    ages = "The oldest entry has been waiting for 3 minutes, and the last background check ran 5 minutes ago."
    words = f"{NOTICE} {ages} {RUNNING}"
    for url in ("/", f"/submissions/{submission.uuid}/"):
        assert notice(get(client, url)) == words


def test_beat_that_is_dead(client: Client) -> None:
    """Messages that are not lost are processed, but lost ones are not repaired."""
    submit("React")
    stop(seconds=7300)
    assert notice(get(client, "/")) == f"{NOTICE} The last background check ran 2 hours ago. {RUNNING}"


def test_no_sweep_ever(client: Client) -> None:
    waiting(seconds=61)
    expected = (
        f"{NOTICE} The oldest entry has been waiting for 1 minute, and no background check has run yet. {RUNNING}"
    )
    assert notice(get(client, "/")) == expected


def test_worker_that_has_too_much_to_do(client: Client) -> None:
    """It runs, so there is no advice to check that."""
    tasks.sweep()
    waiting(seconds=45)
    words = notice(get(client, "/"))
    assert words.startswith(
        f"{NOTICE} The oldest entry has been waiting for 45 seconds, and the last background check ran"
    )
    assert RUNNING not in words


def test_it_goes_when_all_is_well_again(client: Client) -> None:
    stop(seconds=60)
    assert notice(get(client, "/"))
    tasks.sweep()
    health.reset()
    assert notice(get(client, "/")) == ""


def test_nobody_is_promised_a_moment(client: Client) -> None:
    """New submissions are announced as delayed from the start."""
    stop(seconds=60)
    response = client.post("/add/", {"text": "Django 3.2"}, headers=HTMX)
    html = response.content.decode()
    assert "Checking..." not in html
    assert "Saved. Assessment is delayed; you can leave this page." in html
    assert attribute(parse(html), "div#delay", "hx-swap-oob") == "innerHTML"
    assert NOTICE in notice(html)


def test_poll_tells_once_that_it_is_delayed_and_once_that_it_is_not(client: Client) -> None:
    tasks.sweep()
    url = f"/submissions/{waiting(seconds=1).uuid}/"
    assert "HX-Retarget" not in client.get(url, headers=HTMX)
    stop(seconds=60)
    changed = client.get(url, headers=HTMX)
    assert "HX-Retarget" in changed
    assert NOTICE in notice(changed.content.decode())
    assert "HX-Retarget" not in client.get(f"{url}?late", headers=HTMX)
    tasks.sweep()
    health.reset()
    changed = client.get(f"{url}?late", headers=HTMX)
    assert notice(changed.content.decode()) == ""
    assert "Checking..." in changed.content.decode()


def test_progress_of_an_import(client: Client) -> None:
    tasks.sweep()
    url = f"/import/{service.accept(read('', b'Django 3.2')).uuid}/"
    health.reset()
    assert notice(get(client, url)) == ""
    assert 'id="delay"' not in get(client, url, htmx=True)
    stop(seconds=60)
    assert NOTICE in notice(get(client, url))
    html = get(client, url, htmx=True)
    assert NOTICE in notice(html)
    assert f'hx-get="{url}?late"' in html
    assert 'id="delay"' not in get(client, f"{url}?late", htmx=True), "said once"
    tasks.sweep()
    health.reset()
    assert notice(get(client, f"{url}?late", htmx=True)) == ""


def test_pages_of_services(client: Client) -> None:
    shop = uploads.service()
    upload = uploads.accept(shop, "django==3.2.25\n")
    urls = ("/services/", "/services/shop/", f"/services/shop/uploads/{upload.pk}/")
    tasks.sweep()
    health.reset()
    assert [notice(get(client, url)) for url in urls] == [""] * 3
    Upload.objects.update(created_at=ago(200))
    health.reset()
    for url in urls:
        assert "The oldest entry has been waiting for 3 minutes" in notice(get(client, url))


def test_notice_looks_after_itself(client: Client) -> None:
    """It polls, updates the ages without announcing them, and disappears when the delay is over."""
    stop(seconds=60)
    polled = one(parse(get(client, "/")), "div#delay span[hx-get]")
    assert polled["hx-get"] == "/delay/"
    assert polled["aria-live"] == "off"
    stop(seconds=130)
    answer = client.get("/delay/", headers=HTMX)
    assert "2 minutes ago" in answer.content.decode()
    assert NOTICE not in answer.content.decode()
    tasks.sweep()
    health.reset()
    answer = client.get("/delay/", headers=HTMX)
    assert (answer.content, answer["HX-Retarget"], answer["HX-Reswap"]) == (b"", "#delay", "innerHTML")


def test_its_address_without_htmx(client: Client) -> None:
    assert client.get("/delay/")["Location"] == "/"


def test_cached_page_costs_no_query_of_its_own(client: Client) -> None:
    add("Django 3.2")
    stop(seconds=60)
    get(client, "/")
    with CaptureQueriesContext(connection) as queries:
        assert NOTICE in notice(get(client, "/"))
    assert len(queries) == 0


def test_database_is_asked_once_a_second_for_all_pages(client: Client, mariadb: MariaDB) -> None:
    add("Django 3.2")
    stop(seconds=60)
    get(client, "/")
    before, began = _selects(), timezone.now()
    for _ in range(30):
        assert NOTICE in notice(get(client, "/"))
    seconds = (timezone.now() - began).total_seconds() + 1
    assert _selects() - before < 10 * seconds


def _selects() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Com_select'")
        return int(cursor.fetchone()[1])


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_cached_page_without_the_database(client: Client, mariadb: MariaDB, how: str) -> None:
    """As fast as with the database, and without a notice, since the delay is unknown."""
    add("Django 3.2")
    get(client, "/")
    health.reset()
    mariadb.kill() if how == "killed" else mariadb.pause()
    began = timezone.now()
    for _ in range(3):
        assert notice(get(client, "/")) == ""
    assert timezone.now() - began < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (7199, "1 hour"), (172_800, "2 days")],
)
def test_ages_in_words(seconds: int, words: str) -> None:
    assert _in_words(seconds) == words


def test_admin(admin_client: Client) -> None:
    waiting(seconds=200)
    stop(seconds=330)
    text = text_of(parse(get(admin_client, "/admin/")), "section.techs-dashboard")
    assert "Assessment is delayed The oldest entry has been waiting for 3 minutes." in text
    assert f"The last sweep ran 5 minutes ago. {RUNNING}" in text


def test_admin_while_all_is_well(admin_client: Client) -> None:
    text = text_of(parse(get(admin_client, "/admin/")), "section.techs-dashboard")
    assert "Nothing is waiting. No sweep has run yet." in text
    tasks.sweep()
    text = text_of(parse(get(admin_client, "/admin/")), "section.techs-dashboard")
    assert "Nothing is waiting. The last sweep ran 0 seconds ago." in text
    assert "delayed" not in text
