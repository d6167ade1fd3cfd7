"""Addresses and tokens are copied with a click."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage


def test_an_address(open_page: OpenPage) -> None:
    page = open_page("/subscriptions/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy Calendar").click()
    expect(page.get_by_role("button", name="Copied Calendar")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith("/api/techs/calendar.ics")
    expect(page.get_by_role("button", name="Copy Calendar")).to_be_visible()
