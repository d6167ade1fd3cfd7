"""Passwords cannot be guessed quickly: after ten failures an address, and a user name, has to wait."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings

from techlist.local.processes import wait_until
from techlist.log_format import LineFormatter
from techs import counters
from techs.api.login_throttling import FAILURES, WINDOW
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a good password"


@pytest.fixture(autouse=True)
def _accounts() -> None:
    for name in ("anna", "bert"):
        User.objects.create_superuser(name, password=PASSWORD)
    wait_until(lambda: counters.seconds_left(seconds=WINDOW) > 5, timeout=10)


def log_in(username: str = "anna", password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    client = Client(REMOTE_ADDR=address)
    return client.post("/login/", {"username": username, "password": password, "next": "/admin/"})


def test_it_works() -> None:
    assert log_in().status_code == 302


def test_too_many_failures_of_one_address() -> None:
    failures = [log_in(f"user{i}", "wrong").status_code for i in range(FAILURES)]
    assert failures == [200] * FAILURES
    response = log_in()
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= WINDOW
    assert "Too many failed logins" in response.content.decode()
    assert log_in(address="192.0.2.2").status_code == 302


def test_too_many_failures_of_one_user_name() -> None:
    for i in range(FAILURES):
        log_in("ANNA" if i % 2 else "anna", "wrong", address=f"192.0.2.{i + 10}")
    assert log_in().status_code == 429
    assert log_in("bert").status_code == 302


@pytest.mark.parametrize("spelling", ["ａｎｎａ", " anna ", "ánna", "ANNA\u00a0"])
def test_other_spellings_are_the_same_name(spelling: str) -> None:
    """The login form, and MySQL, take them for it."""
    for i in range(FAILURES):
        log_in(spelling, "wrong", address=f"192.0.2.{i + 10}")
    assert log_in().status_code == 429


def test_many_at_once_do_not_pass_together() -> None:
    """Each is counted before its password is checked, which takes long in service."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: _try(f"user{number}"), range(30)))
    assert answers.count(200) <= FAILURES
    assert answers.count(429) == 30 - answers.count(200)


def _try(username: str) -> int:
    try:
        return int(log_in(username, "wrong").status_code)
    finally:
        connection.close()


def test_logins_that_succeed_do_not_count() -> None:
    assert {log_in().status_code for _ in range(FAILURES + 1)} == {302}


def test_the_form_itself_is_always_there() -> None:
    for _ in range(FAILURES):
        log_in("anna", "wrong")
    assert Client(REMOTE_ADDR="192.0.2.1").get("/login/").status_code == 200


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "techs.logins"]


def test_each_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("anna", "nobody", ""):
        log_in(name, "wrong guess")
    assert logged(caplog) == [
        ("WARNING", f"Login at /login/ from 192.0.2.1 failed, as {name}") for name in ("anna", "nobody", "")
    ]
    log_in()
    assert len(logged(caplog)) == 3
    assert "wrong guess" not in caplog.text
    assert PASSWORD not in caplog.text


def test_those_that_are_refused_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(FAILURES):
        log_in("bert", "wrong")
    caplog.clear()
    assert log_in("anna").status_code == 429
    assert logged(caplog) == [
        ("WARNING", "Login at /login/ from 192.0.2.1 refused after too many failures, as anna"),
    ]


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "expected"),
    [
        (1, "192.0.2.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (0, "2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        (1, "192.0.2.1", "x" * 500, "x" * 150 + "..."),
    ],
)
def test_the_address_is_that_which_counts(
    caplog: pytest.LogCaptureFixture, proxies: int, address: str, forwarded: str, expected: str
) -> None:
    client = Client(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(PROXIES=proxies):
        client.post("/login/", {"username": "anna", "password": "wrong"})
    assert logged(caplog) == [("WARNING", f"Login at /login/ from {expected} failed, as anna")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nWARNING techs.logins: Login", "a\\nWARNING techs.logins: Login"),
        ("\x1b[2J\u202e", "\\x1b[2J\\u202e"),
        ("x" * 5000, "x" * 150 + "..."),
        ("x from 203.0.113.9 failed, as y", "x from 203.0.113.9 failed, as y"),
    ],
)
def test_a_name_cannot_forge_an_entry(caplog: pytest.LogCaptureFixture, name: str, shown: str) -> None:
    log_in(name, "wrong")
    (record,) = (record for record in caplog.records if record.name == "techs.logins")
    line = LineFormatter("%(levelname)s %(message)s").format(record)
    assert line == f"WARNING Login at /login/ from 192.0.2.1 failed, as {shown}"


def test_a_wrong_current_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(REMOTE_ADDR="192.0.2.1")
    client.force_login(User.objects.get(username="anna"))
    typed = {"old_password": "wrong guess", "new_password1": "horse battery", "new_password2": "horse battery"}
    client.post("/password/", typed)
    assert logged(caplog) == [("WARNING", "Login at /password/ from 192.0.2.1 failed, as anna")]
    caplog.clear()
    client.post("/password/", typed | {"old_password": PASSWORD})
    assert logged(caplog) == []
    assert "anna changed their password." in caplog.text
    assert "horse battery" not in caplog.text


def test_a_form_of_another_site_is_no_login(caplog: pytest.LogCaptureFixture) -> None:
    Client(enforce_csrf_checks=True).post("/login/", {"username": "anna", "password": "wrong"})
    assert logged(caplog) == []


def test_without_the_cache_logins_work(redis_cache: Valkey) -> None:
    redis_cache.kill()
    assert [log_in("anna", "wrong").status_code for _ in range(FAILURES + 1)][-1] == 200
    assert log_in().status_code == 302
