"""The way to the login page, where Techlist asks for a login."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class LoginRequired(LoginRequiredMiddleware):
    """Leads people to the login page and back. Programs get their 401 from REST framework."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Redirect who has no session; with htmx the whole page goes, not the part of it that is to be replaced."""
        if not getattr(view_func, "login_required", True):
            # Django would look for the user first, and fail where the database is away: health checks need none.
            return None
        redirect = super().process_view(request, view_func, view_args, view_kwargs)
        htmx = HtmxDetails(request)
        if redirect is None or not htmx:
            return redirect
        return HttpResponseClientRedirect(redirect_to_login(htmx.current_url_abs_path or "/", settings.LOGIN_URL).url)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The API has pages, too: who opens one in a browser is a person."""
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.status_code == HTTPStatus.UNAUTHORIZED and is_page and request.method == "GET":
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return response
