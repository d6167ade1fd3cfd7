"""API tokens in the admin: shown in full only when created, and abbreviated afterwards."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from knox.crypto import hash_token

from techs import tokens
from techs.exports import feed_tokens
from techs.inventory import services
from techs.models import APIToken, TokenScope

pytestmark = pytest.mark.django_db(transaction=True)

TOKENS = "/admin/techs/apitoken/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def created(ada: User) -> tuple[APIToken, str]:
    return tokens.create(ada, name="Nightly")


@pytest.fixture
def token(created: tuple[APIToken, str]) -> APIToken:
    return created[0]


@pytest.fixture
def text(created: tuple[APIToken, str]) -> str:
    return created[1]


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
def test_how_it_begins_is_all_that_is_shown(client: Client, token: APIToken, text: str, permission: str) -> None:
    staff(client, f"{permission}_apitoken")
    shown = pages(client, TOKENS, f"{TOKENS}{token.pk}/change/", f"{TOKENS}{token.pk}/history/")
    assert f"{text[:8]}…" in shown
    assert text[:9] not in shown
    assert token.digest not in shown
    assert shown.count("A token is shown in full only when it is created.") == 2


@pytest.mark.parametrize(
    "path",
    [
        TOKENS + "?token_key__startswith={}",
        TOKENS + "?digest__startswith={}",
        "/admin/auth/user/?auth_token_set__token_key__startswith={}",
        "/admin/auth/user/?auth_token_set__digest__startswith={}",
        "/admin/techs/subscription/?user__auth_token_set__token_key__startswith={}",
    ],
)
def test_it_is_not_found_out_by_asking(client: Client, token: APIToken, path: str) -> None:
    """With 16 queries per character, a filter would reveal the token by whether the list is empty."""
    staff(client, "view_apitoken", "view_user", "view_subscription")
    assert client.get(path.format(token.token_key)).status_code == 400
    assert client.get(path.partition("?")[0] + "?q=ada").status_code == 200


def test_it_is_shown_once_when_it_is_made(client: Client, ada: User) -> None:
    staff(client, "add_apitoken", "view_apitoken")
    response = client.post(f"{TOKENS}add/", {"user": ada.pk, "name": "Nightly", "scope": "read"})
    token = APIToken.objects.get()
    found = re.search(rf"<code>({token.token_key}[0-9a-f]+)</code>", response.content.decode())
    assert found
    text = found[1]
    assert (token.user, token.scope, token.expiry) == (ada, TokenScope.READ, None)
    assert token.digest == hash_token(text)
    assert "no-store" in response["Cache-Control"]
    assert text not in pages(client, TOKENS, "/admin/", f"{TOKENS}{token.pk}/history/")
    assert text not in str(client.cookies)
    assert LogEntry.objects.get().object_repr == f"{text[:8]}…"


def test_uploads_of_one_service(admin_client: Client, ada: User) -> None:
    shop, _ = services.create(name="Shop")
    given = {"user": ada.pk, "name": "Pipeline", "scope": "upload", "service": shop.pk}
    shown = admin_client.post(f"{TOKENS}add/", given).content.decode()
    assert "may upload files of the service Shop" in shown
    assert APIToken.objects.get().service == shop
    assert "Shop" in pages(admin_client, TOKENS)


@pytest.mark.parametrize(("scope", "has_service"), [("upload", False), ("read", True), ("write", True)])
def test_scope_and_service_belong_together(admin_client: Client, ada: User, scope: str, has_service: bool) -> None:  # noqa: FBT001
    shop, _ = services.create(name="Shop")
    given = {"user": ada.pk, "name": "Pipeline", "scope": scope, "service": shop.pk if has_service else ""}
    refused = admin_client.post(f"{TOKENS}add/", given)
    assert refused.context["adminform"].form.errors.keys() == {"service"}
    assert not APIToken.objects.exists()


def test_deleting_it_names_it_by_its_beginning(admin_client: Client, token: APIToken, text: str) -> None:
    url = f"{TOKENS}{token.pk}/delete/"
    asked = pages(admin_client, url, f"/admin/auth/user/{token.user.pk}/delete/")
    done = admin_client.post(url, {"post": "yes"}, follow=True).content.decode()
    assert asked.count(f"{text[:8]}…") >= 2
    assert text[:9] not in asked + done
    assert not APIToken.objects.exists()


def test_changing_it_keeps_its_digest_and_user(admin_client: Client, token: APIToken, text: str) -> None:
    eve = User.objects.create_user("eve")
    given = {"user": eve.pk, "name": "Weekly", "scope": "read", "digest": "0" * 128, "token_key": "0" * 15}
    assert admin_client.post(f"{TOKENS}{token.pk}/change/", given).status_code == 302
    changed = APIToken.objects.get()
    assert (changed.name, changed.scope, changed.user) == ("Weekly", "read", token.user)
    assert changed.digest == hash_token(text)


def test_a_person_has_several(admin_client: Client, token: APIToken) -> None:
    response = admin_client.post(f"{TOKENS}add/", {"user": token.user.pk, "name": "Other", "scope": "write"})
    assert "Copy it now" in response.content.decode()
    assert APIToken.objects.filter(user=token.user).count() == 2


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
