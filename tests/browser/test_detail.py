"""The page of a technology: read, edit and remove it."""

import re

import pytest
from playwright.sync_api import Page, expect

from techs.models import Tech
from tests.browser.conftest import OpenPage
from tests.support.factories import add


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    add("Postgres 14")
    page = open_page()
    page.get_by_role("link", name="Postgres 14", exact=True).click()
    return page


def test_edit(page: Page) -> None:
    page.get_by_label("Impact").select_option("Vital")
    page.get_by_label("Note", exact=True).fill("ours\nand theirs")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    tech = Tech.objects.get()
    assert (tech.impact, tech.note) == ("critical", "ours\nand theirs")


def test_edit_and_undo(page: Page) -> None:
    page.get_by_label("Impact").select_option("Vital")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".undo")).to_contain_text(re.compile("Changed at .* UTC: impact."))
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)  # nothing can be clicked on paper
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Undo the change to impact").click()
    expect(page.get_by_role("status")).to_contain_text("“Postgres 14” is back to")
    expect(page.get_by_label("Impact")).to_have_value("normal")
    expect(page.locator(".undo")).to_have_count(0)
    assert Tech.objects.get().impact == "normal"


def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(page: Page, complaints: list[str]) -> None:
    page.get_by_label("Level").select_option("Low")
    page.get_by_label("Note", exact=True).fill("it is being replaced")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#override_review_on-help")).to_have_text("Choose a review date in the future.")
    expect(page.get_by_label("Review date")).to_be_focused()
    expect(page.get_by_label("Note", exact=True)).to_have_value("it is being replaced")
    complaints.clear()  # Chromium reports every page with status 400


def test_delete_and_undo(page: Page) -> None:
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.locator(".undo")).to_contain_text("“Postgres 14” was removed at")
    assert not Tech.objects.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="“Postgres 14” is on the list again.")).to_be_visible()
    expect(page.locator("#list .row")).to_contain_text("Postgres 14")
    assert Tech.objects.get().name == "Postgres 14"
