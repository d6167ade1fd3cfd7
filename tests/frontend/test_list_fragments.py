"""The HTML of the list page that is cached for all visitors."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from frontend import dates
from frontend.presenters import list_fragments
from techs import cache
from techs.inventory import editing, outlook
from techs.models import Tech
from tests.support.factories import add
from tests.support.pages import page_of, text_of, texts, visit
from tests.support.round_trips import counted_round_trips
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
VIEWS = [
    ("/", {}),
    ("/", HTMX),
    ("/?q=django", {}),
    ("/?priority=critical,low&ordering=name&page_size=2", HTMX),
    ("/?tag=shop&owner=Ada", {}),
    ("/?include=all", {}),
    ("/?owner=Ada&owner=Grace", HTMX),
]
ROWS = {"frontend/_list_rows.html", "frontend/_list_head.html", "frontend/_overview.html"}


def names(client: Client, url: str = "/", **headers: str) -> list[str]:
    return texts(page_of(client.get(url, headers=headers)), ".row .name")


def a_list() -> None:
    for text in ("Django 3.2", "Django 5.2", "djano 4"):
        add(text, owner="Ada", tags=["shop"])


@pytest.mark.parametrize("url", ["/", "/?priority=critical", "/?owner=Ada", "/?owner=Ada&priority=critical"])
@pytest.mark.parametrize("failures", [0, 1, 2, 3])
def test_what_an_outage_leaves_out_is_not_cached(
    client: Client, monkeypatch: pytest.MonkeyPatch, url: str, failures: int
) -> None:
    a_list()
    whole = without_masks(client.get(url))
    cache.invalidate()
    read, left = outlook.read_both, iter(range(failures))

    def read_both(*args: Any, **options: Any) -> Any:
        for _ in left:
            raise OperationalError(2013, "Lost connection to server during query")
        return read(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(outlook, "read_both", read_both)
        response = client.get(url)
    assert (response.status_code, without_masks(response) == whole) == (200, not failures)
    assert without_masks(client.get(url)) == whole


@pytest.mark.parametrize(("url", "headers"), VIEWS)
def test_a_hit_takes_one_round_trip_no_query_and_renders_no_row(
    client: Client, url: str, headers: dict[str, str]
) -> None:
    a_list()
    first = client.get(url, headers=headers)
    assert not ROWS.isdisjoint(template.name for template in first.templates)
    with counted_round_trips() as sent, CaptureQueriesContext(connection) as queries:
        response = client.get(url, headers=headers)
    assert len(sent) == 1
    assert len(queries) == 0
    assert ROWS.isdisjoint(template.name for template in response.templates)


def test_a_miss_takes_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    """Several parts of the page show the numbers of the levels, which are read once."""
    a_list()
    client.get("/")
    cache.invalidate()
    with django_assert_max_num_queries(21) as queries:
        client.get("/")
    by_level = [query["sql"] for query in queries if "listcount" in query["sql"] and "'level'" in query["sql"]]
    assert len(by_level) == 1


def without_masks(response: Any) -> str:
    """Return the HTML without CSRF tokens, keys and times of forms, which differ each time, and without the state."""
    html: str = re.sub(r" data-[\w-]+=\S+(?=.*>)", "", response.content.decode())
    return re.sub(r'(name="(csrfmiddlewaretoken|key|seen_at)" value=)"[^"]+"', r"\1", html)


@pytest.mark.parametrize(("url", "headers"), VIEWS)
def test_a_hit_looks_like_a_miss(client: Client, url: str, headers: dict[str, str]) -> None:
    a_list()
    first, second = (client.get(url, headers=headers) for _ in range(2))
    assert without_masks(first) == without_masks(second)
    assert first.headers.keys() == second.headers.keys()


def test_page_and_fragment_share_the_rows(client: Client) -> None:
    a_list()
    client.get("/")
    fragment = client.get("/", headers=HTMX)
    assert ROWS.isdisjoint(template.name for template in fragment.templates)


def test_every_change_is_seen_at_once(client: Client) -> None:
    for url in ("/", "/?q=django"):
        assert names(client, url) == []
    tech = add("Django 3.2")
    assert [names(client, url) for url in ("/", "/?q=django")] == [["Django 3.2"]] * 2
    editing.edit(tech, owner="Ada")
    assert text_of(visit(client, "/"), ".row .owner") == "Ada"
    editing.remove(tech)
    assert "“Django 3.2” was removed" in text_of(visit(client, "/"), "main")
    assert names(client) == []


class _Clock(type):
    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, datetime)


@contextmanager
def days_later(days: int) -> Generator[None, None, None]:
    """Let the pages run on another day, without a change of the list."""

    class Later(datetime, metaclass=_Clock):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=days)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "datetime", Later)
        patch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(days=days))
        yield


def test_a_new_day_changes_rows(client: Client) -> None:
    tech = add("thing 1.0")
    end = dates.today() + timedelta(days=1)
    Tech.objects.filter(pk=tech.pk).update(end_of_life=end, ends_on=end)
    cache.invalidate()
    for days, words in ((0, "in 1 day"), (1, "today"), (2, "1 day ago"), (0, "in 1 day")):
        with days_later(days):
            for url in ("/", "/?q=thing"):
                assert text_of(visit(client, url), ".row .ends") == f"{dates.exact(end)}{words}"


def contents(stored: Any) -> str:
    """Return all that is in the cache."""
    return "".join(stored.get(key).decode() for key in stored.scan_iter("*techs:*"))


def ttl_of(stored: Any, text: bytes) -> float:
    """Return the seconds until the cached page with a text expires."""
    (key,) = [key for key in stored.scan_iter("*techs:*") if text in stored.get(key)]
    return float(stored.pttl(key) / 1000)


@pytest.mark.parametrize(
    ("age", "lasts"),
    [
        ({"submitted_at": timedelta(seconds=90)}, 30),
        ({"level_since": timedelta(seconds=100)}, 20),
        ({"level_since": timedelta(days=30, seconds=-15)}, 15),
        ({}, 60),
    ],
)
def test_rows_are_cached_until_a_mark_changes(
    client: Client, redis_cache: Valkey, age: dict[str, timedelta], lasts: int
) -> None:
    tech = add("Django 3.2")
    now = timezone.now()
    long_ago = {"submitted_at": now - timedelta(days=99), "level_since": now - timedelta(days=99)}
    moments = long_ago | {name: now - before for name, before in age.items()}
    Tech.objects.filter(pk=tech.pk).update(previous_level="low", **moments)
    cache.invalidate()
    visit(client, "/")
    left = ttl_of(redis.Redis(port=redis_cache.port), b'class=\\"row is-')
    assert lasts - 15 < left <= lasts


def test_nothing_about_a_visitor_is_cached(redis_cache: Valkey) -> None:
    add("djano 3.2")
    for theme, density in (("dark", "compact"), ("light", "")):
        client = Client()
        client.cookies["theme"], client.cookies["density"] = theme, density
        page = visit(client, "/")
        assert page.html["data-theme"] == theme  # type: ignore[index]
        stored = contents(redis.Redis(port=redis_cache.port))
        assert "<tr" in stored
        for secret in (client.cookies["csrftoken"].value, "csrfmiddlewaretoken", "<form", theme, "aria-pressed"):
            assert secret not in stored


def test_a_fragment_sets_no_cookie(client: Client) -> None:
    add("djano 3.2")
    for _ in range(2):
        assert not client.get("/", headers=HTMX).cookies


def test_html_of_another_version_is_not_used(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    add("Django 3.2")
    visit(client, "/")
    monkeypatch.setattr(list_fragments, "_version", lambda: "other templates")
    assert "frontend/_list_rows.html" in {template.name for template in client.get("/").templates}
    settings.VERSION = "99"
    assert "frontend/_list_rows.html" in {template.name for template in client.get("/").templates}


def test_templates_decide_the_version() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", list_fragments._version())


def test_without_redis_the_page_is_complete(client: Client, redis_cache: Valkey) -> None:
    a_list()
    shown = without_masks(client.get("/"))
    redis_cache.kill()
    assert without_masks(client.get("/")) == shown
    redis_cache.ensure_running()


def test_users_share_the_html_and_see_only_their_own_name(settings: Any) -> None:
    settings.ACCESS = "login"
    add("djano 3.2")
    for user in [User.objects.create_user(name) for name in ("ada", "grace")]:
        client, name = Client(), user.username
        client.force_login(user)
        page = visit(client, "/")
        assert text_of(page, ".person summary") == name
        assert names(client) == ["djano 3.2"]
