"""Writes of one client are counted and limited, on pages and in the API, across all processes."""

import logging
import time
from typing import Any

import pytest
import redis
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client, RequestFactory

from techlist.local.processes import wait_until
from techs import cache, counters
from techs.api import throttling
from techs.models import Submission, Tech
from tests.support.factories import add
from tests.support.servers import Valkey
from tests.support.waiting import HANG

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 2


@pytest.fixture(autouse=True)
def _low_limit(settings: Any, one_window: None) -> None:
    settings.THROTTLE = LIMIT
    # The web server in its own process uses its own clock.
    wait_until(lambda: counters.seconds_left(seconds=60) > 5, timeout=10)


def post(client: Client, text: str = "Django 3.2", **headers: str) -> Any:
    return client.post("/api/techs/", {"text": text}, content_type="application/json", headers=headers)


def test_the_api_answers_429(client: Client) -> None:
    assert [post(client).status_code for _ in range(LIMIT)] == [202] * LIMIT
    response = post(client)
    assert (response.status_code, list(response.json())) == (429, ["detail"])
    assert 1 <= int(response["Retry-After"]) <= 60
    assert f"Try again in {response['Retry-After']} seconds." in response.json()["detail"]
    assert Submission.objects.count() == LIMIT


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_changes_count_too(client: Client, method: str) -> None:
    tech = add("Debian 12")
    for _ in range(LIMIT):
        post(client)
    response = getattr(client, method)(f"/api/techs/{tech.pk}/", {"impact": "low"}, content_type="application/json")
    assert response.status_code == 429
    assert Tech.objects.filter(pk=tech.pk, impact="normal").exists()


def test_the_original_call_counts_too(client: Client) -> None:
    answers = [client.post("/create", {"text": "x"}, content_type="application/json") for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [201] * LIMIT + [429]


@pytest.mark.parametrize("path", ["/add/", "/techs/{}/", "/techs/{}/rename/", "/techs/{}/remove/"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_page_says_so_in_words(client: Client, path: str, headers: dict[str, str]) -> None:
    tech = add("Debian 12")
    for _ in range(LIMIT):
        post(client)
    response = client.post(path.format(tech.pk), {"text": "Debian 11"}, headers=headers)
    assert response.status_code == 429
    assert f"Try again in {response['Retry-After']} seconds." in response.content.decode()
    assert "data-detail" in response.content.decode()
    assert Tech.objects.get().name == "Debian 12"


def test_reads_are_free(client: Client) -> None:
    urls = ["/", "/api/techs/", "/get", "/healthz"]
    assert {client.get(url).status_code for url in urls for _ in range(LIMIT + 1)} == {200}
    assert post(client).status_code == 202


def test_0_is_no_limit(client: Client, settings: Any) -> None:
    settings.THROTTLE = 0
    assert {post(client).status_code for _ in range(LIMIT + 2)} == {202}


def test_another_client_is_not_refused() -> None:
    here, there = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    assert [post(here).status_code for _ in range(LIMIT + 1)][-1] == 429
    assert post(there).status_code == 202


def seen_as(**meta: str) -> str:
    return throttling.address(RequestFactory().post("/", **meta))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 2.2.2.2,203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", ""),
        (1, "unknown", "unknown"),
    ],
)
def test_who_is_behind_the_proxies(settings: Any, proxies: int, forwarded: str, expected: str) -> None:
    settings.PROXIES = proxies
    assert seen_as(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded) == expected


def test_a_made_up_header_does_not_help(client: Client, settings: Any) -> None:
    settings.PROXIES = 1
    answers = [post(client, **{"X-Forwarded-For": f"10.0.0.{i}, 203.0.113.9"}) for i in range(LIMIT + 1)]
    assert answers[-1].status_code == 429


def test_one_network_of_ipv6_is_one_client() -> None:
    assert seen_as(REMOTE_ADDR="2001:db8::1") == seen_as(REMOTE_ADDR="2001:db8::ffff:2")
    assert seen_as(REMOTE_ADDR="2001:db8::1") != seen_as(REMOTE_ADDR="2001:db8:0:1::1")
    assert seen_as(REMOTE_ADDR="::ffff:192.0.2.1") == "192.0.2.1"
    assert seen_as(REMOTE_ADDR="2001:db8::1%eth0") == seen_as(REMOTE_ADDR="2001:db8::1") == "2001:db8::/64"


def test_a_user_is_one_client_wherever_she_is() -> None:
    here, there = (RequestFactory().post("/", REMOTE_ADDR=address) for address in ("192.0.2.1", "192.0.2.2"))
    here.user = there.user = User.objects.create_user("anna")
    assert throttling.client(here) == throttling.client(there)
    there.user = AnonymousUser()
    assert throttling.client(here) != throttling.client(there)


def test_counters_expire_and_cost_one_round_trip(client: Client, redis_cache: Valkey) -> None:
    with redis.Redis(port=redis_cache.port, decode_responses=True) as server:
        post(client)
        (key,) = server.keys("*count*")
        assert 0 < server.ttl(key) <= 60
        with server.monitor() as monitor:
            counters.count("write:x", seconds=60)
            commands = [monitor.next_command()["command"].split()[0] for _ in range(2)]
    assert commands == ["INCRBY", "EXPIRE"]


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_without_the_cache_everything_is_let_through(
    client: Client, redis_cache: Valkey, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    redis_cache.kill() if how == "killed" else redis_cache.pause()
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="techs.cache"):
        assert {post(client).status_code for _ in range(LIMIT + 4)} == {202}
    assert time.monotonic() - started < HANG
    assert len(caplog.records) == 1
    redis_cache.ensure_running()
    cache.breaker.close()
    # A paused server counts what it received meanwhile when it resumes.
    assert [post(client).status_code for _ in range(LIMIT + 1)][-1] == 429
