"""API tokens, each shown in full only once, when it is created. A token has the permissions of its user."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from techs.activity.passwords import RecordedPasswordMixin
from techs.admin.permissions import ProtectedLookupsMixin
from techs.admin.recording import RecordedMixin
from techs.models import ActionKind, APIToken, Subscription

ONCE = (
    "A token is shown in full only when it is created. To replace a token, add another and delete the old one, or run "
    "manage.py drf_create_token -r USERNAME, which replaces all tokens of the user. Deleting a token revokes it."
)

admin.site.unregister([User, Group])


@admin.register(APIToken)
class APITokenAdmin(ProtectedLookupsMixin, RecordedMixin):
    """Tokens by user, showing only their first characters."""

    removal = ActionKind.REVOKED
    protected_fields = {"digest", "token_key"}
    list_display = ["token_start", "name", "user", "scope", "service", "created", "expiry"]
    list_filter = ["scope"]
    list_select_related = ["user", "service"]
    search_fields = ["name", "user__username"]
    search_help_text = f"Search by name or username. {ONCE}"
    autocomplete_fields = ["user", "service"]
    fieldsets = [(None, {"fields": ["user", "name", "scope", "service", "expiry"], "description": ONCE})]

    @admin.display(description="token")
    def token_start(self, token: APIToken) -> str:
        return str(token)

    def get_readonly_fields(self, request: HttpRequest, obj: APIToken | None = None) -> list[str]:
        return ["user"] if obj else []

    def save_model(self, request: HttpRequest, obj: APIToken, form: Any, change: Any) -> None:
        if not change:
            obj.digest, obj.text = get_digest_token()  # type: ignore[no-untyped-call]
            obj.token_key = obj.text[: CONSTANTS.TOKEN_KEY_LENGTH]
        super().save_model(request, obj, form, change)

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


class PasswordForm(RecordedPasswordMixin, AdminPasswordChangeForm):
    pass


@admin.register(User)
class PersonAdmin(ProtectedLookupsMixin, RecordedMixin, UserAdmin):
    """Django's user admin, without a search by token."""

    protected_fields = {"auth_token_set"}
    change_password_form = PasswordForm

    def deleted_with(self, obj: User) -> list[Model]:
        """Return the tokens and subscriptions of a user."""
        return [*APIToken.objects.filter(user=obj), *Subscription.objects.filter(user=obj)]


@admin.register(Group)
class RecordedGroupAdmin(RecordedMixin, GroupAdmin):
    """Django's group admin."""
