"""Every request that writes leaves its activity: who, in which request, which kind, which objects."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import httpx
import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path, resolve

from techs import tokens
from techs.activity import recording
from techs.models import Action, APIToken, Change, Subscription
from tests.security.test_access import example
from tests.support.activity import described, newest_action, work
from tests.support.browser import PASSWORD, browser, log_in
from tests.support.counts import check_counts
from tests.support.services import Web
from tests.support.writes import API, NEW_PASSWORD, PAGES, READS, WRITES, Sent, World, Write

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("POST", "PUT", "PATCH", "DELETE")
# Pages of the admin that belong to no model. They write sessions at most.
ADMIN_READS = {
    *("index", "login", "logout", "password_change", "password_change_done"),
    *("autocomplete", "jsi18n", "view_on_site", "app_list"),
}


class Sender(Protocol):
    def __call__(self, method: str, sent: Sent, *, request_id: str) -> tuple[int, str]:
        """Send a request. Return the status and the request id in the response."""


@dataclass(frozen=True)
class Who:
    kind: str
    name: str = ""
    via: str = ""


@pytest.fixture
def world() -> World:
    return World(User.objects.create_superuser("root", password=PASSWORD))


def key_of(write: Write, sent: Sent) -> str:
    """Return the method and the route, and the bulk action of the admin if there is one."""
    route = resolve(sent.path.partition("?")[0]).route
    return " ".join(filter(None, [write.method, route, sent.action]))


def problems(writes: Iterable[Write], world: World, send: Sender, who: Who) -> dict[str, str]:
    """Send each request, and return those that did not leave exactly their activity."""
    found = {}
    for write in writes:
        sent = write.prepare(world)
        work()
        if problem := _problem(write, sent, send, who):
            found[key_of(write, sent)] = problem
    return found


def _problem(write: Write, sent: Sent, send: Sender, who: Who) -> str:
    last, request_id = newest_action(), f"test-{uuid4()}"
    status, returned = send(write.method, sent, request_id=request_id)
    work()
    actions = list(Action.objects.filter(pk__gt=last).order_by("pk"))
    left = tuple(described(action) for action in actions)
    check_counts()
    if left != write.activity:
        return f"{status}: {', '.join(left) or 'nothing'}"
    authors = {(action.actor_kind, action.actor, action.via, action.request_id) for action in actions}
    expected = {(who.kind, who.name, who.via, request_id)} if write.activity else set()
    return "" if (authors, returned) == (expected, request_id) else f"{status}: {authors}, {returned}"


def over_http(client: httpx.Client, headers: Callable[[], Mapping[str, str]]) -> Sender:
    def send(method: str, sent: Sent, *, request_id: str) -> tuple[int, str]:
        given = {"Content-Type": sent.content_type, "X-Request-ID": request_id, **headers()}
        response = client.request(method, sent.path, content=sent.body, headers=given)
        return response.status_code, response.headers.get("X-Request-ID", "")

    return send


def in_process(client: Callable[[], Client]) -> Sender:
    def send(method: str, sent: Sent, *, request_id: str) -> tuple[int, str]:
        headers = {"X-Request-ID": request_id}
        response = client().generic(method, sent.path, sent.body, content_type=sent.content_type, headers=headers)
        return response.status_code, response.headers.get("X-Request-ID", "")

    return send


def anonymous() -> Sender:
    return in_process(Client)


def test_every_write_of_a_user(login_web_process: Web, world: World) -> None:
    with browser(login_web_process) as person:
        log_in(person, "root")
        send = over_http(person, lambda: {"X-CSRFToken": person.cookies["csrftoken"]})
        assert problems(WRITES, world, send, Who("user", "root")) == {}
    assert not {secret for secret in secrets() if secret in str(list(Change.objects.values("name", "fields")))}


def secrets() -> Iterator[str]:
    yield from (PASSWORD, NEW_PASSWORD, "hooks.example.org", "whsec_")
    for model, field in ((User, "password"), (APIToken, "digest"), (APIToken, "token_key"), (Subscription, "digest")):
        yield from model._default_manager.values_list(field, flat=True)


def test_every_write_with_a_token(login_web_process: Web, world: World) -> None:
    _, text = tokens.create(world.root, name="Pipeline")
    with httpx.Client(base_url=login_web_process.url, timeout=10) as program:
        send = over_http(program, lambda: {"Authorization": f"Token {text}"})
        assert problems(API, world, send, Who("token", "root", "Pipeline")) == {}


def test_every_write_of_the_anonymous(world: World) -> None:
    open_to_all = [write for write in (*API, *PAGES) if not write.needs_login]
    assert problems(open_to_all, world, anonymous(), Who("anonymous")) == {}


def test_requests_that_store_nothing_leave_none(world: World) -> None:
    def client() -> Client:
        logged_in = Client()
        logged_in.force_login(world.root)
        return logged_in

    assert problems(READS, world, in_process(client), Who("user", "root")) == {}


def test_a_write_that_is_not_recorded_is_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the same walk finds a route without its record."""
    monkeypatch.setattr(recording, "record", lambda *args, **options: None)
    assert all(problems([write], world, anonymous(), Who("anonymous")) for write in API)


