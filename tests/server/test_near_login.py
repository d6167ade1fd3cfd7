"""With logins, the near cache repeats responses only to the program whose access was checked, until it changes."""

from collections.abc import Callable, Generator
from datetime import timedelta

import httpx
import pytest
import redis
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from techlist.local.processes import wait_until
from techs import cache, tokens
from techs.exports import feed_tokens
from techs.models import APIToken, PendingInvalidation, Subscription, TokenScope
from tests.support.factories import add
from tests.support.servers import Servers, Valkey
from tests.support.services import Web

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]

FEED = "/api/techs/export.csv"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def client(login_web_process: Web) -> Generator[httpx.Client, None, None]:
    add("Django 3.2")
    with httpx.Client(base_url=login_web_process.url, headers={"Accept": "application/json"}, timeout=20) as client:
        yield client


def is_kept(servers: Servers, read: Callable[[], httpx.Response]) -> bool:
    return servers.cache.is_only_asked_for_token(lambda: read().raise_for_status())


ENDS: dict[str, Callable[[APIToken], object]] = {
    "revoked": lambda token: tokens.revoke(token.user, pk=token.pk),
    "deleted": lambda token: token.delete(),
    "all deleted": lambda token: APIToken.objects.all().delete(),
    "expired": lambda token: _save(token, expiry=timezone.now() - timedelta(days=1)),
    "scope": lambda token: _save(token, scope="none"),
    "user deactivated": lambda token: _save(token.user, is_active=False),
    "user deleted": lambda token: token.user.delete(),
    "update": lambda token: User.objects.update(is_active=False),
}
AT_ONCE = ENDS.keys() - {"update"}


def _save(row: APIToken | User, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


@pytest.mark.parametrize("end", ENDS)
def test_access_ends(client: httpx.Client, servers: Servers, user: User, end: str) -> None:
    token, text = tokens.create(user)
    other = tokens.create(User.objects.create_user("bob"), scope=TokenScope.READ)[1]

    def read(text: str = text) -> httpx.Response:
        return client.get("/get", headers={"Authorization": f"Token {text}"})

    assert wait_until(lambda: is_kept(servers, read), timeout=60)
    assert client.get("/get").status_code == 401
    assert read(text[:-1]).status_code == 401
    assert read(other).status_code == 200
    assert wait_until(lambda: is_kept(servers, read), timeout=60)
    ENDS[end](token)
    if end in AT_ONCE:
        assert read().status_code in {401, 403}
    # Changes that send no signal are seen after a second.
    assert wait_until(lambda: read().status_code in {401, 403}, timeout=60)


def test_token_expires_at_its_moment(client: httpx.Client, servers: Servers, user: User) -> None:
    """An expiry sends no signal, so its moment is kept with the response."""
    token, text = tokens.create(user)
    ends = timezone.now() + timedelta(seconds=3)
    _save(token, expiry=ends)

    def read() -> int:
        return client.get("/get", headers={"Authorization": f"Token {text}"}).status_code

    while timezone.now() < ends:
        assert read() == 200 or timezone.now() >= ends
    assert read() == 401


def test_feed_token_ends(client: httpx.Client, servers: Servers, user: User) -> None:
    subscription, text = feed_tokens.create(user, name="Calendar")

    def read() -> httpx.Response:
        return client.get(FEED, params={"token": text})

    assert wait_until(lambda: is_kept(servers, read), timeout=60)
    assert client.get(FEED, params={"token": text[:-1]}).status_code == 401
    feed_tokens.revoke(user, pk=subscription.pk)
    assert read().status_code == 401
    assert not Subscription.objects.exists()


CHANGES: dict[str, Callable[[User, Group], object]] = {
    "user": lambda user, group: _save(user, first_name="Ada"),
    "group": lambda user, group: Group.objects.create(name="b"),
    "member": lambda user, group: user.groups.add(group),
    "members": lambda user, group: group.user_set.set([user]),
    "permission of a user": lambda user, group: user.user_permissions.set(Permission.objects.all()[:1]),
    "permission of a group": lambda user, group: group.permissions.add(Permission.objects.all()[0]),
    "token": lambda user, group: tokens.create(user),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_access_is_invalidated(servers: Servers, user: User, change: str) -> None:
    group = Group.objects.create(name="a")
    with redis.Redis(port=servers.cache.port) as valkey:
        valkey.set(cache.token_key(), "t1")
        CHANGES[change](user, group)
        assert valkey.get(cache.token_key()) is None
        assert not PendingInvalidation.objects.exists()
        valkey.set(cache.token_key(), "t1")
        user.save(update_fields=["last_login"])
        assert valkey.get(cache.token_key()) == b"t1"


def test_change_without_the_cache_is_invalidated_later(redis_cache: Valkey, user: User) -> None:
    redis_cache.kill()
    _save(user, is_active=False)
    assert PendingInvalidation.objects.count() == 1
