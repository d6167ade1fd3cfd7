"""The page of one technology, and the edits on it. All views work without JavaScript."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event
from redis.exceptions import RedisError

from frontend.forms.tech import EditForm, TextForm
from frontend.navigation import way_to_list, way_to_tech
from frontend.presenters.submission_status import url_with
from frontend.presenters.tech_detail import Detail
from frontend.responses import Request, refuse, refuse_too_many, render_page, retry_later, see_other, username
from techs.api import throttling
from techs.assessment.assessor import Assessor
from techs.exceptions import InUse, NotInUse
from techs.inventory import editing, undo
from techs.models import Tech
from techs.submissions import splitting

GONE = "This technology is no longer on the list. Nothing was changed."
CACHE_AWAY = "The server cannot reach its cache. Nothing was changed. Try again in a few seconds."
NOT_SEVERAL = "This no longer looks like several technologies. Nothing was changed."
NOTHING = "Nothing was changed."
KEPT = "This stays on the list even when no service uses it any more."
LEAVES = "This leaves the list when no service uses it any more."
_KEEP = {"yes": True, "no": False}

Change: TypeAlias = Callable[[Request, Tech], HttpResponse]


def changing(change: Change) -> Callable[[Request, int], HttpResponse]:
    """Decorate a view that changes a technology: limit writes, and handle a missing row or cache."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(change)
    def view(request: Request, pk: int) -> HttpResponse:
        if request.method != "POST":
            # The user reloaded the page that showed an invalid form.
            return redirect(way_to_tech(request, pk))
        if wait := throttling.seconds_to_wait(request):
            return refuse_too_many(request, wait)
        tech = Tech.objects.filter(pk=pk).first()
        if tech is None:
            return _gone(request)
        return _tried(change, request, tech)

    return view


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    if request.method == "POST":
        return _edit(request, pk)
    tech = Tech.objects.filter(pk=pk).first()
    if tech is None:
        return refuse(request, "This technology is not on the list.", status=HTTPStatus.NOT_FOUND)
    return _show(request, tech)


@changing
def rename(request: Request, tech: Tech) -> HttpResponse:
    """Change the text of a technology, also by accepting a suggestion."""
    form = TextForm(request.POST)
    if not form.is_valid():
        return _refuse_text(request, tech, form)
    renamed = editing.edit(tech, text=form.cleaned_data["text"], by=username(request))
    if request.htmx:
        context = {"tech": renamed, "before": tech, "undo_url": _undo_url(tech, renamed)}
        return _refresh_list(render_page(request, "frontend/_renamed.html", context), tech=renamed)
    messages.success(request, _renamed_words(tech, renamed))
    # If another row was removed, return to the list, which offers undo.
    stays = "stay" in request.POST and renamed.pk == tech.pk
    return see_other(way_to_tech(request, renamed.pk) if stays else way_to_list(request))


@changing
def remove(request: Request, tech: Tech) -> HttpResponse:
    """Remove a technology. The list then offers undo."""
    if editing.remove(tech) is None:
        return _gone(request)
    return see_other(way_to_list(request))


@changing
def keep(request: Request, tech: Tech) -> HttpResponse:
    """Keep a technology on the list without services, or let it leave with its last one."""
    by_hand = _KEEP.get(request.POST.get("by_hand", ""))
    if by_hand is None:
        return refuse(request, NOTHING, status=HTTPStatus.BAD_REQUEST)
    editing.edit(tech, by_hand=by_hand)
    messages.success(request, KEPT if by_hand else LEAVES)
    return see_other(way_to_tech(request, tech.pk))


@changing
def split(request: Request, tech: Tech) -> HttpResponse:
    """Replace a technology whose text lists several with one row for each. The list then offers undo."""
    parts = Assessor.current().several_in(tech)
    if not parts:
        messages.warning(request, NOT_SEVERAL)
        return see_other(way_to_tech(request, tech.pk))
    added = splitting.split(tech, parts)
    if added is None:
        return _gone(request)
    return see_other(url_with(added, on=way_to_list(request)))


@changing
def _edit(request: Request, tech: Tech) -> HttpResponse:
    form = EditForm(request.POST, tech=tech)
    if not form.is_valid():
        return _show(request, tech, form=form, status=HTTPStatus.BAD_REQUEST)
    changes = form.changes()
    try:
        saved = editing.edit(tech, **changes) if changes else tech
    except RedisError:
        if not _is_unchanged(tech):
            raise
        # Show the form again, with the values that were typed.
        return retry_later(_show(request, tech, form=form, problem=CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE))
    messages.success(request, f"Saved.{_moved_words(tech, saved)}" if changes else NOTHING)
    return see_other(way_to_tech(request, tech.pk))


def _tried(change: Change, request: Request, tech: Tech) -> HttpResponse:
    try:
        return change(request, tech)
    except Tech.DoesNotExist:
        return _gone(request)
    except (InUse, NotInUse) as error:
        return refuse(request, str(error), status=HTTPStatus.CONFLICT)
    except RedisError:
        if not _is_unchanged(tech):
            raise
        return retry_later(refuse(request, CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE))


def _show(request: HttpRequest, tech: Tech, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    """Render the page. context may contain a bound form or text_form, and a problem."""
    defaults = {
        "detail": Detail.read(tech),
        "form": EditForm(tech=tech),
        "text_form": TextForm(initial={"text": tech.name}),
    }
    return render_page(request, "frontend/detail.html", defaults | context, status=status)


def _refuse_text(request: Request, tech: Tech, form: TextForm) -> HttpResponse:
    if request.htmx:
        problem = " ".join(map(str, form.errors["text"]))
        return render_page(request, "frontend/_not_renamed.html", {"problem": problem})
    return _show(request, tech, text_form=form, status=HTTPStatus.BAD_REQUEST)


def _moved_words(before: Tech, after: Tech) -> str:
    levels = before.shown_level.title(), after.shown_level.title()
    return "" if levels[0] == levels[1] else f" The level changed from {levels[0]} to {levels[1]}."


def _renamed_words(before: Tech, after: Tech) -> str:
    if before.pk != after.pk:
        return f"“{after.name}” was already on the list, so “{before.name}” was removed."
    if before.name == after.name:
        return NOTHING
    return f"“{before.name}” is now “{after.name}”: {after.shown_level.title()}, {after.action}."


def _undo_url(before: Tech, after: Tech) -> str | None:
    change = undo.last_edit(after) if before.pk == after.pk else undo.last_removal(before)
    return reverse("frontend:undo", args=[change.action_id]) if change else None


def _gone(request: Request) -> HttpResponse:
    if request.htmx:
        return _refresh_list(render_page(request, "frontend/_not_renamed.html", {"problem": GONE}))
    messages.warning(request, GONE)
    return see_other(way_to_list(request))


def _refresh_list(response: HttpResponse, *, tech: Tech | None = None) -> HttpResponse:
    return trigger_client_event(response, "techs-changed", {"tech": tech.pk} if tech else {})


def _is_unchanged(tech: Tech) -> bool:
    return Tech.objects.filter(pk=tech.pk, edited_at=tech.edited_at).exists()