def test_a_write_of_somebody_else_is_reported(world: World) -> None:
    """Control: so is one with another actor."""
    [write, *_] = API
    assert problems([write], world, anonymous(), Who("user", "root")) != {}
    assert problems([write], world, anonymous(), Who("anonymous")) == {}


def test_every_route_has_an_example(world: World) -> None:
    """Without one, a new route fails here: add its request to tests/support/writes.py."""
    known = {key_of(write, write.prepare(world)) for write in (*WRITES, *READS)}
    required = {*routes_that_write(world, get_resolver().url_patterns), *admin_pages_that_write(world)}
    assert sorted(required - known) == []
    assert len(required) > 80


def test_a_new_route_is_reported(world: World) -> None:
    """Control: a route is found, and methods that it refuses are not."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse(status=405 if request.method == "PUT" else 200)

    patterns = [path("new/<int:pk>/", view)]
    with override_settings(ROOT_URLCONF=tuple(patterns)):
        found = set(routes_that_write(world, patterns))
    assert found == {f"{method} new/<int:pk>/" for method in ("POST", "PATCH", "DELETE")}


def routes_that_write(world: World, patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield each route outside of the admin with the methods that it does not refuse."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and pattern.app_name == "admin":
            assert {each.name for each in pattern.url_patterns if isinstance(each, URLPattern) and each.name} == {
                *ADMIN_READS
            }
        elif isinstance(pattern, URLResolver):
            yield from routes_that_write(world, pattern.url_patterns, route)
        else:
            yield from (f"{method} {route}" for method in METHODS if not _refuses(world, method, f"/{example(route)}"))


def _refuses(world: World, method: str, address: str) -> bool:
    client = Client()
    client.force_login(world.root)
    return client.generic(method, address).status_code == 405


def admin_pages_that_write(world: World) -> Iterator[str]:
    """Yield the pages of the admin that accept a POST, and its bulk actions. Django's own look only at POST."""
    request = RequestFactory().get("/")
    request.user = world.root
    for model, page in django_admin.site._registry.items():
        label = model._meta.label_lower.replace(".", "/")
        start = f"POST admin/{label}/"
        allowed = {
            "add/": page.has_add_permission(request),
            "<path:object_id>/change/": page.has_change_permission(request),
            "<path:object_id>/delete/": page.has_delete_permission(request),
        }
        yield from (start + end for end, is_allowed in allowed.items() if is_allowed)
        yield from (f"{start} {action}" for action in page.get_actions(request))
        own = {f"{model._meta.app_label}_{model._meta.model_name}_{name}" for name in _MODEL_PAGES}
        yield from (start + str(url.pattern) for url in page.get_urls() if url.name and url.name not in own)


_MODEL_PAGES = ("changelist", "add", "history", "delete", "change")
