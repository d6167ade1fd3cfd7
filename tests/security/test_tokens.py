"""API tokens: stored as digests, several per user, with a scope and an expiry."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from techs import tokens
from techs.api.tokens import HasTokenScope, TokenAuthentication
from techs.models import APIToken, Submission, TokenScope
from tests.support.factories import add
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

UUID = "6f0c2f4e-9a53-4c2e-8b0a-111111111111"
READS = [
    *[("GET", "/get"), ("GET", "/api/techs/"), ("HEAD", "/api/techs/"), ("OPTIONS", "/api/techs/")],
    *[("GET", "/api/techs/{pk}/"), ("GET", "/api/techs/export.csv"), ("GET", "/api/schema/")],
    *[("GET", "/api/activity/"), ("GET", "/api/activity/export.csv")],
]
WRITES = [
    *[("POST", "/create"), ("POST", "/api/techs/"), ("POST", "/api/imports/"), ("POST", "/api/imports")],
    *[("PATCH", "/api/techs/{pk}/"), ("DELETE", "/api/techs/{pk}/")],
]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def ask(web: Web, text: str, *, method: str = "GET", path: str = "/api/techs/", **options: Any) -> httpx.Response:
    return httpx.request(method, web.url + path, headers={"Authorization": f"Token {text}"}, timeout=10, **options)


def authenticate(text: str | bytes) -> tuple[Any, APIToken]:
    header = b"Token " + text if isinstance(text, bytes) else f"Token {text}"
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=header)
    found: tuple[Any, APIToken] = TokenAuthentication().authenticate(request)  # type: ignore[no-untyped-call]
    return found


def test_only_a_digest_is_stored(ada: User) -> None:
    token, text = tokens.create(ada, name="Deployment")
    assert len(text) == 64
    row = APIToken.objects.filter(pk=token.pk).values().get()
    assert not [value for value in row.values() if text in str(value)]
    assert text.startswith(row["token_key"])
    assert len(row["token_key"]) == 15
    with pytest.raises(AuthenticationFailed):
        authenticate(row["digest"])


def test_each_of_several_is_valid_until_it_is_revoked(login_web_process: Web, ada: User) -> None:
    (first, one), (_, other) = (tokens.create(ada, name=name) for name in ("a", "b"))
    assert [ask(login_web_process, text).status_code for text in (one, other)] == [200, 200]
    assert tokens.revoke(ada, pk=first.pk)
    assert [ask(login_web_process, text).status_code for text in (one, other)] == [401, 200]


def test_expired(login_web_process: Web, ada: User) -> None:
    token, text = tokens.create(ada, days=1)
    assert token.expiry
    assert token.expiry - timezone.now() > timedelta(hours=23)
    assert ask(login_web_process, text).status_code == 200
    APIToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    day = APIToken.objects.values_list("expiry__date", flat=True).get()
    refused = ask(login_web_process, text)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Token")
    assert refused.json() == {"detail": f"This token expired on {day}. Create a new one."}
    assert APIToken.objects.exists(), "a read writes nothing"


@pytest.mark.parametrize(("method", "path"), READS)
def test_a_token_that_may_read_reads(login_web_process: Web, ada: User, method: str, path: str) -> None:
    _, text = tokens.create(ada, scope=TokenScope.READ)
    path = path.format(pk=add("Django 3.2").pk)
    assert ask(login_web_process, text, method=method, path=path).status_code == 200


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_token_that_may_read_writes_nothing(login_web_process: Web, ada: User, method: str, path: str) -> None:
    _, text = tokens.create(ada, scope=TokenScope.READ)
    tech = add("Django 3.2")
    accepted = Submission.objects.count()
    refused = ask(login_web_process, text, method=method, path=path.format(pk=tech.pk), json={"text": "Vue 2.7"})
    assert (refused.status_code, refused.json()) == (403, {"detail": HasTokenScope.message})
    tech.refresh_from_db()
    assert Submission.objects.count() == accepted


def test_the_description_names_the_scheme(login_web_process: Web, ada: User) -> None:
    _, text = tokens.create(ada)
    described = ask(login_web_process, text, path="/api/schema/?format=json").json()
    scheme = described["components"]["securitySchemes"]["tokenAuth"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    operations = described["paths"]["/api/techs/"]
    assert [{"tokenAuth": []} in operations[method]["security"] for method in ("get", "post")] == [True, True]
    assert operations["post"]["responses"].keys() >= {"401", "403"}


def test_a_token_that_may_write_does_both(login_web_process: Web, ada: User) -> None:
    _, text = tokens.create(ada)
    assert ask(login_web_process, text, method="POST", json={"text": "Django 3.2"}).status_code == 202
    assert ask(login_web_process, text).status_code == 200


def test_an_unknown_scope_allows_nothing(login_web_process: Web, ada: User) -> None:
    """A newer version may have stored it."""
    _, text = tokens.create(ada)
    APIToken.objects.update(scope="future")
    assert ask(login_web_process, text).status_code == 403


@pytest.mark.parametrize("own", [1, 20])
def test_a_read_costs_one_query_and_no_write(ada: User, own: int) -> None:
    texts = [tokens.create(ada, days=1)[1] for _ in range(own)]
    APIToken.objects.exclude(digest=APIToken.objects.latest("pk").digest).update(expiry=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        user, token = authenticate(texts[-1])
        request = Request(APIRequestFactory().get("/"))
        request.auth = token
        assert HasTokenScope().has_permission(request, None)  # type: ignore[arg-type]
        assert user.is_active
    assert len(captured) == 1
    assert APIToken.objects.count() == own


@pytest.mark.parametrize("header", [b"\xff\xfe", "ü" * 40, "x", "0" * 64, "0" * 10_000])
def test_nonsense_is_refused(ada: User, header: str | bytes) -> None:
    tokens.create(ada)
    with pytest.raises(AuthenticationFailed, match="Invalid token"):
        authenticate(header)


def test_the_same_beginning_is_another_token(ada: User) -> None:
    _, text = tokens.create(ada)
    for other in (text[:15], text[:-1], text[:-1] + "x", text + "0", text.upper() + "0"):
        with pytest.raises(AuthenticationFailed):
            authenticate(other)
    assert authenticate(text)[0] == ada
