"""Everything that matters works with JavaScript off."""

from playwright.sync_api import Page, expect

from techs.models import Submission, Tech
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
    expect(page.locator("#list .row")).to_contain_text("Support ended on")


def test_add_with_options(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_plain(open_page)
    page.get_by_role("textbox", name="Add a technology").fill("Django 3.2")
    page.get_by_text("Options").click()
    page.get_by_label("Owner").fill("o" * 101)
    page.get_by_label("Tags").fill("shop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#owner-help")).to_have_text("This is too long: 101 of at most 100 characters.")
    expect(page.get_by_label("Tags")).to_have_value("shop")
    expect(page.get_by_label("Owner")).to_be_focused()
    page.get_by_label("Owner").fill("Team Web")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#just-added")).to_contain_text("Django 3.2")
    submission = Submission.objects.get()
    assert (submission.owner, submission.tags) == ("Team Web", ["shop"])
    complaints.clear()  # Chromium tells of every page with status 400


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
