"""Undo actions. The view works without JavaScript."""

from collections.abc import Iterator
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from frontend.navigation import way_to_list, way_to_tech
from frontend.presenters.overview import count_of_techs
from frontend.responses import Request, refuse, refuse_too_many, render_page, retry_later, see_other
from frontend.views.tech_detail import CACHE_AWAY
from techs.api import throttling
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse, NotInUse
from techs.inventory import undo
from techs.inventory.reverting import Undone
from techs.models import Action, Tech

# A message names at most this many changes that were not undone.
_NAMED = 3
TOO_LATE = "This can no longer be undone. The time is up, or somebody has already undone it."


@require_http_methods(["GET", "HEAD", "POST"])
def undo_action(request: Request, pk: int) -> HttpResponse:
    """Undo an action, or explain why nothing was undone."""
    if request.method != "POST":
        # The user reloaded the page that showed an error.
        return redirect(way_to_list(request))
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    try:
        return _report(request, undo.undo(pk, partly="partly" in request.POST))
    except (Action.DoesNotExist, Tech.DoesNotExist):
        messages.warning(request, TOO_LATE)
        return see_other(_way_back(request))
    except (AlreadyListed, ChangedMeanwhile, InUse, NotInUse) as error:
        return _refuse(request, pk, f"Nothing was undone. {error}")
    except RedisError:
        if not undo.undoable().filter(pk=pk).exists():
            raise  # committed, but the cache failed afterwards
        return retry_later(refuse(request, CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE))


def _refuse(request: Request, pk: int, problem: str) -> HttpResponse:
    """Explain why nothing was undone and, if others of its changes can be undone, offer that."""
    action = undo.undoable().filter(pk=pk).first()
    if action is None or action.count == 1 or not undo.are_separate(action.changes.all()):
        return refuse(request, problem, status=HTTPStatus.CONFLICT)
    context = {"detail": problem, "action": action, "is_from_activity": _is_from_activity(request)}
    return render_page(request, "frontend/undo_partly.html", context, status=HTTPStatus.CONFLICT)


def _report(request: Request, undone: Undone) -> HttpResponse:
    """Confirm the undo: in the activity, on the page of the only technology that changed, or on the list."""
    messages.success(request, " ".join([_words(undone), *_kept(undone)]))
    if _is_from_activity(request):
        return see_other(_way_back(request))
    if undone.count == len(undone.changed) == 1:
        return see_other(way_to_tech(request, undone.changed[0].pk))
    return see_other(_way_back(request))


def _is_from_activity(request: Request) -> bool:
    return "activity" in request.POST


def _way_back(request: Request) -> str:
    return reverse("frontend:activity") if _is_from_activity(request) else way_to_list(request)


def _kept(undone: Undone) -> Iterator[str]:
    """Yield a sentence for each change that was not undone, with the reason."""
    for each in undone.kept[:_NAMED]:
        yield each.reason if each.name in each.reason else f"“{each.name}” stays as it is: {each.reason}"
    if (more := len(undone.kept) - _NAMED) > 0:
        yield f"{more:,} more {'stays' if more == 1 else 'stay'} as {'it is' if more == 1 else 'they are'}."


def _words(undone: Undone) -> str:
    if len(undone.restored) == 1:
        return f"“{undone.restored[0].name}” is on the list again."
    if undone.count != 1:
        return f"{count_of_techs(undone.count)} are as they were before."
    [tech] = [*undone.changed, *undone.removed]
    if undone.removed:
        return f"“{tech.name}” is no longer on the list."
    return f"“{tech.name}” is back to {tech.shown_level.title()}, {tech.action}."
