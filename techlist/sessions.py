"""Sessions in the database, read together with their users in one short statement.

Only the content of a session names its user. So each process remembers which user each session had, and joins that
user's row to the session's. If the content names another user, the remembered one is ignored.
"""

from typing import Any, cast

from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

_BACKEND = f"{ModelBackend.__module__}.{ModelBackend.__qualname__}"
_JOINED = (
    "SELECT auth_user.*, session_data FROM django_session JOIN auth_user ON auth_user.id = %s"
    " WHERE session_key = %s AND expire_date > %s"
)
# Sessions to remember.
_MOST = 10_000
_users: dict[str, str] = {}
"""The primary keys of users, as sessions store them, by session key."""


class SessionStore(db.SessionStore):
    """A session. Once it is loaded, user is its user if both were read together, else None."""

    user: User | None = None

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        found = _read(key, user=_users[key]) if key in _users else None
        data: dict[str, Any] = self.decode(found.session_data) if found else super().load()
        owner = data.get(auth.SESSION_KEY)
        self.user = found if found and owner == str(found.pk) else None
        _remember(key, owner)
        return data


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """Return the user of a request's session, as Django does, but without a query if it came with the session."""
    session = cast("SessionStore", request.session)
    is_plain = session.get(auth.BACKEND_SESSION_KEY) == _BACKEND
    user = session.user
    if user and user.is_active and is_plain and _is_valid(session, user):
        return user
    return auth.get_user(request)


def _is_valid(session: SessionStore, user: User) -> bool:
    """Return False for a session from before the user's password changed."""
    return constant_time_compare(session.get(auth.HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def _read(key: str, *, user: str) -> Any:
    """Return this user with the content of a session as session_data, or None if either is gone."""
    return next(iter(User.objects.raw(_JOINED, [user, key, timezone.now()])), None)


def _remember(key: str, user: str | None) -> None:
    if user is None:
        _users.pop(key, None)
        return
    if len(_users) >= _MOST:
        _users.clear()
    _users[key] = user
