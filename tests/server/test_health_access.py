"""/healthz and /readyz answer under any host name, and show details only to authenticated clients."""

from collections.abc import Generator

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from techlist.local.processes import wait_until
from techs import tokens
from tests.support.browser import FRESH, PASSWORD, browser, log_in
from tests.support.readiness import NAMES
from tests.support.servers import MariaDB, Server, Servers
from tests.support.services import Web, place, running
from tests.support.waiting import HANG

pytestmark = pytest.mark.django_db(transaction=True)
HOSTS = ["10.0.0.7:8000", "evil", "evil.example.org:99999", "[::1", "", "a_b", "x" * 300]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", HOSTS)
def test_any_host(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_other_addresses_still_refuse_other_hosts(client: Client) -> None:
    """Control."""
    for path in ("/", "/api/techs/", "/healthz/x", "/readyz2"):
        assert client.get(path, headers={"Host": "evil"}).status_code == 400


def test_head_and_other_methods(client: Client) -> None:
    assert (client.head("/readyz").status_code, client.head("/readyz").content) == (200, b"")
    refused = client.post("/readyz")
    assert (refused.status_code, list(refused.json()), refused["Allow"]) == (405, ["detail"], "GET, HEAD")


def test_whatever_a_load_balancer_accepts(client: Client) -> None:
    assert client.get("/readyz", headers={"Accept": "text/plain"}).status_code == 200


@pytest.fixture
def https_login_web(servers: Servers, process_env: dict[str, str]) -> Generator[Web, None, None]:
    """Run a web server as in production: with logins, HTTPS by a proxy, and its own host name."""
    env = process_env | {"TECHLIST_ACCESS": "login", "TECHLIST_HTTPS": "on", "ALLOWED_HOSTS": "techlist.example.org"}
    web = Web(**place(servers), env=env, name="web-service")
    with running(web):
        yield web


def test_load_balancer_calls_by_address(https_login_web: Web) -> None:
    """Through the real server, which is ready as soon as it answers under its own address."""
    for path in ("/healthz", "/readyz"):
        for host in ("10.0.0.7:8000", "evil", "techlist.example.org"):
            for method in ("GET", "HEAD"):
                answer = httpx.request(method, f"{https_login_web.url}{path}", headers={"Host": host})
                assert (answer.status_code, answer.history) == (200, []), (method, path, host)
                assert method == "HEAD" or answer.json() == {"status": "ok"}
    assert httpx.get(f"{https_login_web.url}/login/", headers={"Host": "evil"}).status_code == 400


@pytest.fixture
def token() -> str:
    return tokens.create(User.objects.create_user("ada", password=PASSWORD))[1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Token 0123456789abcdef"},
        {"Authorization": "Token"},
        {"Authorization": "Token ü"},
        {"Authorization": "Basic YWRhOng="},
        {"Cookie": "sessionid=0123456789abcdefghij"},
        {"Cookie": "sessionid=" + "x" * 500},
    ],
)
def test_strangers_see_the_bare_status(login_web_process: Web, headers: dict[str, str]) -> None:
    answer = httpx.get(
        f"{login_web_process.url}/readyz", headers=[(name.encode(), value.encode()) for name, value in headers.items()]
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_details_with_a_token(login_web_process: Web, token: str) -> None:
    answer = httpx.get(f"{login_web_process.url}/readyz", headers={"Authorization": f"Token {token}"})
    assert (answer.status_code, list(answer.json())) == (200, NAMES)
    User.objects.update(is_active=False)
    answer = httpx.get(f"{login_web_process.url}/readyz", headers={"Authorization": f"Token {token}"})
    assert answer.json() == {"status": "ok"}


def test_details_with_a_session(login_web_process: Web, token: str) -> None:
    with browser(login_web_process) as person:
        assert person.get("/readyz").json() == {"status": "ok"}
        log_in(person, "ada")
        assert list(person.get("/readyz").json()) == NAMES


def test_known_person_without_the_database(login_web_process: Web, token: str, mariadb: MariaDB) -> None:
    with browser(login_web_process) as person, httpx.Client(base_url=login_web_process.url, limits=FRESH) as program:
        log_in(person, "ada")
        for how in (Server.pause, Server.kill):
            how(mariadb)
            # An earlier answer is shared for a second.
            assert wait_until(lambda: person.get("/readyz").status_code == 503, timeout=HANG)
            answer = person.get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
            assert (person.get("/healthz").status_code, person.get("/healthz").json()) == (200, {"status": "ok"})
            answer = program.get("/readyz", headers={"Authorization": f"Token {token}"})
            assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
