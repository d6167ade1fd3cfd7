"""The actor of the current request, task or command."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest

from techs.models import ActorKind, APIToken
from techs.models.activity import ACTOR_MAX_LENGTH, VIA_MAX_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user, a program or an anonymous client.

    name: of the user, else empty. via: the token or command that the actor used. request_id: of the HTTP request.
    """

    kind: ActorKind
    name: str = ""
    via: str = ""
    request_id: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """Return the values of ActorFields."""
        return {
            "actor_kind": self.kind.value,
            "actor": self.name[:ACTOR_MAX_LENGTH],
            "via": self.via[:VIA_MAX_LENGTH],
            "request_id": self.request_id,
        }


WORKER = Actor(kind=ActorKind.WORKER)
# Finds the current actor. It is called at each write, so a user may log in on the way.
source: ContextVar[Callable[[], Actor]] = ContextVar("actor")


def current() -> Actor:
    """Return the actor of this request or task. Outside both, a command is running."""
    find = source.get(None)
    return find() if find else Actor(kind=ActorKind.COMMAND, via=" ".join(sys.argv[1:2]))


@contextmanager
def acting(find: Callable[[], Actor]) -> Generator[None, None, None]:
    """Make the result of find the current actor."""
    token = source.set(find)
    try:
        yield
    finally:
        source.reset(token)


def of_request(request: HttpRequest, *, request_id: str) -> Actor:
    user, token = getattr(request, "user", None), getattr(request, "auth", None)
    if not isinstance(user, User):
        return Actor(kind=ActorKind.ANONYMOUS, request_id=request_id)
    name = user.get_username()
    if isinstance(token, APIToken):
        return Actor(kind=ActorKind.TOKEN, name=name, via=token.name or str(token), request_id=request_id)
    return Actor(kind=ActorKind.USER, name=name, request_id=request_id)
