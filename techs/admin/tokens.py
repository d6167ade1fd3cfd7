"""The tokens of programs: shown whole once, when they are made. Whoever has one is the person that it is for."""

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
    "A token is shown whole only when it is made. For a new one delete the person's token, which ends it, and add "
    "another; or run: manage.py drf_create_token -r NAME"
)
_SHOWN = 8  # of 40 characters; the rest is far too long to be guessed


def _shortened(token: Token) -> str:
    """What the admin calls a token: in titles, questions and its log, which is kept for ever."""
    return f"{token.key[:_SHOWN]}…"


# It was the whole token, wherever one is named: to who may only look, and to who deletes its person. There is no
# other way to all of these places.
Token.__str__ = _shortened  # type: ignore[assignment, method-assign]
admin.site.unregister([TokenProxy, User])


@admin.register(TokenProxy)
class ShortTokenAdmin(ProtectedLookupsMixin, TokenAdmin):
    """Who has a token, since when, and how it begins."""

    protected_fields = {"key", "pk"}
    list_display = ["begins", "user", "created"]
    search_help_text = f"A person's name. {ONCE}"
    fieldsets = [(None, {"fields": ["user"], "description": ONCE})]
    fields = None

    @admin.display(description="token", ordering="key")
    def begins(self, token: Token) -> str:
        """Enough to tell it from others."""
        return str(token)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The token itself. Not after a redirect, as for other rows: it would have to be kept somewhere meanwhile."""
        context = self.admin_site.each_context(request) | {"title": "Copy it now", "token": obj, "opts": self.opts}
        response = TemplateResponse(request, "techs/admin_token.html", context)
        add_never_cache_headers(response)
        return response


@admin.register(User)
class PersonAdmin(ProtectedLookupsMixin, UserAdmin):
    """As Django has it; but nobody is found by what their token is."""

    protected_fields = {"auth_token"}
