"""Create an API token. The name of the command is that of Django REST framework, for the scripts that call it."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from techs import tokens
from techs.management.writing import WritingCommand
from techs.models import TOKEN_NAME_MAX_LENGTH, Service, TokenScope


class Command(WritingCommand):
    help = "Create an API token for a user, and print it. It cannot be shown again. A user may have several."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "-r", "--reset", action="store_true", help="revoke all other tokens of this user, however they were created"
        )
        parser.add_argument("--name", default="", help="the purpose of the token, such as the program that uses it")
        parser.add_argument(
            "--scope",
            choices=TokenScope.values,
            help="read, write (read and write, the default) or upload (uploads of the --service)",
        )
        parser.add_argument("--service", metavar="SLUG", help="limit the token to uploads of this service")
        parser.add_argument("--days", type=int, help="days until the token expires; it never does by default")

    def handle(self, *, username: str, reset: bool, name: str, days: int | None, **options: Any) -> None:
        user = _user(username)
        scope, service = _reach(options["scope"], options["service"])
        if days is not None and not 1 <= days <= tokens.MAX_DAYS:
            raise CommandError(f"--days takes 1 to {tokens.MAX_DAYS:,} days.")
        if len(name) > TOKEN_NAME_MAX_LENGTH or not name.isprintable():
            raise CommandError(f"--name takes at most {TOKEN_NAME_MAX_LENGTH} printable characters.")
        with transaction.atomic():
            if reset:
                tokens.revoke_all(user)
            _, text = tokens.create(user, name=name, scope=scope, service=service, days=days)
        self.stdout.write(f"Generated token {text} for user {username}")


def _reach(scope: str | None, slug: str | None) -> tuple[TokenScope, Service | None]:
    if slug is None:
        if scope == TokenScope.UPLOAD:
            raise CommandError("Add --service SLUG: the service whose uploads the token allows.")
        return TokenScope(scope or TokenScope.WRITE), None
    if scope not in (None, TokenScope.UPLOAD):
        raise CommandError(f"--service limits a token to uploads. Leave out --scope {scope}.")
    try:
        return TokenScope.UPLOAD, Service.objects.get(slug=slug)
    except Service.DoesNotExist as error:
        raise CommandError(
            f"There is no service {slug}. --service takes the slug, as in the address of its page."
        ) from error


def _user(username: str) -> User:
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist as error:
        raise CommandError(f"Cannot create the token: there is no user {username}.") from error
