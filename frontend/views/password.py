"""The page for changing one's password."""

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView, RedirectURLMixin
from django.http import HttpResponse

from frontend.forms.password import PasswordForm
from frontend.navigation import way_to_list

logger = logging.getLogger(__name__)

CHANGED = "Your password was changed. You have been logged out everywhere else."


class PasswordView(RedirectURLMixin, PasswordChangeView):
    """Changes the user's password. Other sessions end, but API tokens and subscriptions stay valid."""

    template_name = "frontend/password.html"
    form_class = PasswordForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}

    def get_default_redirect_url(self) -> str:
        return way_to_list(self.request)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        logger.info("%s changed their password.", form.user)
        messages.success(self.request, CHANGED)
        return response
