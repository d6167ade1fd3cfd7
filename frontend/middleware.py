"""Redirect to the login page if Techlist requires a login."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class LoginRequired(LoginRequiredMiddleware):
    """Redirects people to the login page. For programs, REST framework answers 401."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Redirect anonymous users. For htmx, redirect the whole page instead of replacing a fragment."""
        if not getattr(view_func, "login_required", True):
            # Django would load the user first. Without a database that fails, but health checks must still work.
            return None
        redirect = super().process_view(request, view_func, view_args, view_kwargs)
        htmx = HtmxDetails(request)
        if redirect is None or not htmx:
            return redirect
        page = htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
        return HttpResponseClientRedirect(redirect_to_login(page, settings.LOGIN_URL).url)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Redirect people who open a page of the API in a browser without being logged in."""
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.status_code == HTTPStatus.UNAUTHORIZED and is_page and request.method == "GET":
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return response
