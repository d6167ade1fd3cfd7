"""The forms for logging in and for changing one's password."""

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from techs.activity.passwords import RecordedPasswordMixin


class LoginForm(AuthenticationForm):
    """Username and password. The error does not say which is wrong, since knowing valid usernames helps attackers."""

    error_messages = {"invalid_login": "Wrong username or password."}


class PasswordForm(RecordedPasswordMixin, PasswordChangeForm):
    """The current password, and the new one twice."""

    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "Wrong password.",
        "password_mismatch": "The new passwords don't match.",
    }

    @property
    def focused(self) -> str:
        """Return the name of the field to focus: the first one with an error, or the first."""
        return next((field.name for field in self if field.errors), "old_password")
