"""Undo removals and edits. The views work without JavaScript."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TypeAlias
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from frontend.navigation import way_to_list, way_to_tech
from frontend.responses import Request, refuse, refuse_too_many, retry_later, see_other
from frontend.views.tech_detail import CACHE_AWAY
from techs.api import throttling
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse
from techs.inventory import undo
from techs.models import Edit, Removal, Tech

TOO_LATE = "This can no longer be undone. The time is up, or someone has already undone it."
ADDED_AGAIN = "Nothing was undone, because the technology has been added again."
CHANGED_AGAIN = "Nothing was undone, because someone has changed the same field since."
_WORDS: dict[type[Exception], str] = {
    Removal.DoesNotExist: TOO_LATE,
    Edit.DoesNotExist: TOO_LATE,
    Tech.DoesNotExist: TOO_LATE,
    AlreadyListed: ADDED_AGAIN,
    ChangedMeanwhile: CHANGED_AGAIN,
}

Undo: TypeAlias = Callable[[Request, UUID], HttpResponse]


def undoing(change: Undo) -> Undo:
    """Decorate a view that undoes something: limit writes, and explain why nothing was undone."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(change)
    def view(request: Request, uuid: UUID) -> HttpResponse:
        if request.method != "POST":
            # The user reloaded the page that showed an error.
            return redirect(way_to_list(request))
        if wait := throttling.seconds_to_wait(request):
            return refuse_too_many(request, wait)
        try:
            return change(request, uuid)
        except tuple(_WORDS) as error:
            messages.warning(request, _WORDS[type(error)])
            return see_other(way_to_list(request))
        except InUse as error:
            messages.warning(request, f"Nothing was undone. {error}")
            return see_other(way_to_list(request))
        except RedisError:
            if not undo.can_be_undone(uuid):
                raise  # committed, but the cache failed afterwards
            return retry_later(refuse(request, CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE))

    return view


@undoing
def restore(request: Request, uuid: UUID) -> HttpResponse:
    tech = undo.restore(uuid)
    messages.success(request, f"“{tech.name}” is on the list again.")
    return see_other(way_to_list(request))


@undoing
def undo_edit(request: Request, uuid: UUID) -> HttpResponse:
    tech = undo.revert(uuid)
    messages.success(request, f"“{tech.name}” is back to {tech.level.title()}, {tech.action}.")
    return see_other(way_to_tech(request, tech.pk))
