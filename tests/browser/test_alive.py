"""An open page notices what others change, and shows it without moving what somebody reads."""

import pytest
from playwright.sync_api import Page, Request, expect

from techs.inventory import editing
from techs.models import Tech
from tests.browser.conftest import OpenPage
from tests.browser.shifts import shift_of, watch_shifts
from tests.support.factories import add

ROWS = 40
TOP = "(id) => document.getElementById(id).getBoundingClientRect().top"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    for number in range(ROWS):
        add(f"Postgres 14.{number}")
    page = open_page("/login/")
    page.clock.install()
    page.goto("/")
    return page


def wait_a_moment(page: Page) -> None:
    """Advance the clock until the page asks again."""
    page.clock.run_for(15_500)


def test_what_somebody_reads_stays_where_it_is(page: Page) -> None:
    page.evaluate("scrollTo(0, 900)")
    read = page.evaluate(
        "[...document.querySelectorAll('.row')].find((row) => row.getBoundingClientRect().top >= 0).id"
    )
    place = page.evaluate(TOP, read)
    watch_shifts(page)
    for name in ("Django 3.2", "Vue 2.7"):
        add(name)
    wait_a_moment(page)
    expect(page.locator(".row")).to_have_count(ROWS + 2)
    assert page.evaluate(TOP, read) == pytest.approx(place, abs=1)
    expect(page.get_by_role("status").filter(has_text="The list has been updated.")).to_be_visible()
    assert shift_of(page) == 0
    wait_a_moment(page)
    expect(page.get_by_text("The list has been updated.")).to_have_count(0)


def test_the_title_tells_how_many_are_critical(page: Page) -> None:
    expect(page).to_have_title("Techlist")
    for number, title in enumerate(("1 critical - Techlist", "2 critical - Techlist")):
        add(f"Django 3.2.{number}")
        wait_a_moment(page)
        expect(page).to_have_title(title)
    page.locator("#q").fill("postgres")
    expect(page).to_have_title("Techlist")


def test_a_selection_is_not_lost(page: Page) -> None:
    page.locator(".select").first.check()
    add("Django 3.2")
    wait_a_moment(page)
    changed = page.get_by_role("status").filter(has_text="The list has changed.")
    expect(changed).to_be_visible()
    expect(page.locator(".row")).to_have_count(ROWS)
    expect(page.locator(".select").first).to_be_checked()
    changed.get_by_role("button", name="Show").click()
    expect(page.locator(".row")).to_have_count(ROWS + 1)
    expect(changed).to_be_hidden()


def test_an_open_form_is_not_disturbed(page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.type("Djan")
    add("Django 3.2")
    wait_a_moment(page)
    expect(page.locator("#changed")).to_be_visible()
    expect(page.locator("#text")).to_have_value("Djan")
    expect(page.locator(".row")).to_have_count(ROWS)


def test_focus_stays_on_its_row(page: Page) -> None:
    name = page.get_by_role("link", name="Postgres 14.7", exact=True)
    name.focus()
    add("Django 3.2")
    wait_a_moment(page)
    expect(page.locator(".row")).to_have_count(ROWS + 1)
    expect(name).to_be_focused()


def test_focus_stays_on_the_checkbox_of_its_row(page: Page) -> None:
    box = page.locator(".row", has_text="Postgres 14.7").locator(".select").last
    page.get_by_role("link", name="Postgres 14.7", exact=True).focus()
    page.keyboard.press("Shift+Tab")
    expect(box).to_be_focused()
    add("Django 3.2")
    wait_a_moment(page)
    expect(page.locator(".row")).to_have_count(ROWS + 1)
    expect(box).to_be_focused()


def test_focus_goes_to_the_next_row_if_its_row_is_gone(page: Page) -> None:
    row = page.locator(".row").nth(3)
    following = page.locator(".row .name").nth(4).inner_text()
    page.locator(".row .name").nth(2).focus()
    page.keyboard.press("j")
    expect(row.locator(".name")).to_be_focused()
    editing.remove(Tech.objects.get(name=row.locator(".name").inner_text()))
    wait_a_moment(page)
    expect(page.locator(".row")).to_have_count(ROWS - 1)
    expect(page.get_by_role("link", name=following, exact=True)).to_be_focused()


def test_the_first_technology_appears_beside_the_form(open_page: OpenPage) -> None:
    """The form of an empty list is open, which is no sign that somebody types."""
    page = open_page("/login/")
    page.clock.install()
    page.goto("/")
    add("Django 3.2")
    wait_a_moment(page)
    expect(page.locator(".row .name")).to_have_text(["Django 3.2"])


def test_another_day_is_a_change(page: Page) -> None:
    """Rows tell how far dates are from today. A wall screen stays open for weeks."""
    old = page.locator(".board.is-old")
    page.locator(".board").evaluate("board => board.classList.add('is-old')")
    page.clock.fast_forward("24:00:00")
    wait_a_moment(page)
    expect(old).to_have_count(0)
    # At midnight, a second question may have been on its way, which leads to a second update.
    with page.expect_response("**/api/state/"):
        wait_a_moment(page)
    page.wait_for_function("!document.querySelector('.htmx-request')")
    page.locator(".board").evaluate("board => board.classList.add('is-old')")
    for _ in range(2):
        wait_a_moment(page)
    page.wait_for_load_state("networkidle")
    expect(old).to_have_count(1)


def test_asking_takes_no_cookie_and_replaces_nothing_without_a_change(page: Page) -> None:
    asked: list[Request] = []
    page.wait_for_load_state("networkidle")
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # Playwright asks it for a name
    page.evaluate("document.querySelector('.row').isKept = true")
    for _ in range(2):
        wait_a_moment(page)
    page.wait_for_load_state("networkidle")
    assert [request.url.endswith("/api/state/") for request in asked] == [True] * len(asked)
    assert len(asked) >= 2
    assert all("cookie" not in request.all_headers() for request in asked)
    assert page.evaluate("document.querySelector('.row').isKept")
