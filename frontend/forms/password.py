"""The forms about passwords: log in, and change one's own."""

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm


class LoginForm(AuthenticationForm):
    """Name and password. Which of them is wrong stays unsaid: names are worth knowing to who guesses."""

    error_messages = {"invalid_login": "Wrong username or password."}


class PasswordForm(PasswordChangeForm):
    """The current password, and the new one twice."""

    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "Wrong password.",
        "password_mismatch": "The new passwords don't match.",
    }

    @property
    def focused(self) -> str:
        """The name of the field that asks for the focus: the first one that is wrong, or the first of all."""
        return next((field.name for field in self if field.errors), "old_password")
