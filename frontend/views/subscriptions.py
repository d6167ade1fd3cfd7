"""The Subscribe page, which creates and revokes addresses for programs."""

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from frontend.navigation import query_before
from frontend.responses import Request, refuse_too_many, render_page, see_other
from techs.api import throttling
from techs.exports import documents, feed_tokens, wording
from techs.models import SUBSCRIPTION_NAME_MAX_LENGTH as NAME_MAX_LENGTH
from techs.models import Subscription


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Request) -> HttpResponse:
    """Show the subscriptions and the form for a new one. If no login is required, show the plain addresses."""
    if settings.ACCESS != "login":
        return _show_open(request)
    if request.method != "POST":
        return _show(request)
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    name = request.POST.get("name", "").strip()
    if not name or len(name) > NAME_MAX_LENGTH or not name.isprintable():
        return _refuse(request, f"Enter a name of 1 to {NAME_MAX_LENGTH} printable characters.")
    try:
        _, token = feed_tokens.create(_user(request), name=name)
    except ValidationError as error:
        return _refuse(request, " ".join(error.messages))
    # Unlike other forms, do not redirect, because the token would have to be stored until the next request.
    return _show(request, addresses=_addresses(request, token=token), name=name)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    if settings.ACCESS != "login" or not feed_tokens.revoke(_user(request), pk=pk):
        raise Http404
    return see_other(reverse("frontend:subscriptions"))


def _show(request: Request, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    subscriptions = Subscription.objects.filter(user=_user(request))
    context |= {"subscriptions": subscriptions, "separator": "&", "filters": _filters(request)}
    response = render_page(request, "frontend/subscriptions.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _show_open(request: Request) -> HttpResponse:
    if request.method == "POST":
        raise Http404
    addresses = _addresses(request)
    separator = "&" if any("?" in url for _, url in addresses) else "?"
    context = {"addresses": addresses, "separator": separator, "filters": _filters(request)}
    return render_page(request, "frontend/subscriptions.html", context)


def _user(request: Request) -> User:
    return cast("User", request.user)


def _refuse(request: Request, problem: str) -> HttpResponse:
    return _show(request, problem=problem, status=HTTPStatus.BAD_REQUEST)


def _addresses(request: Request, **params: str) -> list[tuple[str, str]]:
    """Return the title and the address of each export of the list that the visitor came from."""
    query = urlencode({**documents.params_of(query_before(request)), **params}, doseq=True)
    end = f"?{query}" if query else ""
    return [(each.title, request.build_absolute_uri(reverse(f"techs:{each.name}")) + end) for each in documents.ALL]


def _filters(request: Request) -> str:
    return ", ".join(wording.describe(query_before(request)))
