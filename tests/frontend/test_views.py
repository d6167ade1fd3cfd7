"""Saved views on pages: save, change, remove, and open with one. Without JavaScript."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend.presenters.saved_views import COOKIE
from techs.inventory import saved_views
from techs.models import SavedView, StartView
from tests.support.factories import add
from tests.support.pages import attribute, attributes, page_of, parse, text_of, texts, values_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/views/"
LIST = "http://testserver/"


def save(name: str = "My team", query: str = "owner=web") -> SavedView:
    return saved_views.create(name=name, query=query)[0]


def menu(client: Client, url: str = "/") -> Any:
    """Return the menu as the page of the list includes it."""
    response = client.get(url, headers={"referer": LIST})
    return parse(render_to_string("frontend/_views.html", {"menu": response.context["menu"]}, response.wsgi_request))


@pytest.fixture
def with_login(client: Client, settings: Any) -> User:
    user = User.objects.create_user("ada", password="x")
    settings.ACCESS = "login"
    client.force_login(user)
    return user


def test_save_the_list_that_is_shown(client: Client) -> None:
    add("Django 3.2", owner="Web")
    form = menu(client, "/?owner=Web&page_size=5").select_one('form[action="/views/save/"]')
    fields = values_of(form, "input") | {"name": " My  team "}
    assert fields["query"] == "owner=web"
    response = client.post(form["action"], fields, headers={"referer": f"{LIST}?owner=Web&page_size=5"})
    assert (response.status_code, response["Location"]) == (303, "/?owner=web")
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("My team", "owner=web")
    assert "“My team” is saved." in client.get("/?owner=web").content.decode()


@pytest.mark.parametrize(
    ("page", "saved"),
    [
        (f"{LIST}?priority=low&cursor=x", "priority=low"),
        (f"{LIST}?priority=low&by=owner&page=2", "priority=low&by=owner"),
        (LIST, ""),
        (f"{LIST}services/?owner=pay", "owner=web"),
        ("http://elsewhere.test/?priority=low", "owner=web"),
    ],
)
def test_a_list_that_a_script_has_changed_is_saved_as_shown(client: Client, page: str, saved: str) -> None:
    client.post(f"{URL}save/", {"name": "a", "query": "owner=web"}, headers={"referer": page})
    assert SavedView.objects.get().query == saved


_LEVELS = "priority: Choose from: critical, high, medium, unknown, low."


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"name": " ", "query": "owner=web"}, 400, "Enter a name, such as My team."),
        ({"name": "x" * 61, "query": "owner=web"}, 400, "Use at most 60 characters (this has 61)."),
        (
            {"name": "x", "query": "priority=urgent"},
            400,
            _LEVELS,
        ),
        ({"name": "MY TEAM", "query": "owner=pay"}, 409, "There is another view named “My team”. Choose another name."),
    ],
)
def test_refused_views_are_shown_again(client: Client, fields: dict[str, str], status: int, problem: str) -> None:
    save()
    response = client.post(f"{URL}save/", fields)
    page = page_of(response)
    assert (response.status_code, text_of(page, "#view-problem")) == (status, problem)
    again = values_of(page, 'form[action="/views/save/"] input')
    assert (again["name"], again["query"]) == (fields["name"], fields["query"])
    assert SavedView.objects.count() == 1


def test_saved_twice(client: Client) -> None:
    for words in ("is saved", "was saved before"):
        address = client.post(f"{URL}save/", {"name": "My team", "query": "owner=web"})["Location"]
        assert words in client.get(address).content.decode()
    assert SavedView.objects.count() == 1


def test_menu(client: Client) -> None:
    assert text_of(menu(client), ".choices") == "No saved views yet."
    save("Zoo", "priority=low")
    save("<b>", "q=%3Cb%3E&owner=web")
    shown = menu(client, "/?priority=low")
    assert texts(shown, "ul.choices a") == ["<b>", "Zoo"]
    assert attributes(shown, "ul.choices a", "href") == ["/?q=%3Cb%3E&owner=web", "/?priority=low"]
    assert texts(shown, "[aria-current=page]") == ["Zoo"]
    assert not shown.select('form[action="/views/save/"]'), "this list is saved already"
    assert "Zoo" in text_of(shown, "summary")
    assert [client.get(url).status_code for url in attributes(shown, "ul.choices a", "href")] == [200, 200]


def test_menu_that_is_full(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    save()
    assert not menu(client).select('form[action="/views/save/"]')


def test_menu_costs_no_query(client: Client, django_assert_num_queries: Any) -> None:
    view = save()
    client.cookies[COOKIE] = str(view.pk)
    menu(client)
    with django_assert_num_queries(0):
        menu(client)


def test_the_start_view_of_a_user_costs_one(client: Client, with_login: User) -> None:
    """Both the redirect of arriving visitors and the menu need it."""
    save()
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert sum(StartView._meta.db_table in query["sql"] for query in queries) == 1


def test_manage(client: Client) -> None:
    first, other = save(), save("Pay", "owner=pay")
    page = visit(client, URL)
    assert texts(page, ".subscriptions a") == ["My team", "Pay"]
    renamed = client.post(f"{URL}{first.pk}/change/", {"name": "Shop"}, headers={"referer": f"{LIST}views/"})
    assert (renamed.status_code, renamed["Location"]) == (303, URL)
    first.refresh_from_db()
    assert (first.name, first.query) == ("Shop", "owner=web")
    client.post(f"{URL}{first.pk}/change/", {"query": "owner=ops"})
    first.refresh_from_db()
    assert (first.name, first.query) == ("Shop", "owner=ops")
    taken = client.post(f"{URL}{first.pk}/change/", {"name": "pay"})
    assert (taken.status_code, "another view named “Pay”" in taken.content.decode()) == (409, True)
    assert client.post(f"{URL}{first.pk}/change/", {"name": ""}).status_code == 400
    removed = client.post(f"{URL}{other.pk}/remove/", headers={"referer": f"{LIST}?owner=pay"})
    assert (removed.status_code, removed["Location"]) == (303, "/?owner=pay")
    assert [view.name for view in SavedView.objects.all()] == ["Shop"]
    for name in ("change", "remove", "start"):
        gone = client.post(f"{URL}{other.pk}/{name}/")
        assert (gone.status_code, "Perhaps somebody has removed it" in gone.content.decode()) == (404, True)
        assert client.get(f"{URL}{first.pk}/{name}/")["Location"] == URL


def test_forms_need_the_token() -> None:
    view = save()
    strict = Client(enforce_csrf_checks=True)
    for name in ("change", "remove", "start"):
        assert strict.post(f"{URL}{view.pk}/{name}/").status_code == 403
    assert strict.post(f"{URL}save/", {"name": "x", "query": ""}).status_code == 403
    assert attribute(visit(strict, URL), 'form[action$="/remove/"] input', "name") == "csrfmiddlewaretoken"


def test_writes_are_limited(client: Client, settings: Any) -> None:
    settings.THROTTLE = 1
    view = save()
    assert client.post(f"{URL}{view.pk}/start/").status_code == 303
    refused = client.post(f"{URL}{view.pk}/remove/")
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert SavedView.objects.exists()


def open_address(client: Client, referer: str = "", url: str = "/", **headers: str) -> str:
    """Return where the address leads: the redirect, or the address itself."""
    response = client.get(url, headers=headers | ({"referer": referer} if referer else {}))
    assert response.status_code in {200, 302}
    return response["Location"] if response.status_code == 302 else url


def check_start(client: Client, view: SavedView) -> None:
    assert open_address(client) == "/"
    form = menu(client, "/?owner=web").select_one('form[action$="/start/"]')
    assert text_of(form) == "Open with this view"
    chosen = client.post(form["action"], values_of(form, "input"), headers={"referer": f"{LIST}?owner=web"})
    assert (chosen.status_code, chosen["Location"]) == (303, "/?owner=web")
    assert "opens with “My team” for you" in client.get("/?owner=web").content.decode()
    assert texts(menu(client), ".choices small") == ["opens first"]
    for referer in ("", "http://elsewhere.test/", f"{LIST}login/?next=/", "http://[broken"):
        assert open_address(client, referer) == "/?owner=web", referer
    for referer in (LIST, f"{LIST}?owner=web", f"{LIST}services/"):
        assert open_address(client, referer) == "/", "a link to the whole list leads there"
    assert open_address(client, url="/?priority=low") == "/?priority=low"
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 200
    saved_views.change(view.pk, query="owner=pay")
    assert open_address(client) == "/?owner=pay", "also after a change by somebody else"
    saved_views.change(view.pk, query="")
    assert open_address(client) == "/", "and no redirect to itself"
    saved_views.change(view.pk, query="owner=web")


def test_open_with_a_view(client: Client) -> None:
    view = save()
    check_start(client, view)
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 400 * 24 * 60 * 60)
    other = Client()
    assert open_address(other) == "/"
    assert client.post(f"{URL}start/").status_code == 303
    assert open_address(client) == "/"


def test_open_with_a_view_of_a_user(client: Client, with_login: User) -> None:
    view = save()
    check_start(client, view)
    assert COOKIE not in client.cookies
    other = Client()
    other.force_login(User.objects.create_user("bob"))
    assert open_address(other) == "/"
    client.post(f"{URL}start/")
    assert open_address(client) == "/"
    client.post(f"{URL}{view.pk}/start/")
    with_login.delete()
    assert not StartView.objects.exists()


def test_a_start_view_that_is_removed(client: Client, with_login: User) -> None:
    view = save()
    client.post(f"{URL}{view.pk}/start/")
    saved_views.remove(view.pk)
    assert not StartView.objects.exists()
    assert open_address(client) == "/"


@pytest.mark.parametrize("cookie", ["0", "-1", "x", "9" * 40, "²", "1.0"])
def test_hostile_cookies(client: Client, cookie: str) -> None:
    save()
    client.cookies[COOKIE] = cookie
    assert open_address(client) == "/"
    assert not texts(menu(client), ".choices small")


def test_who_saved_it(client: Client, with_login: User) -> None:
    client.post(f"{URL}save/", {"name": "x", "query": "owner=web"})
    assert SavedView.objects.get().created_by == "ada"
    assert "saved by ada" in text_of(visit(client, URL), ".subscriptions")


def test_a_list_with_too_many_filters(client: Client) -> None:
    """Its page works, but it cannot be saved."""
    query = "&".join("owner=" + f"{number}ü" * 33 for number in range(10, 20))
    form = menu(client, f"/?{query}").select_one('form[action="/views/save/"]')
    refused = client.post(form["action"], values_of(form, "input") | {"name": "x"})
    assert (refused.status_code, "Choose fewer filters." in refused.content.decode()) == (400, True)
