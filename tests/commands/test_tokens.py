"""manage.py drf_create_token and manage.py tokens."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from techs import tokens
from techs.inventory import services
from techs.models import APIToken, TokenScope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def test_it_prints_the_token_as_before(ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("drf_create_token", "ada")
    words = capsys.readouterr().out.split()
    assert words == ["Generated", "token", words[2], "for", "user", "ada"]
    token = APIToken.objects.get()
    assert words[2].startswith(token.token_key)
    assert (token.user, token.scope, token.expiry) == (ada, TokenScope.WRITE, None)


def test_options(ada: User) -> None:
    call_command("drf_create_token", "ada", "--name=Nightly", "--scope=read", "--days=7")
    token = APIToken.objects.get()
    assert (token.name, token.scope) == ("Nightly", TokenScope.READ)
    assert token.expiry
    assert timedelta(days=6) < token.expiry - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize("scope", [[], ["--scope=upload"]])
def test_uploads_of_one_service(ada: User, capsys: pytest.CaptureFixture[str], scope: list[str]) -> None:
    shop, _ = services.create(name="Shop")
    call_command("drf_create_token", "ada", "--service=shop", *scope)
    token = APIToken.objects.get()
    assert (token.scope, token.service) == (TokenScope.UPLOAD, shop)
    capsys.readouterr()
    call_command("tokens")
    assert capsys.readouterr().out.splitlines()[1].split()[2:5] == ["ada", "upload", "shop"]


def test_another_is_added_and_reset_replaces_all(ada: User) -> None:
    tokens.create(User.objects.create_user("grace"))
    for count in (1, 2):
        call_command("drf_create_token", "ada")
        assert APIToken.objects.filter(user=ada).count() == count
    call_command("drf_create_token", "-r", "ada")
    assert APIToken.objects.filter(user=ada).count() == 1
    assert APIToken.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grace"], "no user grace"),
        (["-r", "ada", "--days=0"], "1 to 3,650 days"),
        (["-r", "ada", "--days=99999999999"], "1 to 3,650 days"),
        (["-r", "ada", f"--name={'x' * 101}"], "100 printable characters"),
        (["-r", "ada", "--name=a\x00"], "100 printable characters"),
        (["-r", "ada", "--scope=admin"], "invalid choice"),
        (["-r", "ada", "--scope=upload"], "Add --service SLUG"),
        (["-r", "ada", "--service=shop"], "no service shop"),
        (["-r", "ada", "--scope=read", "--service=shop"], "Leave out --scope read"),
    ],
)
def test_mistakes_change_nothing(ada: User, arguments: list[str], words: str) -> None:
    tokens.create(ada)
    with pytest.raises(CommandError, match=words):
        call_command("drf_create_token", *arguments)
    assert APIToken.objects.count() == 1


def test_list_and_revoke(ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    grace = User.objects.create_user("grace")
    token, text = tokens.create(ada, name="Nightly", scope=TokenScope.READ, days=30)
    tokens.create(grace)
    call_command("tokens")
    listed = capsys.readouterr().out
    assert [line.split()[2] for line in listed.splitlines()] == ["USER", "ada", "grace"]
    assert f"{text[:8]}…" in listed
    assert text[:9] not in listed
    call_command("tokens", "ada")
    assert "grace" not in capsys.readouterr().out
    call_command("tokens", "--revoke", str(token.pk))
    assert capsys.readouterr().out == f"Revoked token {token} of ada.\n"
    assert APIToken.objects.get().user == grace
    with pytest.raises(CommandError, match=f"no token {token.pk}"):
        call_command("tokens", "--revoke", str(token.pk))
    with pytest.raises(CommandError, match="no user nobody"):
        call_command("tokens", "nobody")
