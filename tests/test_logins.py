"""Passwords cannot be guessed quickly: after ten failures an address, and a user name, has to wait."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from techlist.local.processes import wait_until
from techs import counters
from techs.api.login_throttling import FAILURES, WINDOW
from tests.servers import Valkey

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
    assert "too many failed logins" in response.content.decode()
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


def test_without_the_cache_logins_work(redis_cache: Valkey) -> None:
    redis_cache.kill()
    assert [log_in("anna", "wrong").status_code for _ in range(FAILURES + 1)][-1] == 200
    assert log_in().status_code == 302
