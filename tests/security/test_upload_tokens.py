"""Tokens that are limited to uploads of one service: every address and method, and a real push."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.views import APIView

from techs import tokens
from techs.inventory import services
from techs.models import APIToken, Service, Submission, TokenScope, Upload
from tests.security.test_access import addresses
from tests.support.command_line import write
from tests.support.servers import Server
from tests.support.services import Web
from tests.support.uploads import accept, push

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
SOURCE = "/api/services/shop/sources/requirements.txt/"
# All that a push needs, and removing a source.
ALLOWED = {
    ("GET", "/api/lifecycles/"): 200,
    ("HEAD", "/api/lifecycles/"): 200,
    ("GET", "/api/services/shop/"): 200,
    ("HEAD", "/api/services/shop/"): 200,
    ("POST", "/api/services/shop/complete/"): 400,  # without a body
    ("PUT", SOURCE): 202,
    ("DELETE", SOURCE): 202,
    ("GET", "/api/uploads/{own}/"): 200,
    ("HEAD", "/api/uploads/{own}/"): 200,
}
DETAIL = "This token is limited to uploads of the service shop."


@pytest.fixture
def shop() -> Service:
    return services.create(name="Shop")[0]


@pytest.fixture
def token(shop: Service) -> str:
    return tokens.create(User.objects.create_user("ada"), scope=TokenScope.UPLOAD, service=shop)[1]


def ask(web: Web, text: str, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, web.url + path, headers={"Authorization": f"Token {text}"}, timeout=10, **options)


def api_addresses() -> set[str]:
    """Return an address of each API view, those for tokens of other kinds included."""

    def views(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            [*at] = addresses([pattern], prefix)
            if isinstance(pattern, URLResolver):
                found |= views(pattern.url_patterns, prefix + str(pattern.pattern))
            elif issubclass(getattr(pattern.callback, "cls", object), APIView):
                found |= set(at)
        return found

    return views(get_resolver().url_patterns)


def test_every_address_and_method(login_web_process: Web, shop: Service, token: str) -> None:
    own, other = accept(shop, "django==3.2\n", "own.txt"), accept(services.create(name="Bank")[0], "django==3.2\n")
    examples = ("/api/uploads/", "/api/services/shop/sources/")
    paths = {path for path in api_addresses() if not path.startswith(examples)}
    paths |= {SOURCE, f"/api/uploads/{own.pk}/", f"/api/uploads/{other.pk}/", "/api/uploads/999999999/"}
    paths |= {"/api/services/bank/", "/api/services/bank/complete/", "/api/services/bank/sources/requirements.txt/"}
    paths |= {"/api/services/SHOP/", "/api/services/shop-2/", "/api/uploads/99999999999999999999999/"}
    assert len(paths) > 25, "the control: the walk finds the API"
    expected = {(method, path.format(own=own.pk)): status for (method, path), status in ALLOWED.items()}
    with httpx.Client(
        base_url=login_web_process.url, headers={"Authorization": f"Token {token}"}, timeout=10
    ) as program:
        calls = [(method, path) for path in sorted(paths) for method in METHODS]
        answers = {(method, path): program.request(method, path) for method, path in calls}
    statuses = {call: answer.status_code for call, answer in answers.items()}
    assert {call: status for call, status in statuses.items() if status != expected.get(call, 403)} == {}
    refused = [answer for call, answer in answers.items() if call not in expected]
    assert {answer.json()["detail"] for answer in refused if answer.content[:1] == b"{"} == {DETAIL}
    assert not Submission.objects.exists()
    assert {upload.service for upload in Upload.objects.exclude(pk=other.pk)} == {shop}


@pytest.mark.parametrize(
    "path", ["/", "/services/shop/", "/techs/1/", "/resolved/", "/tokens/", "/admin/", "/admin/techs/service/"]
)
def test_pages_take_no_tokens(login_web_process: Web, token: str, path: str) -> None:
    for method in ("GET", "POST"):
        answer = ask(login_web_process, token, method, path)
        assert answer.status_code in (302, 403)
        assert answer.headers.get("Location", "/login/").startswith(("/login/", "/admin/login/"))


def test_readiness_shows_no_details(login_web_process: Web, token: str) -> None:
    assert ask(login_web_process, token, "GET", "/readyz").json() == {"status": "ok"}
    reader = tokens.create(User.objects.create_user("eve"), scope=TokenScope.READ)[1]
    assert len(ask(login_web_process, reader, "GET", "/readyz").json()) > 1, "the control"


def upload(web: Web, token: str, **params: str) -> httpx.Response:
    return ask(web, token, "PUT", SOURCE, content=b"django==3.2\n", params=params)


def test_it_uploads_and_completes(login_web_process: Web, shop: Service, token: str) -> None:
    assert upload(login_web_process, token, dry_run="1").status_code == 200
    assert not Upload.objects.exists()
    assert upload(login_web_process, token, origin="push:.").status_code == 202
    assert upload(login_web_process, token, origin="push:.").status_code == 200
    body = {"origin": "push:.", "sources": ["requirements.txt"]}
    done = ask(login_web_process, token, "POST", "/api/services/shop/complete/", json=body)
    assert (done.status_code, done.json()) == (202, {"uploads": []})
    assert ask(login_web_process, token, "DELETE", SOURCE).status_code == 202


def test_a_renamed_service_keeps_its_token(login_web_process: Web, shop: Service, token: str) -> None:
    services.change(shop, name="Web shop")
    services.create(name="Shop")  # which gets another slug
    assert upload(login_web_process, token).status_code == 202
    assert ask(login_web_process, token, "GET", "/api/services/shop-2/").status_code == 403


def test_an_archived_service_takes_no_uploads(login_web_process: Web, shop: Service, token: str) -> None:
    services.change(shop, archived=True)
    assert upload(login_web_process, token).status_code == 409
    assert ask(login_web_process, token, "GET", "/api/services/shop/").status_code == 200


def test_a_deleted_service_ends_its_token(login_web_process: Web, shop: Service, token: str) -> None:
    """It may be restored for a day. Then its token goes with it, and one for a new service of that name is another."""
    push(shop, "django==3.2\n")
    services.delete(shop)
    services.recount(shop.pk, seconds=60)
    assert upload(login_web_process, token).status_code == 409
    services.change(shop, archived=False)
    assert upload(login_web_process, token).status_code in (200, 202)
    services.recount(shop.pk, seconds=60)
    services.delete(shop)
    services.recount(shop.pk, seconds=60)
    Service.objects.update(purge_at=timezone.now() - timedelta(days=1))
    assert services.purge(seconds=60) == 1
    assert services.create(name="Shop")[0].slug == "shop"
    assert not APIToken.objects.exists()
    assert upload(login_web_process, token).status_code == 401
    assert ask(login_web_process, token, "GET", "/api/lifecycles/").status_code == 401


def test_without_a_service_it_allows_nothing(login_web_process: Web, shop: Service, token: str) -> None:
    """No code creates such a token. This protects from an edit in the database."""
    APIToken.objects.update(service=None)
    for method, path in ALLOWED:
        assert ask(login_web_process, token, method, path.format(own=1)).status_code == 403, path


@pytest.mark.parametrize(
    ("scope", "has_service"), [(TokenScope.UPLOAD, False), (TokenScope.READ, True), (TokenScope.WRITE, True)]
)
def test_scope_and_service_belong_together(shop: Service, scope: TokenScope, has_service: bool) -> None:  # noqa: FBT001
    with pytest.raises(ValueError, match="scope"):
        tokens.create(User.objects.create_user("eve"), scope=scope, service=shop if has_service else None)


@pytest.fixture
def techlist(tmp_path: Path, login_web_process: Web, token: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return the command line as a program of its own, in a repository, with the token of the service."""
    repository = write(tmp_path / "shop", {"requirements.txt": "django==3.2.18\n", "Dockerfile": "FROM python:3.9\n"})
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "TECHLIST_TOKEN": token,
        "TECHLIST_SERVER": login_web_process.url,
    }

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "techlist.cli", *options]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.slow
@pytest.mark.one_database
def test_real_push(techlist: Callable[..., Any], celery_worker_process: Server, tmp_path: Path, shop: Service) -> None:
    """Every option of a push works with such a token, except creating services."""
    dry = techlist("push", "--service", "shop", "--dry-run", "--fail-on-new", "high", "--format", "github")
    assert (dry.returncode, dry.stderr) == (1, "")
    assert "Django 3.2" in dry.stdout
    first = techlist("push", "--service", "shop", "--fail-on-new", "high")
    assert (first.returncode, first.stderr) == (1, "")
    assert "critical  added   Django 3.2 (3.2.18)" in first.stdout
    (tmp_path / "shop" / "Dockerfile").unlink()
    gone = techlist("push", "--service", "shop", "--dry-run", "--format", "json")
    assert (gone.returncode, gone.stderr) == (0, "")
    assert "Python 3.9" in gone.stdout
    second = techlist("push", "--service", "shop", "--confirm-large")
    assert (second.returncode, second.stderr) == (0, "")
    assert set(shop.usages.exclude(tech=None).values_list("name", flat=True)) == {"Django 3.2"}


@pytest.mark.slow
@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--service", "shop", "--create"], f"Cannot create the service 'shop': {DETAIL}"),
        (["--service", "shop", "--create"], "If the service exists, leave out --create and name it by its slug."),
        (["--service", "bank"], DETAIL),
        (["--service", "bank", "--dry-run", "--create"], DETAIL),
    ],
)
def test_push_beyond_its_scope(techlist: Callable[..., Any], options: list[str], words: str) -> None:
    refused = techlist("push", *options)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert Service.objects.count() == 1
