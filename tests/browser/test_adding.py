"""Adding a technology and watching its assessment arrive."""

import re

import pytest
from playwright.sync_api import Page, expect

from techs.models import Tech
from tests.browser.adding import open_form
from tests.browser.conftest import OpenPage
from tests.browser.shifts import shift_of, watch_shifts
from tests.support.factories import add


def type_and_enter(page: Page, text: str) -> None:
    open_form(page).fill(text)
    page.keyboard.press("Enter")


def test_it_becomes_its_result_without_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("window.isSamePage = true")
    type_and_enter(page, "Django 3.2")
    expect(page.locator("#just-added li")).to_contain_text("Critical")
    expect(page.locator("#list .row")).to_contain_text("Out of support.")
    assert page.evaluate("window.isSamePage")
    assert Tech.objects.get().name == "Django 3.2"
    expect(open_form(page)).to_be_focused()
    expect(open_form(page)).to_have_value("")


def test_a_click_on_an_example(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Node.js 20").click()
    expect(page.locator("#list .row")).to_contain_text("Node.js 20")


def test_a_mistake_is_told_beside_the_field(open_page: OpenPage) -> None:
    page = open_page()
    field = open_form(page)
    type_and_enter(page, "x" * 201)
    expect(page.locator("#text-message")).to_contain_text("Use at most 200 characters (this has 201).")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("x" * 201)
    expect(field).to_be_focused()
    type_and_enter(page, "React")
    expect(page.locator("#list .row")).to_contain_text("React")
    expect(page.locator("#text-message")).not_to_contain_text("too long")


def test_owner_and_tags(open_page: OpenPage) -> None:
    page = open_page()
    form = page.locator("#add")
    form.get_by_text("Options").click()
    form.get_by_label("Owner").fill("Team Web")
    form.get_by_label("Tags").fill("shop, b@d")
    type_and_enter(page, "Django 3.2")
    expect(page.locator("#tags-help")).to_contain_text("A tag has 1 to 30 letters")
    expect(form.get_by_label("Tags")).to_be_focused()
    expect(form.get_by_label("Tags")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Tags")).to_have_value("shop, b@d")
    expect(form.get_by_label("Owner")).to_have_value("Team Web")
    expect(open_form(page)).to_have_value("Django 3.2")
    form.get_by_label("Tags").fill("shop, #web")
    page.keyboard.press("Enter")
    expect(page.locator("#list .row .owned")).to_have_text(re.compile("Team Web.*shop.*web"))
    expect(form.get_by_label("Owner")).to_have_value("")


def test_a_suggestion_is_accepted_with_one_click(open_page: OpenPage) -> None:
    page = open_page()
    type_and_enter(page, "djano 3.2")
    page.locator("#just-added").get_by_role("button", name="Django 3.2").click()
    expect(page.locator("#just-added li")).to_contain_text("Changed from “djano 3.2”.")
    expect(page.locator("#list .row")).to_contain_text("Out of support.")
    page.get_by_role("button", name="Undo the change to djano 3.2").click()
    expect(page.get_by_role("status")).to_contain_text("“djano 3.2” is back to Unknown")


def test_nothing_moves_when_a_row_comes(open_page: OpenPage) -> None:
    for name in ("React", "Postgres 14", "Node.js 20"):
        add(name)
    page = open_page()
    watch_shifts(page)
    type_and_enter(page, "Django 3.2")
    expect(page.locator("#list .row")).to_have_count(4)
    assert shift_of(page) < 0.01


PLACES = "() => [scrollY, ...[...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().top)]"


@pytest.mark.parametrize("key", ["", "n"])
def test_the_form_opens_over_the_page(open_page: OpenPage, key: str) -> None:
    for number in range(3):
        add(f"Postgres 14.{number}")
    page = open_page()
    before = page.evaluate(PLACES)
    if key:
        page.keyboard.press(key)
    else:
        page.locator("#adding > summary").click()
    expect(page.locator("#text")).to_be_visible()
    assert page.evaluate(PLACES) == before
    type_and_enter(page, "Postgres 14.9")
    expect(page.locator("#just-added li")).to_contain_text("Postgres")
    expect(page.locator(".row")).to_have_count(4)
    assert page.evaluate(PLACES)[:2] == before[:2]
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_hidden()
    assert page.evaluate(PLACES)[:2] == before[:2]


def test_far_down_the_page_it_opens_where_somebody_reads(open_page: OpenPage) -> None:
    for number in range(40):
        add(f"Postgres 14.{number}")
    page = open_page()
    name = page.locator(".row .name").nth(30)
    name.focus()
    page.evaluate("scrollTo(0, 900)")
    before = page.evaluate(PLACES)
    page.keyboard.press("n")
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#adding .menu-panel")).to_be_in_viewport(ratio=1)
    assert page.evaluate(PLACES) == before
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_hidden()
    expect(name).to_be_focused()
    assert page.evaluate(PLACES) == before
    page.evaluate("scrollTo(0, 0)")
    page.locator("#adding > summary").click()
    expect(page.locator("#adding")).not_to_have_class(re.compile("is-floating"))


def test_a_shift_is_seen(open_page: OpenPage) -> None:
    """Control."""
    page = open_page()
    watch_shifts(page)
    page.evaluate("document.querySelector('main').prepend(document.createElement('hr'), 'Something new')")
    assert shift_of(page) > 0.01
