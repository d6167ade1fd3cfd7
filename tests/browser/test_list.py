"""The list: levels, search, order and pages."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.adding import open_form
from tests.browser.conftest import OpenPage
from tests.browser.dimming import opacity
from tests.browser.shifts import shift_of, watch_shifts
from tests.support.factories import add


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    for name in ("Django 3.2", "React", "Postgres 14", "our own thing"):
        add(name)
    return open_page()


def expect_names(page: Page, *names: str) -> None:
    expect(page.locator("#list .row .name")).to_have_text(list(names))


def test_filter_by_level(page: Page) -> None:
    page.locator("#level-critical").click()
    expect_names(page, "Django 3.2")
    expect(page).to_have_url(re.compile(r"/\?priority=critical$"))
    expect(page.locator("#level-critical")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.locator("#list .row")).to_have_count(4)


def test_the_level_is_in_view_on_a_phone(open_page: OpenPage) -> None:
    add("Ubuntu 26.04")
    page = open_page("/?priority=low", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    expect(page.locator("#level-low")).to_be_in_viewport(ratio=1)
    page.locator("#level-unknown").click()
    expect(page.locator("#level-unknown")).to_have_attribute("aria-current", "true")
    expect(page.locator("#level-unknown")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0


def test_search_as_you_type(page: Page) -> None:
    page.get_by_label("Search names and products").press_sequentially("own th")
    expect_names(page, "our own thing")
    expect(page).to_have_url(re.compile(r"/\?q=own(\+|%20)th$"))
    expect(page.get_by_label("Search names and products")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("1 technology.")


def test_a_pending_list_dims_the_old_one_and_a_pending_preview_does_not(page: Page) -> None:
    page.route("**/preview/*", lambda _route: None)
    open_form(page).fill("React 18")
    expect(page.locator("#text.htmx-request")).to_be_attached()
    assert opacity(page) == 1
    page.route("**/?q=*", lambda _route: None)
    page.get_by_label("Search names and products").fill("react")
    expect(page.locator("#search.htmx-request")).to_be_attached()
    assert opacity(page) < 1


def test_typing_on_while_a_search_is_under_way(page: Page) -> None:
    """The last search wins, and the console stays silent: htmx would report a cancelled request."""
    slow: list[Route] = []
    page.route("**/?q=*", lambda route: slow.append(route))  # noqa: PLW0108  # Playwright asks it for a name
    field = page.get_by_label("Search names and products")
    field.fill("djan")
    wait_for(page, slow, 1)
    for text in ("rea", "react"):
        field.fill(text)
        page.wait_for_timeout(350)  # longer than the form waits for more input
    slow.pop().continue_()
    wait_for(page, slow, 1)
    slow.pop().continue_()
    expect_names(page, "React")
    expect(page).to_have_url(re.compile(r"/\?q=react$"))
    assert slow == []


def wait_for(page: Page, routes: list[Route], number: int) -> None:
    deadline = time.monotonic() + 10
    while len(routes) < number and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert len(routes) == number


def test_a_search_within_a_level(page: Page) -> None:
    page.locator("#level-critical").click()
    expect_names(page, "Django 3.2")
    page.get_by_label("Search names and products").fill("react")
    expect(page.locator("#list")).to_contain_text("No technologies match.")
    page.locator(".empty").get_by_role("link", name="Show all").click()
    expect(page.locator("#list .row")).to_have_count(4)


def test_sort(page: Page) -> None:
    page.locator("summary", has_text="Display").click()
    page.get_by_label("Sort by").select_option("Name")
    expect_names(page, "Django 3.2", "our own thing", "Postgres 14", "React")
    page.get_by_label("Sort by").focus()
    page.get_by_label("Sort by").select_option("Newest first")
    expect_names(page, "our own thing", "Postgres 14", "React", "Django 3.2")
    expect(page.get_by_label("Sort by")).to_be_focused()
    page.get_by_label("Sort by").select_option("End of support")
    expect_names(page, "Django 3.2", "Postgres 14", "React", "our own thing")


def test_sort_by_a_column(page: Page) -> None:
    name = page.get_by_role("columnheader", name="Technology")
    for sort, names in (
        ("ascending", ["Django 3.2", "our own thing", "Postgres 14", "React"]),
        ("descending", ["React", "Postgres 14", "our own thing", "Django 3.2"]),
    ):
        name.get_by_role("link").click()
        expect_names(page, *names)
        expect(name).to_have_attribute("aria-sort", sort)
    expect(page.get_by_role("columnheader", name="Level")).not_to_have_attribute("aria-sort", re.compile("."))


def test_owner_and_tag(open_page: OpenPage) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop"])
    add("Postgres 14", owner="Data", tags=["shop", "db"])
    add("React")
    page = open_page()
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-owner").select_option("Team Web")
    expect_names(page, "Django 3.2")
    page.locator("#filter-owner").select_option("Data")
    expect_names(page, "Django 3.2", "Postgres 14")
    expect(page).to_have_url(re.compile(r"/\?owner=data&owner=team(\+|%20)web$"))
    page.locator(".chip", has_text="Team Web").click()
    expect_names(page, "Postgres 14")
    page.locator(".chip", has_text="Data").click()
    expect(page.locator("#list .row")).to_have_count(3)
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-tag").select_option("#shop")
    expect_names(page, "Django 3.2", "Postgres 14")
    page.locator("#level-high").click()
    expect_names(page, "Postgres 14")
    page.goto("/")
    page.locator(".row").get_by_role("link", name="db").click()
    expect_names(page, "Postgres 14")
    expect(page.locator(".chip")).to_have_text(re.compile("Tag db"))


def test_several_tags(open_page: OpenPage) -> None:
    """An address may name several. The search keeps them, and a choice adds another one."""
    for name, tags in (("Django 3.2", ["shop"]), ("Postgres 14", ["db"]), ("React", ["ui"])):
        add(name, tags=tags)
    page = open_page("/?tag=shop&tag=db")
    expect_names(page, "Django 3.2", "Postgres 14")
    page.get_by_label("Search names and products").fill("post")
    expect_names(page, "Postgres 14")
    expect(page).to_have_url(re.compile(r"/\?q=post&tag=db&tag=shop$"))
    page.get_by_label("Search names and products").fill("")
    expect_names(page, "Django 3.2", "Postgres 14")
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-tag").select_option("#ui")
    expect_names(page, "Django 3.2", "Postgres 14", "React")


def test_age_of_the_data(page: Page) -> None:
    expect(page.locator(".data-age time")).to_have_attribute("title", re.compile("today|ago$"))


def test_nothing_moves_when_the_list_is_refreshed(page: Page) -> None:
    watch_shifts(page)
    add("Node.js 20")
    page.evaluate("htmx.trigger(document.body, 'techs-changed')")
    expect(page.locator("#list .row")).to_have_count(5)
    assert shift_of(page) < 0.01


def test_pages(page: Page) -> None:
    page.goto("/?page_size=3&ordering=name")
    expect_names(page, "Django 3.2", "our own thing", "Postgres 14")
    page.get_by_role("link", name="Next page").click()
    expect_names(page, "React")
    page.get_by_role("link", name="Previous page").click()
    expect_names(page, "Django 3.2", "our own thing", "Postgres 14")
