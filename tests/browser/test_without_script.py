"""All important functions work without JavaScript."""

import re

from playwright.sync_api import FilePayload, Page, expect

from techs.models import Submission, Tech, Upload
from tests.browser.adding import open_form
from tests.browser.conftest import OpenPage
from tests.support import uploads
from tests.support.factories import add


def open_plain(open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=False)


def test_add(open_page: OpenPage) -> None:
    page = open_plain(open_page)
    open_form(page).fill("Django 3.2")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#just-added")).to_contain_text("Django 3.2")
    while page.locator("#just-added").get_by_role("link", name="Check again").count():
        page.get_by_role("link", name="Check again").click()
    expect(page.locator("#list .row")).to_contain_text("Out of support.")


def test_add_with_options(open_page: OpenPage, complaints: list[str]) -> None:
    page = open_plain(open_page)
    open_form(page).fill("Django 3.2")
    page.get_by_text("Options").click()
    page.get_by_role("textbox", name="Owner").fill("o" * 101)
    page.get_by_label("Tags").fill("shop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#owner-help")).to_have_text("Use at most 100 characters (this has 101).")
    expect(page.get_by_label("Tags")).to_have_value("shop")
    expect(page.get_by_role("textbox", name="Owner")).to_be_focused()
    page.get_by_role("textbox", name="Owner").fill("Team Web")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#just-added")).to_contain_text("Django 3.2")
    submission = Submission.objects.get()
    assert (submission.owner, submission.tags) == ("Team Web", ["shop"])
    complaints.clear()  # Chromium reports every page with status 400


def test_search(open_page: OpenPage) -> None:
    add("React")
    add("Django 3.2")
    page = open_plain(open_page)
    page.get_by_label("Search names and products").fill("react")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list .row .name")).to_have_text(["React"])


def test_levels_order_and_pages(open_page: OpenPage) -> None:
    for name in ("Django 3.2", "React", "Postgres 14"):
        add(name)
    page = open_plain(open_page)
    page.locator("#level-critical").click()
    expect(page.locator("#list .row .name")).to_have_text(["Django 3.2"])
    page.goto("/?page_size=2")
    page.locator("summary", has_text="Display").click()
    page.get_by_label("Sort by").select_option("Newest first")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list .row .name")).to_have_text(["Postgres 14", "React", "Django 3.2"])
    page.goto("/?page_size=2&ordering=name")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#list .row .name")).to_have_text(["React"])


def test_filters_and_groups(open_page: OpenPage) -> None:
    add("Django 3.2", owner="Web")
    add("React", owner="Data")
    page = open_plain(open_page)
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-owner").select_option("Data")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list .row .name")).to_have_text(["React"])
    page.locator(".chip").click()
    expect(page.locator("#list .row")).to_have_count(2)


def test_theme_and_density(open_page: OpenPage) -> None:
    add("Django 3.2")
    page = open_plain(open_page)
    page.goto("/?q=django")
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="Dark").click()
    page.locator("summary", has_text="Display").click()
    page.get_by_role("button", name="Compact").click()
    expect(page).to_have_url(re.compile(r"/\?q=django$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="System").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_import(open_page: OpenPage) -> None:
    page = open_plain(open_page)
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("One technology per line").fill("Django 3.2\nNode.js 16")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Import", exact=True).click()
    while page.get_by_role("link", name="Check again").count():
        page.get_by_role("link", name="Check again").click()
    page.get_by_role("link", name=re.compile("on the list$")).click()
    expect(page.locator("#list .row")).to_have_count(2)


def test_upload_for_a_service(open_page: OpenPage, complaints: list[str]) -> None:
    uploads.push_to_worker(uploads.service(), "django==3.2.25\n")
    page = open_plain(open_page)
    page.goto("/services/shop/")
    page.get_by_label("Choose a file").set_input_files({"name": "a.xyz", "mimeType": "", "buffer": b"hello"})
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("This kind of file is not supported.")
    expect(page.get_by_label("Choose a file")).to_be_focused()
    file: FilePayload = {"name": "requirements.txt", "mimeType": "", "buffer": b"django==5.2.1\n"}
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".diff")).to_contain_text("5.2.1")
    assert Upload.objects.count() == 1
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#import")).to_be_visible()
    while page.get_by_role("link", name="Check again").count():
        page.get_by_role("link", name="Check again").click()
    page.get_by_role("link", name="Go to Shop").click()
    expect(page.locator("table.uses tbody th .name")).to_have_text(["Django 5.2"])
    complaints.clear()  # Chromium reports every page with status 400


def test_edit_delete_and_undo(open_page: OpenPage) -> None:
    add("React")
    page = open_plain(open_page)
    page.get_by_role("link", name="React", exact=True).click()
    page.get_by_label("Impact").select_option("Major")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert Tech.objects.get().impact == "high"
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Yes, remove it").click()
    page.get_by_role("button", name="Undo").click()
    assert Tech.objects.get().impact == "high"


def test_a_suggestion(open_page: OpenPage) -> None:
    tech = add("djano 3.2")
    page = open_plain(open_page)
    expect(page.locator("#list .row")).to_contain_text("Did you mean Django 3.2?")
    page.goto(f"/techs/{tech.pk}/")
    page.get_by_role("button", name="Django 3.2").click()
    expect(page.get_by_role("heading", name="Django 3.2")).to_be_visible()
