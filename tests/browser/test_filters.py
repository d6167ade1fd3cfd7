"""Filters with many values are searched within the filter, by mouse and by keys."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from techs import cache
from techs.models import Tech, TechTag
from tests.browser.axe import EVERYTHING, findings
from tests.browser.conftest import OpenPage
from tests.browser.shifts import shift_of, watch_shifts
from tests.support.factories import add

PRODUCTS = (
    "Django 3.2",
    "Vue 2.7",
    "React 18",
    "PHP 8.1",
    "Python 3.9",
    "Ruby 3.0",
    "Go 1.20",
    "Redis 6",
    "Node.js 16",
)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    for number, name in enumerate(PRODUCTS):
        add(name, owner=f"Team {chr(65 + number)}", tags=[f"tag-{number}"])
    page = open_page()
    page.locator("summary", has_text="Filters").click()
    return page


def options(page: Page, label: str) -> Locator:
    return page.get_by_role("listbox", name=f"Any {label.lower()}").get_by_role("option")


def test_a_value_is_found_by_typing(page: Page) -> None:
    field = page.get_by_role("combobox", name="Owner")
    field.press_sequentially("am c")
    expect(options(page, "Owner")).to_have_text(["Team C"])
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?owner=team\+c$"))
    expect(page.locator("#list .row .name")).to_have_text(["React 18"])
    expect(page.locator(".chip")).to_contain_text("Team C")
    expect(field).to_be_focused()
    expect(page.locator("#filters")).to_have_attribute("open", "")
    field.press_sequentially("team a")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"owner=team\+a&owner=team\+c$"))
    expect(page.locator("#list .row")).to_have_count(2)


def test_by_keys_alone(page: Page) -> None:
    field = page.get_by_role("combobox", name="Product")
    field.focus()
    expect(options(page, "Product").first).to_be_hidden()
    field.press("ArrowDown")
    expect(options(page, "Product")).to_have_count(len(PRODUCTS))
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"):
        field.press(key)
    last = options(page, "Product").last
    expect(last).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(last.get_attribute("id")))
    field.press("Escape")
    expect(options(page, "Product").first).to_be_hidden()
    expect(page.locator("#filters")).to_have_attribute("open", "")
    field.press("Escape")
    expect(page.locator("#filters")).not_to_have_attribute("open", "")


def test_by_mouse(page: Page) -> None:
    page.get_by_role("combobox", name="Tag").click()
    options(page, "Tag").filter(has_text="#tag-3").click()
    expect(page).to_have_url(re.compile(r"/\?tag=tag-3$"))
    expect(page.locator("#list .row .name")).to_have_text(["PHP 8.1"])


def test_what_matches_nothing_changes_nothing(page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    field = page.get_by_role("combobox", name="Owner")
    field.press_sequentially("nobody")
    expect(options(page, "Owner")).to_have_text(["No match"])
    field.press("Enter")
    options(page, "Owner").click(force=True)
    page.get_by_role("combobox", name="Tag").focus()
    expect(field).to_have_value("")
    assert requests == []


def test_few_values_stay_a_list(page: Page) -> None:
    expect(page.get_by_label("Level", exact=True)).to_have_js_property("tagName", "SELECT")


def test_a_value_that_is_not_among_the_most_frequent_can_be_named(page: Page) -> None:
    tags = [f"many-{number:03d}" for number in range(205)]
    tech = Tech.objects.get(name="Django 3.2")
    for start in range(0, len(tags), 10):
        add(f"Django 3.2.{start}", tags=tags[start : start + 10])
    assert TechTag.objects.exclude(tech=tech).count() > 200
    cache.invalidate()
    page.reload()
    page.locator("summary", has_text="Filters").click()
    field = page.get_by_role("combobox", name="Tag")
    field.fill("not-offered")
    expect(options(page, "Tag")).to_have_text(["Other: not-offered"])
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?tag=not-offered$"))
    expect(page.locator("#list .row")).to_have_count(0)


def test_nothing_moves_and_axe_finds_nothing(page: Page) -> None:
    watch_shifts(page)
    page.get_by_role("combobox", name="Owner").press_sequentially("team")
    expect(options(page, "Owner")).to_have_count(len(PRODUCTS))
    assert findings(page, EVERYTHING) == []
    page.emulate_media(color_scheme="dark")
    assert findings(page, EVERYTHING) == []
    assert shift_of(page) == 0


def test_without_a_script_it_is_a_list(open_page: OpenPage) -> None:
    for number in range(10):
        add(f"Django 3.2.{number}", owner=f"Team {number}")
    page = open_page(java_script_enabled=False)
    page.locator("summary", has_text="Filters").click()
    page.locator("#filter-owner").select_option("Team 3")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list .row .name")).to_have_text(["Django 3.2.3"])
