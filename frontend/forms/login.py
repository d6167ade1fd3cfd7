"""The login form."""

from django.contrib.auth.forms import AuthenticationForm


class LoginForm(AuthenticationForm):
    """Name and password. Which of them is wrong stays unsaid: names are worth knowing to who guesses."""

    error_messages = {"invalid_login": "This is not a name and its password. Upper and lower case count."}
