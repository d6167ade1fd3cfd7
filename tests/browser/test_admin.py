"""The admin in a real browser: Techlist's parts are readable in light and dark, and usual tasks work."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from techs.models import LEVELS, Tech
from tests.browser.conftest import OpenPage
from tests.browser.sample import SAMPLE
from tests.support.factories import add
from tests.support.services import Web
from tests.support.uploads import push_to_worker, service

# Without preload: axe would insert its own styles into the page, which the policy forbids.
EVERYTHING = {"resultTypes": ["violations"], "preload": False}
OURS = ".techs-dashboard, .techs-level, .techs-lifecycle"


@pytest.fixture
def session() -> str:
    """The session cookie of an administrator."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def enter(page: Page, web: Web, session: str, path: str = "/admin/") -> Page:
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": web.url}])
    page.goto(path)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_levels_can_be_read(open_page: OpenPage, web: Web, session: str, scheme: str) -> None:
    techs = [add(text) for text in SAMPLE]
    for tech, (level, _) in zip(techs, LEVELS, strict=False):
        Tech.objects.filter(pk=tech.pk).update(level=level)
    page = enter(open_page("/healthz", color_scheme=scheme), web, session)
    upload = push_to_worker(service("Shop"), "django==3.2.18\n")
    paths = ["/admin/", "/admin/techs/tech/", f"/admin/techs/tech/{techs[0].pk}/change/", "/admin/techs/submission/"]
    paths += ["/admin/techs/usagechange/", f"/admin/techs/upload/{upload.pk}/change/"]
    for path in paths:
        page.goto(path)
        assert page.locator(OURS).count() > 0
        found = Axe().run(page, context=OURS, options=EVERYTHING).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], path


def test_levels_are_dark_in_the_dark(open_page: OpenPage, web: Web, session: str) -> None:
    add("Django 3.2")
    colours = set()
    for scheme in ("light", "dark"):
        page = enter(open_page("/healthz", color_scheme=scheme), web, session, "/admin/techs/tech/")
        colours.add(page.locator(".is-critical").first.evaluate("(word) => getComputedStyle(word).backgroundColor"))
    assert len(colours) == 2


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(open_page: OpenPage, web: Web, session: str, width: int) -> None:
    """A name of 200 letters does not widen its page, and wide screens show the last column of a list."""
    tech = add("W" * 200)
    shop = service("W" * 100, owner="W" * 100)
    source = push_to_worker(shop, "django==3.2.18\n", "W" * 200).source
    assert source
    services = [f"/admin/techs/service/{shop.pk}/change/", f"/admin/techs/servicesource/{source.pk}/change/"]
    page = enter(open_page("/healthz", viewport={"width": width, "height": 900}), web, session)
    for path in ("/admin/", f"/admin/techs/tech/{tech.pk}/change/", "/admin/techs/submission/", *services):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto("/admin/techs/tech/")
    last = page.get_by_role("columnheader", name="End of life").bounding_box()
    edge = page.locator(".results").bounding_box()
    assert last
    assert edge
    assert (last["x"] + last["width"] <= edge["x"] + edge["width"] + 1) == (width == 1280)


def test_a_days_work(open_page: OpenPage, web: Web, session: str) -> None:
    """From a count to its rows, then bulk and single edits, which appear in the history."""
    tech = add("Django 3.2")
    page = enter(open_page("/healthz"), web, session)
    page.get_by_role("link", name="1 critical").click()
    page.get_by_role("checkbox", name=re.compile("Select this object")).check()
    page.get_by_label("Action:").select_option("Set impact to minor")
    page.get_by_role("button", name=re.compile("Run|Go")).click()
    expect(page.locator(".messagelist")).to_contain_text("1 changed.")
    page.goto(f"/admin/techs/tech/{tech.pk}/change/")
    expect(page.get_by_role("row", name=re.compile("3.2")).first).to_be_visible()
    page.get_by_label("Tags:").fill("shop team-web")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    tech.refresh_from_db()
    assert (tech.impact, tech.tags) == ("low", ["shop", "team-web"])
    page.goto(f"/admin/techs/tech/{tech.pk}/history/")
    expect(page.locator("#change-history")).to_contain_text("Set impact to minor.")
    expect(page.locator("#change-history")).to_contain_text("Changed tags.")
