"""Logging in and out, where Techlist requires it."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.adding import open_form
from tests.browser.conftest import OpenPage
from tests.support.browser import PASSWORD
from tests.support.factories import add
from tests.support.services import Web


@pytest.fixture
def page(open_page: OpenPage, login_web_process: Web) -> Page:
    User.objects.create_user("ada", password=PASSWORD)
    add("React")
    return open_page("/?q=react", base_url=login_web_process.url)


def log_in(page: Page, password: str) -> None:
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def log_out(page: Page) -> None:
    page.locator("summary", has_text="ada").click()
    page.get_by_role("button", name="Log out").click()


def test_in_and_out(page: Page) -> None:
    log_in(page, PASSWORD)
    expect(page.locator("#list .row")).to_contain_text("React")
    open_form(page).fill("Django 3.2")
    page.keyboard.press("Enter")
    expect(page.locator("#just-added")).to_contain_text("Django 3.2")
    log_out(page)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_new_password_with_the_keyboard_alone(page: Page) -> None:
    log_in(page, PASSWORD)
    page.locator("summary", has_text="ada").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Change password")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Current password")).to_be_focused()
    for typed in (PASSWORD, "staple battery horse", "staple battery horse"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Change password")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Your password was changed.")).to_be_visible()
    expect(page.locator("#list .row")).to_contain_text("React")
    log_out(page)
    log_in(page, "staple battery horse")
    expect(page.locator("summary", has_text="ada")).to_be_visible()


def test_refused(page: Page) -> None:
    log_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text("Wrong username or password.")
