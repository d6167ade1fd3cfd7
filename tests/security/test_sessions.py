"""A session comes with its user in one statement, and ends as Django's own do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from techlist import sessions
from techlist.sessions import SessionStore, user_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="first")


def log_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


def ask(key: str) -> User | AnonymousUser:
    request = RequestFactory().get("/")
    request.session = SessionStore(key)
    return user_of(request)


@pytest.fixture
def key(ada: User) -> str:
    """Return the key of a session that this process knows."""
    key = log_in(ada)
    assert ask(key) == ada
    return key


def test_known_sessions_take_one_query(ada: User, django_assert_num_queries: Any) -> None:
    key = log_in(ada)
    sessions._users.clear()
    for number in (2, 1, 1):
        with django_assert_num_queries(number):
            assert ask(key) == ada
    found = ask(key)
    assert {field.name: getattr(found, field.attname) for field in User._meta.concrete_fields} == {
        field.name: getattr(User.objects.get(), field.attname) for field in User._meta.concrete_fields
    }


def test_pages_take_one_query_for_both(ada: User, django_assert_num_queries: Any) -> None:
    client = Client()
    client.force_login(ada)
    for number in (2, 1):
        sessions._users.clear() if number == 2 else None
        with django_assert_num_queries(number):
            assert client.get("/admin/password_change/done/").status_code == 302  # ada is no administrator


def end_session(key: str) -> None:
    Session.objects.filter(session_key=key).delete()


def expire(key: str) -> None:
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))


def deactivate(key: str) -> None:
    User.objects.update(is_active=False)


def change_password(key: str) -> None:
    user = User.objects.get()
    user.set_password("second")
    user.save()


def delete_user(key: str) -> None:
    User.objects.all().delete()


def use_another_backend(key: str) -> None:
    session = SessionStore(key)
    session[BACKEND_SESSION_KEY] = "no.longer.installed"
    session.save()


def break_content(key: str) -> None:
    Session.objects.filter(session_key=key).update(session_data="forged")


@pytest.mark.parametrize(
    "end", [end_session, expire, deactivate, change_password, delete_user, use_another_backend, break_content]
)
def test_ended(key: str, end: Callable[[str], None]) -> None:
    end(key)
    assert isinstance(ask(key), AnonymousUser)
    assert isinstance(ask(key), AnonymousUser)


def test_logged_out(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    key = str(client.session.session_key)
    assert ask(key) == ada
    client.logout()
    assert isinstance(ask(key), AnonymousUser)


def test_a_wrong_guess_is_only_slow(key: str, ada: User) -> None:
    other = User.objects.create_user("bob", password="other")
    sessions._users[key] = str(other.pk)
    assert ask(key) == ada
    assert sessions._users[key] == str(ada.pk)


def test_a_changed_secret(key: str, ada: User, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, of at least fifty characters, and quite random"
    assert ask(key) == ada


def test_memory_is_limited(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_MOST", 3)
    sessions._users.clear()
    for _ in range(5):
        assert ask(log_in(ada)) == ada
    assert len(sessions._users) <= 3


def test_sessions_without_a_user_are_not_remembered() -> None:
    session = SessionStore()
    session["chosen"] = "dark"
    session.save()
    key = str(session.session_key)
    assert isinstance(ask(key), AnonymousUser)
    assert key not in sessions._users
    assert SessionStore(key)["chosen"] == "dark"
