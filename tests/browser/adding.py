"""The form for adding, which a key or a button opens."""

from playwright.sync_api import Locator, Page


def open_form(page: Page) -> Locator:
    """Open the form unless it is open, and return its text field."""
    field = page.get_by_role("textbox", name="Add a technology")
    if not field.is_visible():
        page.locator("#adding > summary").click()
    return field
