"""Everything that matters works with JavaScript off."""

from playwright.sync_api import Page, expect

from techs.models import Tech
from tests.factories import add
from tests.in_browser.conftest import OpenPage


def open_plain(open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=False)


def test_add(open_page: OpenPage) -> None:
    page = open_plain(open_page)
    page.get_by_role("textbox", name="Add a technology").fill("Django 3.2")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#just-added")).to_contain_text("Django 3.2")
    while page.locator("#just-added").get_by_role("link", name="Check again").count():
        page.get_by_role("link", name="Check again").click()
    expect(page.locator("#list .row")).to_contain_text("Django 3.2: support ended on")


def test_search(open_page: OpenPage) -> None:
    add("React")
    add("Django 3.2")
    page = open_plain(open_page)
    page.get_by_label("Search names and products").fill("react")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list .row h3 > a")).to_have_text(["React"])


def test_edit_delete_and_undo(open_page: OpenPage) -> None:
    add("React")
    page = open_plain(open_page)
    page.get_by_role("link", name="React", exact=True).click()
    page.get_by_label("Impact").select_option("High")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert Tech.objects.get().impact == "high"
    page.get_by_text("Take off the list").click()
    page.get_by_role("button", name="Yes, take it off").click()
    page.get_by_role("button", name="Undo").click()
    assert Tech.objects.get().impact == "high"


def test_a_suggestion(open_page: OpenPage) -> None:
    add("djano 3.2")
    page = open_plain(open_page)
    page.get_by_role("button", name="Django 3.2").click()
    expect(page.locator("#list .row h3 > a")).to_have_text(["Django 3.2"])
