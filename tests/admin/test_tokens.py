"""API tokens in the admin: shown in full only when created, and abbreviated afterwards."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from rest_framework.authtoken.models import Token

from techs.exports import feed_tokens

pytestmark = pytest.mark.django_db(transaction=True)

TOKENS = "/admin/authtoken/tokenproxy/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def token(ada: User) -> Token:
    return Token.objects.create(user=ada)


def staff(client: Client, *codenames: str) -> None:
    """Create a staff user with these permissions only."""
    person = User.objects.create_user("grace", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person)


def pages(client: Client, *paths: str) -> str:
    responses = [client.get(path) for path in paths]
    assert {response.status_code for response in responses} == {200}
    return "".join(response.content.decode() for response in responses)


@pytest.mark.parametrize("permission", ["view", "change"])
def test_how_it_begins_is_all_that_is_shown(client: Client, token: Token, permission: str) -> None:
    staff(client, f"{permission}_tokenproxy")
    shown = pages(client, TOKENS, f"{TOKENS}{token.user.pk}/change/", f"{TOKENS}{token.user.pk}/history/")
    assert f"{token.key[:8]}…" in shown
    assert token.key[:9] not in shown
    assert shown.count("A token is shown in full only when it is created.") == 2


@pytest.mark.parametrize(
    "path",
    [
        TOKENS + "?key__startswith={}",
        TOKENS + "?pk__startswith={}",
        "/admin/auth/user/?auth_token__key__startswith={}",
        "/admin/auth/user/?auth_token__pk__startswith={}",
    ],
)
def test_it_is_not_found_out_by_asking(client: Client, token: Token, path: str) -> None:
    """With 16 queries per character, a filter would reveal the token by whether the list is empty."""
    staff(client, "view_tokenproxy", "view_user")
    assert client.get(path.format(token.key[:20])).status_code == 400
    assert client.get(path.partition("?")[0] + "?q=ada").status_code == 200


def test_it_is_shown_once_when_it_is_made(client: Client, ada: User) -> None:
    staff(client, "add_tokenproxy", "view_tokenproxy")
    response = client.post(f"{TOKENS}add/", {"user": ada.pk})
    token = Token.objects.get()
    assert f"<code>{token.key}</code>" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token.key not in pages(client, TOKENS, "/admin/", f"{TOKENS}{ada.pk}/history/")
    assert token.key not in str(client.cookies)
    assert LogEntry.objects.get().object_repr == f"{token.key[:8]}…"


def test_deleting_it_names_it_by_its_beginning(admin_client: Client, token: Token) -> None:
    url = f"{TOKENS}{token.user.pk}/delete/"
    asked = pages(admin_client, url, f"/admin/auth/user/{token.user.pk}/delete/")
    done = admin_client.post(url, {"post": "yes"}, follow=True).content.decode()
    assert asked.count(f"{token.key[:8]}…") >= 2
    assert token.key not in asked + done
    assert not Token.objects.exists()


def test_second_token_of_a_person_is_refused_in_words(admin_client: Client, token: Token) -> None:
    response = admin_client.post(f"{TOKENS}add/", {"user": token.user.pk})
    assert "already exists" in response.content.decode()
    assert token.key not in response.content.decode()
    assert Token.objects.get() == token


def test_of_a_subscription_nothing_is_shown(client: Client, ada: User) -> None:
    """Only a digest is stored, which grants no access, and it is not shown either."""
    subscription, token = feed_tokens.create(ada, name="My calendar")
    staff(client, "view_subscription")
    url = "/admin/techs/subscription/"
    shown = pages(client, url, f"{url}{subscription.pk}/change/", f"{url}{subscription.pk}/history/")
    assert "My calendar" in shown
    assert "create addresses on the Subscribe page" in shown
    assert token not in shown
    assert subscription.digest not in shown
