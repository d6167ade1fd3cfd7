"""While the server is unavailable, people see a message where they look, and keep their input."""

from playwright.sync_api import expect

from tests.browser.adding import open_form
from tests.browser.conftest import OpenPage
from tests.support.factories import add

AWAY = "The server is not responding. Check your connection and try again; your input is kept."


def test_adding(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_page()
    field = open_form(page)
    page.route("**/add/", lambda route: route.abort())
    field.fill("Django 3.2")
    page.keyboard.press("Enter")
    expect(page.locator("#text-message").get_by_role("alert")).to_have_text(AWAY)
    expect(field).to_have_value("Django 3.2")
    page.unroute("**/add/")
    page.keyboard.press("Enter")
    expect(page.locator("#list .row")).to_contain_text("Django 3.2")
    expect(page.locator("#text-message").get_by_role("alert")).to_be_empty()
    complaints.clear()  # Chromium and htmx report the failed request


def test_searching(open_page: OpenPage, complaints: list[str]) -> None:
    add("React")
    page = open_page()
    page.route("**/?q=*", lambda route: route.abort())
    page.get_by_label("Search names and products").fill("rea")
    problem = page.locator(".listing > .problem")
    expect(problem).to_have_text(AWAY)
    expect(page.locator("#list .row")).to_contain_text("React")
    page.unroute("**/?q=*")
    page.get_by_label("Search names and products").fill("react")
    expect(problem).to_be_empty()
    complaints.clear()


def test_a_submission_is_asked_for_again(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_page()
    page.route("**/submissions/**", lambda route: route.abort())
    open_form(page).fill("Django 3.2")
    page.keyboard.press("Enter")
    entry = page.locator("#just-added li")
    expect(entry).to_contain_text("The server is not responding. Retrying in a few seconds.")
    page.unroute("**/submissions/**")
    expect(entry).to_contain_text("Critical")
    complaints.clear()
