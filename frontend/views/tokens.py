"""The page of one's own API tokens, which creates and revokes them."""

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from frontend.forms.token import TokenForm
from frontend.responses import Request, refuse_too_many, render_page, see_other
from techs import tokens
from techs.api import throttling
from techs.models import APIToken, TokenScope


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Request) -> HttpResponse:
    """Show the tokens and the form for a new one. If no login is required, programs need none."""
    if settings.ACCESS != "login":
        raise Http404
    if request.method != "POST":
        return _show(request, _form_for(request))
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _refuse(request, form, problems=form.problems())
    try:
        tokens.check_limit(_user(request))
    except ValidationError as error:
        return _refuse(request, form, problems=error.messages)
    token, text = _create(request, form)
    # Unlike other forms, do not redirect, because the token would have to be stored until the next request.
    return _show(request, TokenForm(), created=token, text=text)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    if settings.ACCESS != "login" or not tokens.revoke(_user(request), pk=pk):
        raise Http404
    return see_other(reverse("frontend:tokens"))


def _form_for(request: Request) -> TokenForm:
    """Return the form for a new token, limited to uploads of a service if its page linked here."""
    slug = request.GET.get("service", "")
    return TokenForm(initial={"scope": TokenScope.UPLOAD, "service": slug} if slug else None)


def _create(request: Request, form: TokenForm) -> tuple[APIToken, str]:
    data = form.cleaned_data | {"scope": TokenScope(form.cleaned_data["scope"])}
    return tokens.create(_user(request), **data)


def _show(request: Request, form: TokenForm, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    context |= {"form": form, "tokens": APIToken.objects.filter(user=_user(request)).select_related("service")}
    response = render_page(request, "frontend/tokens.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _refuse(request: Request, form: TokenForm, *, problems: list[str]) -> HttpResponse:
    return _show(request, form, problems=problems, status=HTTPStatus.BAD_REQUEST)


def _user(request: Request) -> User:
    return cast("User", request.user)
