"""The preview while somebody types, in a place reserved for it."""

import re

import pytest
from playwright.sync_api import Page, expect

from techs.inventory import editing
from techs.models import Tech
from tests.browser.adding import open_form
from tests.browser.axe import overflow
from tests.browser.conftest import OpenPage
from tests.support.factories import add

# Each with a text of its preview: short and long, known and unknown, on the list and not.
TYPED = [
    ("Django 3.2", "Django 3.2"),
    ("rhel 8", "Red Hat Enterprise Linux 8"),
    ("postgres 14", "PostgreSQL 14"),
    ("ubuntu 22.04", "adding it again updates it"),
    ("djano 4", "Did you mean"),
    ("our wiki", "adding it again updates it"),
    ("Django 3.2, PostgreSQL 14; Redis 6", "Add as 3 technologies"),
    (
        "Red Hat Enterprise Linux 8 and Microsoft SQL Server 2016; Apache HTTP Server 2.4, rhel 9",
        "Add as 4 technologies",
    ),
    ("mongo 4 or elastic 7 or kafka 2 or so", "Did you mean"),
    ("w" * 200, "We don't know this product"),
]
PLACES = "() => ['#add', '#overview', '#list'].map((id) => document.querySelector(id).getBoundingClientRect().top)"
HEIGHT = "() => document.querySelector('#add').getBoundingClientRect().height"


def type_and_wait(page: Page, text: str, shown: str) -> None:
    open_form(page).fill(text)
    expect(page.locator("#preview")).to_contain_text(shown)


@pytest.mark.parametrize("width", [320, 700, 1280])
def test_the_page_does_not_jump(open_page: OpenPage, width: int) -> None:
    add("Ubuntu 22.04")
    add("djano 4")
    editing.edit(add("our wiki"), unversioned=True)
    page = open_page(viewport={"width": width, "height": 800})
    open_form(page)
    places, height = page.evaluate(PLACES), page.evaluate(HEIGHT)
    for text, shown in TYPED:
        type_and_wait(page, text, shown)
        assert (page.evaluate(PLACES), page.evaluate(HEIGHT)) == (places, height), text
        assert overflow(page) == 0, text
    open_form(page).fill("")
    expect(page.get_by_text("Name and version, such as Node.js 20.")).to_be_visible()
    expect(page.locator("#preview")).to_be_hidden()
    assert (page.evaluate(PLACES), page.evaluate(HEIGHT)) == (places, height)


def test_what_is_listed_leads_to_its_page(open_page: OpenPage) -> None:
    tech = add("Django 3.2")
    page = open_page()
    type_and_wait(page, "DJANGO 3.2", "adding it again updates it")
    page.locator("#preview").get_by_role("link", name="Already on the list").click()
    expect(page).to_have_url(re.compile(rf"/techs/{tech.pk}/$"))


def test_a_suggestion_fills_the_field_in(open_page: OpenPage) -> None:
    page = open_page()
    type_and_wait(page, "djano 3.2", "Did you mean")
    page.locator("#preview").get_by_role("button", name="Django 3.2").click()
    expect(page.locator("#preview")).to_contain_text("act now")
    expect(open_form(page)).to_have_value("Django 3.2")
    expect(open_form(page)).to_be_focused()
    assert not Tech.objects.exists()


def test_several_in_one_line_become_lines_with_a_click(open_page: OpenPage) -> None:
    page = open_page()
    type_and_wait(page, "Django 3.2, Redis 6", "Add as 2 technologies")
    page.locator("#preview").get_by_role("button", name="Add as 2 technologies").click()
    expect(page.locator("#list .row .name")).to_have_count(2)
    expect(page.locator("#just-added .entry.is-done")).to_have_count(2)
    expect(open_form(page)).to_be_focused()
    expect(open_form(page)).to_have_value("")
