"""Run axe-core on a page, and measure content that is wider than the window."""

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}
# axe runs target-size only on request.
EVERYTHING: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,
    "rules": {"target-size": {"enabled": True}},
}
# Rules whose result depends on the width: names of controls may be hidden where there is little room.
SHAPES = {
    "resultTypes": ["violations"],
    "runOnly": [
        *("target-size", "scrollable-region-focusable", "color-contrast"),
        *("button-name", "link-name", "label", "select-name", "summary-name", "aria-hidden-focus"),
    ],
}
# The rule whose result depends on the theme.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}

_AXE = Axe().axe_script
_RUN = "([without, options]) => axe.run({include: [':root'], exclude: without}, options)"
_IS_THERE = "() => 'axe' in window"
_STAND_STILL = "() => document.getAnimations().forEach((animation) => animation.finish())"
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(page: Page, options: dict[str, Any] = EVERYTHING, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return serious findings with rule and place. without: selectors of third-party content to ignore."""
    if not page.evaluate(_IS_THERE):
        page.evaluate(_AXE)
    # During a transition between schemes, colours belong to neither.
    stand_still(page)
    serious = [
        found for found in page.evaluate(_RUN, [list(without), options])["violations"] if found["impact"] in SERIOUS
    ]
    return [(found["id"], _words(node)) for found in serious for node in found["nodes"]]


def stand_still(page: Page) -> None:
    """End all transitions."""
    page.evaluate(_STAND_STILL)


def _words(node: dict[str, Any]) -> str:
    html, why = (" ".join(node[part].split()) for part in ("html", "failureSummary"))
    return f"{html[:160]} ({why[:160]})"


def overflow(page: Page) -> int:
    """Return by how many pixels the content exceeds the window; 0 if nothing scrolls sideways."""
    return max(0, int(page.evaluate(_TOO_WIDE)))
