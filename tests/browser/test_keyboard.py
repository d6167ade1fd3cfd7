"""Everything works with the keyboard alone, and the focus is always visible."""

import re
from datetime import timedelta

from django.utils import timezone as clock
from playwright.sync_api import Page, expect

from techs import cache
from techs.models import Tech
from tests.browser.conftest import OpenPage
from tests.support.factories import add

OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement);
  return `${style.outlineStyle} ${style.outlineWidth} at ${document.activeElement.outerHTML.slice(0, 80)}`;
}"""
WHERE = "() => document.activeElement.id || document.activeElement.textContent.trim()"


def tab_to(page: Page, where: str) -> list[str]:
    """Press Tab until the element has the focus. Return the outlines seen on the way."""
    outlines = []
    for _ in range(60):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate(OUTLINE))
        if page.evaluate(WHERE) == where:
            return outlines
    raise AssertionError(f"Tab does not lead to {where}")


def test_add_read_and_open(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("n")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Django 3.2")
    page.keyboard.press("Enter")
    expect(page.locator("#list .row")).to_contain_text("Django 3.2")
    tab_to(page, "Django 3.2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Django 3.2")).to_be_visible()


def test_the_focus_is_visible_everywhere(open_page: OpenPage) -> None:
    tech = add("Postgres 14")
    page = open_page()
    for path in ("/", f"/techs/{tech.pk}/"):
        page.goto(path)
        assert [outline for outline in tab_to(page, "Admin") if not outline.startswith("solid 2px")] == []


def test_a_row_has_two_stops(open_page: OpenPage) -> None:
    for name in ("Django 3.2", "React"):
        add(name, owner="Web", tags=["shop", "web"])
    page = open_page()
    page.locator(".row .name").first.focus()
    names = page.locator(".row .name")
    page.keyboard.press("Tab")
    expect(page.locator(".row .select").last).to_be_focused()
    page.keyboard.press("Tab")
    expect(names.last).to_be_focused()


def test_keys(open_page: OpenPage) -> None:
    techs = [add(name) for name in ("Django 3.2", "Postgres 14", "React")]
    page = open_page()
    rows = page.locator(".row")
    for key, name in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("j", 1), ("j", 2), ("j", 2)):
        page.keyboard.press(key)
        expect(rows.nth(name).locator(".name")).to_be_focused()
    page.keyboard.press("x")
    expect(rows.nth(2).locator(".select")).to_be_checked()
    page.keyboard.press("x")
    expect(rows.nth(2).locator(".select")).not_to_be_checked()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("njx")
    expect(page.locator("#q")).to_have_value("njx")
    expect(page.locator(".empty")).to_be_visible()
    page.locator("#q").fill("")
    expect(rows).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    rows.first.locator(".name").focus()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(rf"/techs/{techs[0].pk}/#impact$"))


def test_keys_of_the_browser_stay(open_page: OpenPage) -> None:
    page = open_page()
    add("React")
    page.reload()
    page.keyboard.press("Control+j")
    expect(page.locator("body")).to_be_focused()


def test_menus_close(open_page: OpenPage) -> None:
    add("React")
    page = open_page()
    for name in ("Filters", "Display", "Theme"):
        menu = page.locator("details.menu", has_text=name)
        menu.locator("summary").click()
        expect(menu).to_have_attribute("open", "")
    expect(page.locator("details.menu[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(page.locator("summary", has_text="Theme")).to_be_focused()


def test_the_first_stop_leads_past_the_head(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#main$"))
    expect(page.locator("#main")).to_be_focused()


def test_the_outlook_is_a_row_of_links(open_page: OpenPage) -> None:
    end = clock.now().date() - timedelta(days=30)
    Tech.objects.filter(pk=add("thing").pk).update(end_of_life=end, level="high")
    cache.invalidate()
    page = open_page()
    bars = page.get_by_role("group", name="Support ends").get_by_role("link")
    expect(bars).to_have_count(10)
    expect(bars.first).to_have_accessible_name("Support has ended: 1 (1 high)")
    bars.first.focus()
    assert page.evaluate(OUTLINE).startswith("solid 2px")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(".row .name")).to_have_text(["thing"])


def test_the_focus_stays_where_it_is_needed(open_page: OpenPage) -> None:
    """The list is replaced, and with it the link that was pressed."""
    for name, owner in (("Django 3.2", "Web"), ("React", "Data"), ("Vue 2.7", "Web")):
        add(name, owner=owner)
    page = open_page("/?owner=web&owner=data&page_size=2")
    for pressed, focused in (
        (page.locator("thead a", has_text="Technology"), page.locator("thead a", has_text="Technology")),
        (page.locator(".chip").first, page.locator(".chip").first),
        (page.locator(".chip").first, page.locator("#level-all")),
        (page.locator("#level-critical"), page.locator("#level-critical")),
        (page.locator("#level-all"), page.locator("#level-all")),
    ):
        pressed.focus()
        page.locator(".board").evaluate("board => board.classList.add('is-old')")
        page.keyboard.press("Enter")
        expect(page.locator(".board.is-old")).to_have_count(0)
        expect(focused).to_be_focused()
