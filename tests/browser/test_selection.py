"""Rows are selected with the mouse and the keyboard, and changed from a bar that moves nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from techs.models import Action, Tech
from tests.browser.axe import findings, overflow
from tests.browser.conftest import OpenPage
from tests.support.factories import add

NAMES = [f"own thing {number}" for number in range(1, 7)]


def some() -> list[Tech]:
    return [add(name) for name in NAMES]


def checked(page: Page) -> list[str]:
    return page.locator(".row:has(.select:checked) .name").all_text_contents()


def test_ranges_the_whole_page_and_nothing(open_page: OpenPage) -> None:
    some()
    page = open_page()
    bar, boxes, whole = page.locator("#selection"), page.locator(".row .select"), page.locator("#select-all")
    top = page.locator(".row").first.bounding_box()
    expect(bar).to_be_hidden()
    boxes.nth(1).click()
    expect(bar).to_contain_text("1 selected")
    boxes.nth(4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    assert checked(page) == NAMES[1:5]
    boxes.nth(2).click(modifiers=["Shift"])
    assert checked(page) == NAMES[1:2]
    assert whole.evaluate("box => box.indeterminate")
    whole.click()
    expect(bar).to_contain_text("6 selected")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    assert checked(page) == []
    assert page.locator(".row").first.bounding_box() == top


def test_a_technology_in_several_groups_counts_once(open_page: OpenPage) -> None:
    add("Django 3.2", tags=["shop", "web"])
    add("Vue 2.7", tags=["web"])
    page = open_page("/?by=tag")
    page.locator("#select-all").click()
    expect(page.locator("#selection")).to_contain_text("2 selected")
    assert len(checked(page)) == 3


def test_a_technology_in_several_groups_is_selected_in_all_of_them(open_page: OpenPage) -> None:
    add("Django 3.2", tags=["shop", "web"])
    page = open_page("/?by=tag")
    boxes = page.locator(".row .select")
    for number, selected in ((0, 2), (1, 0)):
        boxes.nth(number).click()
        assert len(checked(page)) == selected


def test_groups_stay_after_a_change(open_page: OpenPage) -> None:
    add("Django 3.2", owner="Web")
    add("React")
    page = open_page("/?by=owner")
    page.locator(".row .select").first.click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Removed 1 technology.")
    expect(page.locator(".empty")).to_contain_text("No technology has an owner yet.")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(r"/\?by=owner$"))
    expect(page.locator(".group .name")).to_have_text("Web")


def test_escape_closes_a_menu_before_it_ends_the_selection(open_page: OpenPage) -> None:
    some()
    page = open_page()
    page.locator(".row .select").first.click()
    for menu in (page.locator("#selection details", has_text="Impact"), page.locator("#filters")):
        menu.locator("summary").click()
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        assert checked(page) == NAMES[:1]
    page.keyboard.press("Escape")
    assert checked(page) == []


def test_one_menu_of_the_bar_is_open(open_page: OpenPage) -> None:
    some()
    page = open_page()
    page.locator(".row .select").first.click()
    for key in ("i", "o"):
        page.keyboard.press(key)
        expect(page.locator("#selection details[open]")).to_have_count(1)
    field = page.locator("#selection-owner")
    expect(field).to_be_focused()
    assert field.evaluate("field => getComputedStyle(field).borderTopWidth") == "1px"


def test_tags_with_the_keyboard_alone(open_page: OpenPage) -> None:
    some()
    page = open_page()
    for key in ("j", "x", "j", "j", "x", "t"):
        page.keyboard.press(key)
    expect(page.locator("#selection-tags")).to_be_focused()
    page.keyboard.type("eol")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Added #eol to 2 technologies.")
    expect(page.locator(".row .label", has_text="eol")).to_have_count(2)
    expect(page.locator("#selection")).to_be_hidden()
    assert Action.objects.latest("pk").count == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("2 technologies are as they were before.")
    expect(page.locator(".row .label")).to_have_count(0)


def test_a_passing_notice_stays_while_somebody_reads_it(open_page: OpenPage) -> None:
    some()
    page = open_page()
    page.clock.install()
    page.locator(".row .select").first.click()
    page.keyboard.press("i")
    page.get_by_role("button", name="Normal").click()
    notice = page.locator("#messages .news")
    expect(notice).to_contain_text("Nothing was changed.")
    notice.hover()
    page.clock.run_for(15_000)
    expect(notice).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(15_000)
    expect(notice).to_have_count(0)


def test_an_offer_to_undo_passes_later(open_page: OpenPage) -> None:
    """Reading and deciding takes longer. The activity offers it for a day."""
    some()
    page = open_page()
    page.clock.install()
    page.locator(".row .select").first.click()
    page.get_by_role("button", name="Remove", exact=True).click()
    notice = page.locator(".notices .news")
    expect(notice).to_contain_text("Removed 1 technology.")
    page.mouse.move(0, 0)
    page.clock.run_for(25_000)
    expect(notice).to_be_visible()
    page.clock.run_for(6_000)
    expect(notice).to_have_count(0)
    page.reload()
    expect(notice).to_contain_text("was removed at")
    notice.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    expect(notice).to_be_visible()
    page.locator("#q").focus()
    page.clock.run_for(31_000)
    expect(notice).to_have_count(0)


def test_all_that_match(open_page: OpenPage) -> None:
    some()
    page = open_page("/?page_size=2&q=own")
    page.locator("#select-all").click()
    page.get_by_label("All 6 technologies that match").check()
    expect(page.locator("#selection")).to_contain_text("All selected")
    page.keyboard.press("o")
    page.keyboard.type("Shop")
    page.get_by_role("button", name="Set owner").click()
    expect(page.locator("#messages")).to_contain_text("Set the owner of 6 technologies to Shop.")
    assert Tech.objects.filter(owner="Shop").count() == 6


def test_one_row_less_is_not_all(open_page: OpenPage) -> None:
    some()
    page = open_page("/?page_size=2")
    everything = page.get_by_label("All 6 technologies")
    page.locator(".row .select").first.click()
    everything.check()
    assert len(checked(page)) == 2
    page.locator(".row .select").first.click()
    expect(everything).not_to_be_checked()
    expect(page.locator("#selection")).to_contain_text("1 selected")


def test_removal_and_its_undo(open_page: OpenPage) -> None:
    some()
    page = open_page()
    page.locator("#select-all").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Removed 6 technologies.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row")).to_have_count(6)


def test_without_script(open_page: OpenPage) -> None:
    some()
    page = open_page(java_script_enabled=False)
    expect(page.locator("#selection")).to_be_hidden()
    for number in (0, 2):
        page.locator(".row .select").nth(number).check()
    page.locator("summary", has_text="Impact").click()
    page.get_by_role("button", name="Vital").click()
    expect(page.locator("#messages")).to_contain_text("Set the impact of 2 technologies to Vital.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("2 technologies are as they were before.")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(open_page: OpenPage, width: int, scheme: str) -> None:
    some()
    page = open_page("/?page_size=3", viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.locator(".row .select").first.click()
    for menu in ("Owner", "Tags", "Impact"):
        page.locator("#selection summary", has_text=menu).click()
        assert findings(page) == []
        box = page.locator("#selection details[open] .menu-panel").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert overflow(page) <= 0
