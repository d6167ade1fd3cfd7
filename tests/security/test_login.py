"""Logging in and out: one page for everybody, and a way back to the page that was requested."""

from urllib.parse import unquote

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from techs.models import Submission
from tests.support.browser import PASSWORD, browser, form_token, log_in
from tests.support.factories import add
from tests.support.servers import MariaDB
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def location(response: httpx.Response) -> tuple[int, str | None]:
    return response.status_code, response.headers.get("Location")


def test_it_works(login_web_process: Web, ada: User) -> None:
    add("Django 3.2")
    with browser(login_web_process) as person:
        assert location(person.get("/?q=django")) == (302, "/login/?next=/%3Fq%3Ddjango")
        assert location(log_in(person, "ada", url="/login/?next=/%3Fq%3Ddjango")) == (302, "/?q=django")
        page = person.get("/?q=django").text
    assert "Out of support." in page
    assert "<span>ada</span>" in page
    assert "Log out</button>" in page


def test_out_again(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        token = form_token(person.get("/").text)
        assert location(person.post("/logout/", data={"csrfmiddlewaretoken": token})) == (302, "/")
        assert location(person.get("/")) == (302, "/login/?next=/")


def test_a_link_logs_nobody_out(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        assert person.get("/logout/").status_code == 405
        assert person.post("/logout/").status_code == 403
        assert person.get("/").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_refused_in_the_same_words(login_web_process: Web, ada: User, name: str, password: str) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    with browser(login_web_process) as person:
        response = log_in(person, name, password=password)
        assert "Wrong username or password." in response.text
        assert f'value="{name}"' in response.text
        assert password not in response.text
        assert "sessionid" not in person.cookies


def test_nothing_typed(login_web_process: Web) -> None:
    with browser(login_web_process) as person:
        assert "Enter your username and password." in log_in(person, "", password="").text


def test_leads_to_no_other_site(login_web_process: Web, ada: User) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        with browser(login_web_process) as person:
            assert location(log_in(person, "ada", url=f"/login/?next={elsewhere}")) == (302, "/")


def test_cookies_stay_out_of_reach(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        cookies = log_in(person, "ada").headers.get_list("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_htmx_takes_the_whole_page_to_the_login(login_web_process: Web, ada: User, method: str) -> None:
    """The session ended while the page was open: the whole page goes to the login, which leads back to it."""
    headers = HTMX | {"HX-Current-URL": f"{login_web_process.url}/?q=django"}
    with browser(login_web_process) as person:
        log_in(person, "ada")
        token = form_token(person.get("/").text)
        person.cookies.delete("sessionid")
        data = {"text": "Redis 6", "csrfmiddlewaretoken": token} if method == "POST" else None
        response = person.request(method, "/add/" if data else "/?q=dj", data=data, headers=headers)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["HX-Redirect"] == "/login/?next=/%3Fq%3Ddjango"


def test_htmx_with_a_session_gets_its_part(login_web_process: Web, ada: User) -> None:
    """Control."""
    add("Django 3.2")
    with browser(login_web_process) as person:
        log_in(person, "ada")
        response = person.get("/", headers=HTMX)
    assert "HX-Redirect" not in response.headers
    assert 'id="level-all"' in response.text


def test_next_of_a_stranger_is_not_taken_from_htmx(login_web_process: Web) -> None:
    with browser(login_web_process) as person:
        response = person.get("/", headers=HTMX | {"HX-Current-URL": "https://evil.example/x"})
    assert response.headers["HX-Redirect"] == "/login/?next=/"


def test_form_without_a_session_stores_nothing(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        token = form_token(person.get("/login/").text)
        response = person.post("/add/", data={"text": "Django 3.2", "csrfmiddlewaretoken": token})
        assert location(response) == (302, "/login/?next=/add/")
        assert not Submission.objects.exists()
        # After the login, the list is shown.
        log_in(person, "ada")
        assert location(person.get("/add/")) == (302, "/")


def test_admin_leads_to_the_same_page(login_web_process: Web) -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    with browser(login_web_process) as person:
        there = person.get("/admin/techs/tech/?q=x", follow_redirects=True).url.raw_path.decode()
        assert there == "/login/?next=/admin/techs/tech/%3Fq%3Dx"
        assert location(log_in(person, "root", url=there)) == (302, "/admin/techs/tech/?q=x")
        assert person.get("/admin/techs/tech/?q=x").status_code == 200


def test_who_may_not_see_the_admin_is_told_so(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        response = person.get("/admin/", follow_redirects=True)
    assert "You are logged in as ada, but this account may not open that page." in response.text


def test_admin_login_in_open_mode(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert unquote(response.redirect_chain[-1][0]) == "/login/?next=/admin/"
    assert "Log in</h1>" in response.content.decode()


def test_open_mode_knows_no_names(admin_client: Client) -> None:
    assert "Log out" not in admin_client.get("/").content.decode()


def test_session_cannot_be_read(login_web_process: Web, mariadb: MariaDB, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        mariadb.kill()
        response = person.get("/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Temporarily unavailable" in response.text
