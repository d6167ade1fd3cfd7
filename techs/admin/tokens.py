"""API tokens, each shown in full only once, when it is created. A token has the permissions of its user."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from rest_framework.authtoken.admin import TokenAdmin
from rest_framework.authtoken.models import Token, TokenProxy

from techs.admin.permissions import ProtectedLookupsMixin

ONCE = (
    "A token is shown in full only when it is created. To replace a token, delete it and add another, or run "
    "manage.py drf_create_token -r USERNAME. Deleting a token revokes it."
)
_SHOWN = 8  # of 40 characters; the rest is too long to guess


def _shortened(token: Token) -> str:
    return f"{token.key[:_SHOWN]}…"


# By default, the admin shows the whole token in titles, delete confirmations and its permanent log, even to users who
# may only view tokens. Only __str__() affects all of these places.
Token.__str__ = _shortened  # type: ignore[assignment, method-assign]
admin.site.unregister([TokenProxy, User])


@admin.register(TokenProxy)
class ShortTokenAdmin(ProtectedLookupsMixin, TokenAdmin):
    """Tokens by user, of which only the first characters are shown."""

    protected_fields = {"key", "pk"}
    list_display = ["token_start", "user", "created"]
    search_help_text = f"Search by username. {ONCE}"
    fieldsets = [(None, {"fields": ["user"], "description": ONCE})]
    fields = None

    @admin.display(description="token", ordering="key")
    def token_start(self, token: Token) -> str:
        return str(token)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token in the response itself, because a redirect would require storing it."""
        context = self.admin_site.each_context(request) | {
            "title": "Copy the token now",
            "token": obj,
            "opts": self.opts,
        }
        response = TemplateResponse(request, "techs/admin_token.html", context)
        add_never_cache_headers(response)
        return response


@admin.register(User)
class PersonAdmin(ProtectedLookupsMixin, UserAdmin):
    """Django's user admin, without a search by token."""

    protected_fields = {"auth_token"}
