"""Changing the own password, which ends all other sessions of the user."""

import re
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from techs import tokens
from techs.api.login_throttling import FAILURES
from techs.exports import feed_tokens
from tests.support.browser import PASSWORD, browser, form_token, log_in
from tests.support.pages import one, parse, text_of, texts, values_of
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "staple battery horse"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "lovelace@example.org", PASSWORD)


def change(
    person: httpx.Client, *, old: str = PASSWORD, new: str = NEW, again: str | None = None, url: str = "/password/"
) -> httpx.Response:
    """Open the page, and send its form as a browser does."""
    form = one(parse(person.get(url).text), "section.login form")
    hidden = values_of(form)
    typed = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return person.post(str(form["action"]), data=hidden | typed)


def location(response: httpx.Response) -> tuple[int, str | None]:
    return response.status_code, response.headers.get("Location")


def test_it_works(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        page = one(parse(person.get("/").text), ".person form")
        assert texts(page, 'a[href="/password/"]') == ["Change password"]
        assert location(change(person)) == (302, "/")
        assert "Your password was changed." in person.get("/").text
        assert person.get("/").status_code == 200, "this session stays"
    with browser(login_web_process) as again:
        assert log_in(again, "ada").status_code == 200
        assert location(log_in(again, "ada", password=NEW)) == (302, "/")


def test_other_sessions_end_and_tokens_stay(login_web_process: Web, ada: User) -> None:
    _, token = tokens.create(ada)
    _, address = feed_tokens.create(ada, name="x")
    eve = User.objects.create_user("eve", password=PASSWORD)
    with browser(login_web_process) as here, browser(login_web_process) as there, browser(login_web_process) as other:
        for person, name in ((here, "ada"), (there, "ada"), (other, eve.username)):
            log_in(person, name)
        assert change(here).status_code == 302
        assert [person.get("/").status_code for person in (here, there, other)] == [200, 302, 200]
        assert there.get("/api/techs/", headers={"Accept": "application/json"}).status_code == 401
        program = {"Authorization": f"Token {token}", "Accept": "application/json"}
        assert there.get("/api/techs/", headers=program).status_code == 200
        assert there.get("/api/techs/export.csv", params={"token": address}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"old": "wrong"}, "old_password", "Wrong password."),
        ({"old": ""}, "old_password", "This field is required."),
        ({"new": "short"}, "new_password2", "too short"),
        ({"new": "password1"}, "new_password2", "too common"),
        ({"new": "lovelace1"}, "new_password2", "too similar to the email address"),
        ({"new": "8472910573"}, "new_password2", "entirely numeric"),
        ({"again": "another one"}, "new_password2", "don't match"),
    ],
)
def test_refused(login_web_process: Web, ada: User, typed: dict[str, Any], field: str, words: str) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        response = change(person, **typed)
        page = parse(response.text)
        assert (response.status_code, text_of(page, 'p[role="alert"]')) == (200, "Your password was not changed.")
        wrong = one(page, f"input#{field}")
        assert {"aria-invalid", "autofocus"} <= wrong.attrs.keys()
        assert words in text_of(page, f"div#{wrong['aria-describedby']}")
        assert not re.search(rf'value="({PASSWORD}|{NEW}|wrong|short)"', response.text)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_leads_to_no_other_site(login_web_process: Web, ada: User, elsewhere: str) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        assert location(change(person, url=f"/password/?next={elsewhere}")) == (302, "/")


def test_leads_back(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        assert location(change(person, url="/password/?next=/subscriptions/")) == (302, "/subscriptions/")
        assert location(change(person, old=NEW, url="/password/?q=django")) == (302, "/?q=django")


def test_needs_a_login(login_web_process: Web, client: Client) -> None:
    with browser(login_web_process) as person:
        assert location(person.get("/password/")) == (302, "/login/?next=/password/")
        token = form_token(person.get("/login/").text)
        posted = person.post("/password/", data={"csrfmiddlewaretoken": token, "new_password1": NEW})
        assert location(posted) == (302, "/login/?next=/password/")
    assert client.get("/password/")["Location"] == "/login/?next=/password/", "where nobody else needs one, too"


def test_another_site_changes_nothing(login_web_process: Web, ada: User) -> None:
    with browser(login_web_process) as person:
        log_in(person, "ada")
        data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
        assert person.post("/password/", data=data).status_code == 403
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_the_admin_leads_to_the_same_page(admin_client: Client) -> None:
    """In open mode, only users of the admin have passwords."""
    assert 'href="/password/"' in admin_client.get("/admin/").content.decode()
    page = admin_client.get("/admin/password_change/", follow=True)
    assert page.redirect_chain == [("/password/?next=/admin/", 302)]
    typed = {"old_password": "password", "new_password1": NEW, "new_password2": NEW, "next": "/admin/"}
    done = admin_client.post("/password/", typed, follow=True)
    assert done.redirect_chain == [("/admin/", 302)]
    assert "Your password was changed." in done.content.decode()
    assert User.objects.get().check_password(NEW)


@pytest.mark.parametrize("password", [PASSWORD, None])
def test_who_has_no_password_is_offered_none(client: Client, settings: Any, password: str | None) -> None:
    """Their password is kept elsewhere."""
    settings.ACCESS = "login"
    client.force_login(User.objects.create_user("ada", password=password))
    assert ("Change password" in client.get("/").content.decode()) is (password is not None)


def test_the_current_password_cannot_be_guessed(admin_client: Client) -> None:
    """With somebody else's open session, there are as few tries as on the login page."""
    typed = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW, "username": "somebody else"}
    assert [admin_client.post("/password/", typed).status_code for _ in range(FAILURES)] == [200] * FAILURES
    refused = admin_client.post("/password/", typed | {"old_password": "password"})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    elsewhere = Client(REMOTE_ADDR="192.0.2.77")
    assert elsewhere.post("/login/", {"username": "admin", "password": "password"}).status_code == 429


@pytest.mark.parametrize("path", ["/login/", "/password/"])
def test_few_passwords_are_checked_at_a_time(rsgi: Any, path: str) -> None:
    """Each check occupies a core for a second."""
    shell = rsgi.BoundedServer()
    few, _ = shell._permits(SimpleNamespace(method="POST", path=path))
    other, _ = shell._permits(SimpleNamespace(method="POST", path="/add/"))
    assert (few is other, few._value) == (False, rsgi.LOGINS)


def test_a_weak_new_password_is_no_failure(admin_client: Client) -> None:
    typed = {"old_password": "password", "new_password1": "short", "new_password2": "short"}
    answers = [admin_client.post("/password/", typed).status_code for _ in range(FAILURES + 1)]
    assert answers == [200] * (FAILURES + 1)
