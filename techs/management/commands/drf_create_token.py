"""Create an API token. The name of the command is that of Django REST framework, for the scripts that call it."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from techs import tokens
from techs.management.writing import WritingCommand
from techs.models import TOKEN_NAME_MAX_LENGTH, TokenScope


class Command(WritingCommand):
    help = "Create an API token for a user, and print it. It cannot be shown again. A user may have several."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "-r", "--reset", action="store_true", help="revoke all other tokens of this user, also those of the page"
        )
        parser.add_argument("--name", default="", help="the purpose of the token, such as the program that uses it")
        parser.add_argument(
            "--scope", choices=TokenScope.values, default=TokenScope.WRITE.value, help="read, or write: read and write"
        )
        parser.add_argument("--days", type=int, help="days until the token expires; it never does by default")

    def handle(self, *, username: str, reset: bool, name: str, scope: str, days: int | None, **options: Any) -> None:
        user = _user(username)
        if days is not None and not 1 <= days <= tokens.MAX_DAYS:
            raise CommandError(f"--days takes 1 to {tokens.MAX_DAYS:,} days.")
        if len(name) > TOKEN_NAME_MAX_LENGTH or not name.isprintable():
            raise CommandError(f"--name takes at most {TOKEN_NAME_MAX_LENGTH} printable characters.")
        with transaction.atomic():
            if reset:
                tokens.revoke_all(user)
            _, text = tokens.create(user, name=name, scope=TokenScope(scope), days=days)
        self.stdout.write(f"Generated token {text} for user {username}")


def _user(username: str) -> User:
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist as error:
        raise CommandError(f"Cannot create the token: there is no user {username}.") from error
