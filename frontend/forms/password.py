"""The forms about passwords: log in, and change one's own."""

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm


class LoginForm(AuthenticationForm):
    """Name and password. Which of them is wrong stays unsaid: names are worth knowing to who guesses."""

    error_messages = {"invalid_login": "This is not a name and its password. Upper and lower case count."}


class PasswordForm(PasswordChangeForm):
    """The current password, and the new one twice."""

    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "This is not your current password.",
        "password_mismatch": "This is not the same as the new password above.",
    }

    @property
    def focused(self) -> str:
        """The name of the field that asks for the focus: the first one that is wrong, or the first of all."""
        return next((field.name for field in self if field.errors), "old_password")
