"""Save, change and remove views of the list, and choose the one that opens first. No page needs JavaScript."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.saved_view import ViewForm
from frontend.navigation import referring_url, way_to_list
from frontend.presenters.saved_views import ViewMenu, open_with
from frontend.responses import Request, refuse, refuse_too_many, render_page, see_other
from techs.api import throttling
from techs.exceptions import ViewExists
from techs.inventory import saved_views
from techs.models import SavedView

NOT_FOUND = "There is no such view. Perhaps somebody has removed it."

Change: TypeAlias = Callable[..., HttpResponse]


def changing(change: Change) -> Change:
    """Decorate a view that changes saved views: limit writes, and handle a missing one."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(change)
    def view(request: Request, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            # The user reloaded the page that showed an invalid form.
            return redirect("frontend:views")
        if wait := throttling.seconds_to_wait(request):
            return refuse_too_many(request, wait)
        try:
            return change(request, **kwargs)
        except SavedView.DoesNotExist:
            return refuse(request, NOT_FOUND, status=HTTPStatus.NOT_FOUND)

    return view


@require_safe
def show(request: Request) -> HttpResponse:
    """Show all views, with forms that change them."""
    return _show(request)


@changing
def save(request: Request) -> HttpResponse:
    """Save the list that the visitor sees, and show it again."""
    form = ViewForm({"name": request.POST.get("name", ""), "query": _query(request)})
    if not form.is_valid():
        return _show(request, form=form, problems=form.problems, status=HTTPStatus.BAD_REQUEST)
    try:
        view, is_new = saved_views.create(**form.cleaned_data)
    except ViewExists as error:
        return _show(request, form=form, problems=[str(error)], status=HTTPStatus.CONFLICT)
    messages.success(request, f"“{view.name}” is saved." if is_new else f"“{view.name}” was saved before.")
    return see_other(_address(view.query))


@changing
def change(request: Request, pk: int) -> HttpResponse:
    """Rename a view or, from a list, let it show that list."""
    stored = SavedView.objects.get(pk=pk)
    form = ViewForm({"name": request.POST.get("name", stored.name), "query": request.POST.get("query", stored.query)})
    if not form.is_valid():
        return _show(request, problems=form.problems, status=HTTPStatus.BAD_REQUEST)
    try:
        view = saved_views.change(pk, **form.cleaned_data)
    except ViewExists as error:
        return _show(request, problems=[str(error)], status=HTTPStatus.CONFLICT)
    messages.success(request, f"“{view.name}” is saved.")
    return see_other(_way_back(request))


@changing
def remove(request: Request, pk: int) -> HttpResponse:
    view = saved_views.remove(pk)
    messages.success(request, f"“{view.name}” is removed. Its technologies stay on the list.")
    return see_other(_way_back(request))


@changing
def start(request: Request, pk: int) -> HttpResponse:
    """Let Techlist open with a view for this person."""
    view = SavedView.objects.get(pk=pk)
    messages.success(request, f"Techlist now opens with “{view.name}” for you.")
    return open_with(request, see_other(_way_back(request)), view)


@changing
def start_with_all(request: Request) -> HttpResponse:
    """Let Techlist open with the whole list for this person."""
    messages.success(request, "Techlist now opens with the whole list for you.")
    return open_with(request, see_other(_way_back(request)), None)


def _show(request: Request, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    defaults = {"menu": ViewMenu.read(request), "form": ViewForm()}
    return render_page(request, "frontend/views.html", defaults | context, status=status)


def _query(request: Request) -> str:
    """Return the query of the list that the visitor came from.

    A script may have changed the list since the form was rendered, so the address of the page takes precedence.
    """
    page = referring_url(request)
    return page.query if page and page.path == reverse("frontend:list") else request.POST.get("query", "")


def _way_back(request: Request) -> str:
    page, views = referring_url(request), reverse("frontend:views")
    return views if page and page.path.startswith(views) else way_to_list(request)


def _address(query: str) -> str:
    return reverse("frontend:list") + (f"?{query}" if query else "")
