"""List API tokens, or revoke one."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from techs import tokens as api_tokens
from techs.management.writing import WritingCommand
from techs.models import APIToken

_COLUMNS = "{:>6}  {:<10}  {:<20}  {:<6}  {:<20}  {:<10}  {:<10}  {}"


class Command(WritingCommand):
    help = "List the API tokens of all users, or of one. With --revoke, revoke a token by its number in this list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="list only the tokens of this user")
        parser.add_argument("--revoke", type=int, metavar="ID", help="revoke this token instead of listing")

    def handle(self, *, username: str | None, revoke: int | None, **options: Any) -> None:
        tokens = APIToken.objects.select_related("user", "service").order_by("user__username", "id")
        if username is not None:
            if not User.objects.filter(username=username).exists():
                raise CommandError(f"There is no user {username}.")
            tokens = tokens.filter(user__username=username)
        if revoke is not None:
            self._revoke(tokens.filter(pk=revoke).first(), pk=revoke)
            return
        self.stdout.write(
            _COLUMNS.format("ID", "TOKEN", "USER", "SCOPE", "SERVICE", "CREATED", "EXPIRES", "NAME").rstrip()
        )
        for token in tokens:
            self.stdout.write(_line(token))

    def _revoke(self, token: APIToken | None, *, pk: int) -> None:
        if token is None:
            raise CommandError(f"There is no token {pk}.")
        api_tokens.revoke(token.user, pk=pk)
        self.stdout.write(f"Revoked token {token} of {token.user.get_username()}.")


def _line(token: APIToken) -> str:
    expires = f"{token.expiry:%Y-%m-%d}" if token.expiry else "never"
    created = f"{token.created:%Y-%m-%d}"
    username = token.user.get_username()
    service = token.service.slug if token.service else "-"
    return _COLUMNS.format(token.pk, str(token), username, token.scope, service, created, expires, token.name).rstrip()
