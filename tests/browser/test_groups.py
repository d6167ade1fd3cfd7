"""Groups of the list can be closed, and stay closed."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import OpenPage
from tests.support.factories import add


@pytest.fixture(autouse=True)
def some(web: object) -> None:
    for name, owner in (("Django 3.2", "Web"), ("Django 4.2", "Web"), ("Vue 2.7", "Data")):
        add(name, owner=owner)


def fold(page: Page, name: str) -> Locator:
    return page.locator("tr.group", has_text=name).locator(".fold > summary")


def rows(page: Page) -> Locator:
    return page.locator(".row:visible .name")


def test_a_group_is_closed_and_stays_closed(open_page: OpenPage) -> None:
    page = open_page("/?by=owner")
    expect(rows(page)).to_have_count(3)
    fold(page, "Web").click()
    expect(rows(page)).to_have_text(["Vue 2.7"])
    assert findings(page) == []
    page.reload()
    expect(rows(page)).to_have_text(["Vue 2.7"])
    page.locator("#level-critical").click()
    expect(page.locator("#level-critical")).to_have_attribute("aria-current", "true")
    expect(rows(page)).to_have_text(["Vue 2.7"])
    page.goto("/?by=product")
    expect(rows(page)).to_have_count(3)
    page.goto("/?by=owner")
    fold(page, "Web").click()
    page.reload()
    expect(rows(page)).to_have_count(3)


def test_a_browser_that_refuses_to_store_anything(open_page: OpenPage) -> None:
    """The rest of the page works, and groups stay closed until it is left."""
    page = open_page("/?by=owner")
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })")
    page.reload()
    fold(page, "Web").click()
    expect(rows(page)).to_have_text(["Vue 2.7"])
    page.locator("#level-critical").click()
    expect(page.locator("#level-critical")).to_have_attribute("aria-current", "true")
    expect(rows(page)).to_have_text(["Vue 2.7"])
    page.keyboard.press("j")
    expect(rows(page).first).to_be_focused()


def test_keys_pass_by_closed_groups(open_page: OpenPage) -> None:
    page = open_page("/?by=owner")
    first = page.locator("tr.group .name").first.inner_text()
    fold(page, first).press("Enter")
    page.keyboard.press("j")
    expect(rows(page).first).to_be_focused()
    page.locator("#select-all").check()
    expect(page.locator(".row:visible .select:checked")).to_have_count(rows(page).count())
    expect(page.locator(".row .select:checked")).to_have_count(rows(page).count())


def test_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/?by=owner", java_script_enabled=False)
    fold(page, "Web").click()
    expect(rows(page)).to_have_text(["Vue 2.7"])


def test_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/?by=owner", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    fold(page, "Web").tap()
    expect(rows(page)).to_have_text(["Vue 2.7"])
