"""How much the list is dimmed."""

from playwright.sync_api import Page

from tests.browser.axe import stand_still

_OPACITY = "() => Number(getComputedStyle(document.querySelector('#list')).opacity)"


def opacity(page: Page) -> float:
    """Return the opacity of the list, at the end of the transition to it."""
    page.evaluate(_OPACITY)  # a transition begins once a style is asked for
    stand_still(page)
    return float(page.evaluate(_OPACITY))
