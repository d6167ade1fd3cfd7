"""How much the list is dimmed."""

from playwright.sync_api import Page

_END_OF_TRANSITIONS = """() => {
  document.getAnimations().forEach((animation) => animation.finish());
  return Number(getComputedStyle(document.querySelector("#list")).opacity);
}"""


def opacity(page: Page) -> float:
    """Return the opacity of the list, at the end of the transition to it."""
    return float(page.evaluate(_END_OF_TRANSITIONS))
