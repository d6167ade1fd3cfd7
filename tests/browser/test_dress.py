"""The admin, the API and its documentation look like the other pages, in the theme that was chosen on any of them."""

import json
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from techs.models import Tech
from tests.browser.axe import overflow
from tests.browser.conftest import OpenPage
from tests.support.factories import add
from tests.support.services import Web

LOOKS = """() => {
  const looks = (selector) => {
    const style = getComputedStyle(document.querySelector(selector));
    return [style.color, style.backgroundColor, style.fontFamily, style.height];
  };
  return [looks(".masthead"), looks(".masthead .brand"), looks(".places a"), looks(".masthead .icon-button")];
}"""
PAPER = "() => getComputedStyle(document.querySelector('.masthead')).backgroundColor"
IN_THE_DARK = """() => {
  const colours = (element) => getComputedStyle(element).backgroundColor.match(/[0-9.]+/g).map(Number);
  const papers = [...document.querySelectorAll("html, body, .masthead, #content, .exchange, [type=text], textarea")];
  return papers.map(colours).filter(([r, g, b, alpha]) => alpha !== 0 && r + g + b > 300).length;
}"""
OTHERS = ("/admin/", "/admin/techs/tech/", "/admin/auth/user/add/", "/api/techs/", "/api/docs/")


@pytest.fixture
def page(open_page: OpenPage, web: Web) -> Page:
    """A page of an administrator."""
    add("Django 3.2", owner="Team Web")
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = open_page("/services/", color_scheme="light")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": web.url}])
    return page


def opened(page: Page) -> Iterator[str]:
    for path in OTHERS:
        page.goto(path)
        yield path


def choose(page: Page, theme: str) -> None:
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name=theme).click()
    page.keyboard.press("Escape")


def test_the_head_is_the_same_everywhere(page: Page) -> None:
    page.goto("/activity/")
    light = page.evaluate(LOOKS)
    assert [page.evaluate(LOOKS) for _ in opened(page)] == [light] * len(OTHERS)
    choose(page, "Dark")
    page.goto("/activity/")
    dark = page.evaluate(LOOKS)
    assert dark != light
    assert [page.evaluate(LOOKS) for _ in opened(page)] == [dark] * len(OTHERS)


def test_a_theme_holds_for_all_pages_wherever_it_was_chosen(page: Page) -> None:
    light = page.evaluate(PAPER)
    for path in opened(page):
        page.emulate_media(color_scheme="light")
        choose(page, "Dark")
        dark = page.evaluate(PAPER)
        assert dark != light, path
        page.goto("/services/")
        assert page.evaluate(PAPER) == dark, path
        page.goto(path)
        assert page.evaluate(PAPER) == dark, path
        choose(page, "Light")
        page.emulate_media(color_scheme="dark")
        page.reload()
        assert page.evaluate(PAPER) == light, path
        choose(page, "System")
        assert page.evaluate(PAPER) == dark, path


def test_nothing_stays_bright_in_the_dark(page: Page) -> None:
    choose(page, "Dark")
    for path in opened(page):
        assert page.evaluate(IN_THE_DARK) == 0, path
        choose(page, "Light")
        assert page.evaluate(IN_THE_DARK) > 0, f"{path}: a control"
        choose(page, "Dark")


def test_the_documentation_follows_the_theme(page: Page) -> None:
    page.goto("/api/docs/")
    is_dark = "() => document.documentElement.classList.contains('dark-mode')"
    assert not page.evaluate(is_dark)
    choose(page, "Dark")
    page.wait_for_function(is_dark)
    choose(page, "System")
    page.wait_for_function(f"!({is_dark})()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(is_dark)


def test_heads_fit_every_screen(page: Page) -> None:
    for width in (320, 390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        for path in (*OTHERS, f"/api/techs/{Tech.objects.get().pk}/"):
            page.goto(path)
            assert path == "/api/docs/" or overflow(page) == 0, (width, path)
            expect(page.locator("summary", has_text="Theme")).to_be_in_viewport(ratio=1)


def test_without_a_script_the_server_applies_the_theme(open_page: OpenPage, web: Web) -> None:
    page = open_page("/api/techs/", java_script_enabled=False, color_scheme="light")
    page.locator("summary", has_text="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page).to_have_url(f"{web.url}/api/techs/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("textarea")).to_be_hidden()


def test_the_api_is_tried_out_in_the_browser(page: Page, complaints: list[str]) -> None:
    tech = Tech.objects.get()
    page.goto(f"/api/techs/{tech.pk}/")
    body = page.get_by_label("Body")
    body.fill(json.dumps({"owner": "Data"}))
    page.get_by_role("button", name="PATCH").click()
    shown = page.get_by_role("region", name="Response")
    expect(shown).to_contain_text("HTTP 200 OK")
    expect(shown).to_contain_text('"owner": "Data"')
    body.fill('{"owner": 1, "impact": "worst"}')
    page.get_by_role("button", name="PATCH").click()
    expect(shown).to_contain_text("HTTP 400 Bad Request")
    page.get_by_role("button", name="OPTIONS").click()
    expect(shown).to_contain_text("OPTIONS /api/techs/")
    page.locator("summary", has_text="DELETE").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(shown).to_contain_text("HTTP 204 No Content")
    assert not Tech.objects.exists()
    page.goto("/api/techs/")
    page.get_by_label("Body").fill('{"text": "Vue 2.7"}')
    page.get_by_role("button", name="POST").click()
    expect(shown).to_contain_text("HTTP 202 Accepted")
    complaints.clear()  # Chromium reports every response with status 400
    page.route("**/api/techs/", lambda route: route.abort())
    page.get_by_role("button", name="POST").click()
    expect(page.get_by_role("alert")).to_contain_text("not responding")
    complaints.clear()
