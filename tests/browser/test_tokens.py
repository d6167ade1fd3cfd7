"""The page of API tokens, narrow, dark and without scripts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from techs import tokens
from techs.inventory import services
from techs.models import APIToken, TokenScope
from tests.browser.axe import overflow
from tests.browser.conftest import OpenPage
from tests.browser.test_look import CUT_DAYS, LUMINANCE, TOO_SMALL
from tests.support.browser import PASSWORD
from tests.support.services import Web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("width", "options"),
    [
        (320, {"color_scheme": "dark", "java_script_enabled": False}),
        (390, {"color_scheme": "light", "is_mobile": True, "has_touch": True}),
        (1280, {"color_scheme": "dark"}),
    ],
)
def test_page(login_web_process: Web, open_page: OpenPage, width: int, options: dict[str, Any]) -> None:
    user = User.objects.create_user("ada.lovelace@example.org", password=PASSWORD)
    shop, _ = services.create(name="Shop")
    tokens.create(user, name="x" * 100, days=30)
    tokens.create(user, scope=TokenScope.UPLOAD, service=services.create(name="W" * 100)[0])
    tokens.create(user, name="A name of many short words that goes on and on for longer than a line", days=365)
    page = open_page(viewport={"width": width, "height": 844}, **options)
    page.goto(f"{login_web_process.url}/login/?next=/tokens/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Name of the token").fill("Deployment")
    page.get_by_label("Access").select_option("Read and write")
    expect(page.get_by_label("Service")).to_be_hidden()
    page.get_by_label("Access").select_option("Uploads of one service")
    page.get_by_label("Service").select_option("Shop")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("status")).to_contain_text("shown only once")
    assert overflow(page) == 0
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(CUT_DAYS) == []
    assert (page.evaluate(LUMINANCE) < 0.1) == (options["color_scheme"] == "dark")
    assert APIToken.objects.get(name="Deployment").service == shop
    page.get_by_role("button", name="Revoke Deployment").click()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(3)
    expect(page.get_by_role("link", name="Shop")).to_have_count(0)
