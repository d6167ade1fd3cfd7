"""Undo: what was taken off the list comes back."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from frontend.answers import Request, refuse, refuse_too_many, see_other
from frontend.tech_views import CACHE_AWAY, RETRY_AFTER
from techs import assessments, throttling
from techs.models import Removal

TOO_LATE = "This can no longer be undone: it is too long ago, or somebody has undone it already."
ADDED_AGAIN = "It has been added again meanwhile, so nothing was undone."


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: Request, uuid: UUID) -> HttpResponse:
    """Bring a technology back. Works without JavaScript."""
    if request.method != "POST":
        # Somebody loads the address of a refused form again.
        return redirect("frontend:list")
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    try:
        tech = assessments.restore(uuid)
    except Removal.DoesNotExist:
        messages.warning(request, TOO_LATE)
    except assessments.AlreadyListed:
        messages.warning(request, ADDED_AGAIN)
    except RedisError:
        if not assessments.undoable().filter(uuid=uuid).exists():
            raise  # it was done, and the cache went away between that and the end
        response = refuse(request, CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = RETRY_AFTER
        return response
    else:
        messages.success(request, f"“{tech.name}” is on the list again.")
    return see_other(reverse("frontend:list"))


def removed(request: HttpRequest) -> Removal | None:
    """The removal that somebody was sent back to the list with, while it can be undone. A made-up one is none."""
    try:
        uuid = UUID(request.GET.get("removed", ""))
    except ValueError:
        return None
    return assessments.undoable().filter(uuid=uuid).first()
