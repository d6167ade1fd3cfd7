"""The line above the list: the age of the lifecycle data, and whether newer data is being fetched."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import cache, tasks
from techs.admin.dashboard import Dashboard
from techs.inventory import reassessment
from techs.lifecycles import store, sync
from techs.models import LifecycleDataVersion, PeriodicRun, Product, Source, Tech
from tests.support.factories import add
from tests.support.lifecycle_server import Answer, LifecycleServer, document, product
from tests.support.pages import attribute, one, parse, text_of, visit

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = datetime.now(UTC).date()
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("age", "is_old"), [(45, False), (46, True)])
def test_old_facts_are_marked(client: Client, age: int, *, is_old: bool) -> None:
    known_on = TODAY - timedelta(days=age)
    LifecycleDataVersion.objects.create(version="x", as_of=known_on, source=Source.STARTER, products=1, releases=1)
    html = client.get("/").content.decode()
    line = one(parse(html), "p.data-age")
    assert attribute(line, "time", "datetime") == str(known_on)
    assert "built in" in text_of(line)
    assert ("may be missing" in text_of(line)) is is_old


def test_facts_are_as_old_as_their_document_however_often_they_are_checked(
    client: Client, publisher: LifecycleServer
) -> None:
    long_ago = TODAY - timedelta(days=90)
    publisher.answer = Answer(document(product("thing"), generated_at=f"{long_ago}T03:00:00Z"), etag='"one"')
    sync.run()
    add("Thing 1.0")
    sync.run()  # 304: nothing newer
    publisher.answer.etag = '"two"'
    sync.run()  # the same content again
    store.activate_local_changes()
    assert days_said(client) == {str(long_ago)}
    assert f"our lifecycle data is from {long_ago}" in str(Tech.objects.get().reasons)


def test_a_file_is_as_old_as_its_date(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(product("thing"), generated_at="2026-08-22T00:00:00Z"))
    sync.run(path)
    sync.run(path)
    add("Thing 1.0")
    assert days_said(client) == {"2026-08-22"}


def test_a_newer_date_of_the_same_facts_shows_everywhere(client: Client, publisher: LifecycleServer) -> None:
    for day in (TODAY - timedelta(days=9), TODAY - timedelta(days=2)):
        publisher.answer = Answer(document(product("thing"), generated_at=f"{day}T03:00:00Z"))
        sync.run()
        add("Thing 1.0")
        assert days_said(client) == {str(day)}


def days_said(client: Client) -> set[str]:
    """Return every date that pages, API, admin and database show for the lifecycle data."""
    reassessment.reassess(seconds=5)
    cache.invalidate()
    page = attribute(facts_line(client), "time", "datetime")
    reasons = client.get("/api/techs/").json()["data"][0]["reasons"]
    public = Product.objects.exclude(source=Source.LOCAL)
    dashboard = Dashboard.read(may=lambda _: True)
    assert dashboard.lifecycle_data
    return {
        str(page),
        *(reason["facts_as_of"] for reason in reasons),
        *map(str, public.values_list("facts_as_of", flat=True)),
        str(dashboard.lifecycle_data.as_of),
    }


def facts_line(client: Client) -> Tag:
    return one(visit(client, "/"), "p.data-age")


def is_polling(line: Tag) -> bool:
    return "hx-get" in line.attrs


@pytest.fixture
def sync_is_on(settings: Any) -> None:
    """Automatic updates are on."""
    settings.SYNC = True


@pytest.mark.usefixtures("sync_is_on")
def test_a_new_installation_says_that_data_is_being_fetched(client: Client) -> None:
    line = facts_line(client)
    assert "built in. Fetching newer data; levels will update." in text_of(line)
    assert is_polling(line)


def test_the_page_follows_new_data(client: Client, publisher: LifecycleServer) -> None:
    assert "Fetching newer data" in text_of(facts_line(client))
    quiet = client.get("/data-age/", headers=HTMX)
    assert "Fetching newer data" in quiet.content.decode()
    assert "HX-Trigger" not in quiet
    tasks.sync_lifecycles()
    assert "endoflife.date" in text_of(facts_line(client)), "without waiting for a cached page to expire"
    news = client.get("/data-age/", headers=HTMX)
    assert "Fetching newer data" not in news.content.decode()
    assert json.loads(news["HX-Trigger"]) == {"techs-changed": {}}


def test_it_looks_no_more_once_all_is_told(client: Client, publisher: LifecycleServer) -> None:
    sync.run()
    PeriodicRun.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    line = facts_line(client)
    assert not is_polling(line)
    assert text_of(line) == "Lifecycle data from 20 Nov 2026, endoflife.date"
    assert "HX-Trigger" not in client.get("/data-age/", headers=HTMX)


def test_a_fetch_that_failed_is_said_with_the_age(client: Client, publisher: LifecycleServer) -> None:
    assert "Fetching newer data" in text_of(facts_line(client))
    publisher.answer = Answer(b"", status=503)
    tasks.sync_lifecycles()
    line = facts_line(client)
    assert " ago" in text_of(line)
    assert "Newer data could not be fetched. Retrying." in text_of(line)
    assert not is_polling(line)


def test_a_fetch_that_failed_is_no_news_while_the_data_is_fresh(client: Client, publisher: LifecycleServer) -> None:
    sync.run()
    PeriodicRun.objects.update(attempts=1, problem="It is away.")
    assert "could not" not in text_of(facts_line(client))


def test_off_is_said(client: Client) -> None:
    line = facts_line(client)
    assert text_of(line).endswith(". Automatic updates are off.")
    assert not is_polling(line)


@pytest.mark.usefixtures("sync_is_on")
def test_the_state_of_fetching_costs_a_cached_page_no_query(client: Client) -> None:
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert "Fetching newer data" in text_of(facts_line(client))
        assert b"Fetching newer data" in client.get("/data-age/", headers=HTMX).content
    assert len(queries) == 0


def test_the_age_alone_is_for_htmx(client: Client) -> None:
    assert client.get("/data-age/")["Location"] == "/"
