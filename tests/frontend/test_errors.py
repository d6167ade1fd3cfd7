"""Error pages: they need no server, explain the problem, and lead on."""

from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client

from techs.inventory import reads
from techs.submissions import outbox
from tests.support.factories import add
from tests.support.servers import MariaDB, Valkey

HTMX = {"HX-Request": "true"}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def fail(*args: object, **kwargs: object) -> None:
    raise OperationalError("gone away")


# No django_db mark: pytest-django blocks every query here, so these pages prove that they need no database.


def test_not_found(visitor: Client) -> None:
    response = visitor.get("/nothing/here")
    html = response.content.decode()
    assert response.status_code == 404
    assert "Page not found. Check the address." in html
    assert '<a class="button" href="/">' in html


def test_database_is_away_while_reading(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for read in ("read_overview", "read_page"):
        monkeypatch.setattr(reads, read, fail)
    response = visitor.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Temporarily unavailable" in response.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_database_is_away_while_adding(
    visitor: Client, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(outbox, "accept", fail)
    response = visitor.post("/add/", {"text": "Django 3.2", "key": str(uuid4())}, headers=headers)
    assert response.status_code == 503
    # The script shows the text of this element beside the form.
    assert "<p data-detail>The database is unavailable. Try again in a few seconds.</p>" in response.content.decode()


def test_bug(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "read_page", lambda query: 1 / 0)
    response = visitor.get("/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_form_too_large(visitor: Client) -> None:
    response = visitor.post("/add/", {"text": "x" * 70_000, "key": str(uuid4())})
    assert response.status_code == 413
    assert "Too large" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_cached_list_outlives_the_database(visitor: Client, mariadb: MariaDB) -> None:
    add("Django 3.2")
    visitor.get("/")
    mariadb.kill()
    response = visitor.get("/")
    assert response.status_code == 200
    assert "Out of support" in response.content.decode()
    assert visitor.post("/add/", {"text": "Django 4.2", "key": str(uuid4())}).status_code == 503


@pytest.mark.django_db(transaction=True)
def test_list_outlives_the_overview(visitor: Client, mariadb: MariaDB) -> None:
    add("Django 3.2", owner="Web")
    # The list is cached, the overview is not.
    visitor.get("/api/techs/", {"owner": "Web"})
    visitor.get("/api/techs/")
    mariadb.kill()
    html = visitor.get("/").content.decode()
    assert "The overview is unavailable at the moment." in html
    assert "1 technology" in html
    assert "Out of support" in html
    assert "Out of support" in visitor.get("/", {"owner": "Web"}).content.decode()
    mariadb.ensure_running()
    connection.close()
    assert "1 of 1 needs action now" in visitor.get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_bug_in_the_overview(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "read_overview", lambda today: 1 / 0)
    assert visitor.get("/").status_code == 500


@pytest.mark.django_db(transaction=True)
def test_list_outlives_the_cache(visitor: Client, redis_cache: Valkey) -> None:
    add("Django 3.2")
    redis_cache.kill()
    response = visitor.get("/")
    assert response.status_code == 200
    assert 'class="row is-critical' in response.content.decode()
