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
    page.get_by_label("Level").select_option("Accept the risk")
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


def test_e_leads_to_the_details(page: Page) -> None:
    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("e")
    expect(page.get_by_label("Impact")).to_be_focused()
    note = page.get_by_label("Note", exact=True)
    note.focus()
    page.keyboard.press("e")
    expect(note).to_have_value("e")
    page.goto("/")
    page.get_by_role("link", name="Postgres 14", exact=True).focus()
    page.keyboard.press("e")
    expect(page.get_by_label("Impact")).to_be_focused()


def test_on_a_phone_a_link_leads_to_the_details(open_page: OpenPage) -> None:
    page = open_page(f"/techs/{add('Postgres 14').pk}/", viewport={"width": 390, "height": 800})
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Impact")).to_be_focused()
    expect(page.get_by_label("Impact")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_releases_as_a_timeline(open_page: OpenPage, width: int) -> None:
    page = open_page(f"/techs/{add('Django 3.2').pk}/", viewport={"width": width, "height": 800})
    rows = page.locator(".spans tbody tr")
    expect(rows.filter(has_text="in use")).to_contain_text("3.2")
    # Today's line runs straight through all rows, and the bar of an ended release stops before it.
    lines = [box["x"] for line in page.locator(".span .now").all() if (box := line.bounding_box())]
    assert len(lines) == rows.count() > 1
    assert max(lines) - min(lines) < 1
    bars = page.locator(".spans .is-own rect:not(.is-gap)").all()
    ends = [box["x"] + box["width"] for bar in bars if (box := bar.bounding_box())]
    assert ends
    assert max(ends) < lines[0]
    # All that the drawing shows is text, too, without a pointer.
    expect(page.get_by_role("img", name=re.compile("until 1 Apr 2024"))).to_be_visible()
    page.get_by_text("All dates").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Dates of releases")).to_contain_text("1 Apr 2024")


def test_an_accepted_risk_looks_accepted(open_page: OpenPage) -> None:
    page = open_page(f"/techs/{add('Postgres 14').pk}/")
    page.get_by_label("Level").select_option("Accept the risk")
    page.get_by_label("Review date").fill("2099-02-01")
    page.get_by_label("Note", exact=True).fill("Isolated.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".verdict")).to_have_text("Accepted until 1 Feb 2099")
    expect(page.get_by_role("status")).to_contain_text("to Accepted.")
    expect(page.locator(".events")).to_contain_text("Somebody accepted the risk of Postgres 14 until 1 Feb 2099")
