"""What axe-core finds on a page, and what is wider than its window."""

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}
# target-size is left out by axe unless it is asked for.
EVERYTHING: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,
    "rules": {"target-size": {"enabled": True}},
}
# What another width, or another scheme, can change.
SHAPES = {"resultTypes": ["violations"], "runOnly": ["target-size", "scrollable-region-focusable", "color-contrast"]}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}

_AXE = Axe().axe_script
_RUN = "([without, options]) => axe.run({include: [':root'], exclude: without}, options)"
_IS_THERE = "() => 'axe' in window"
# Colours on their way from one scheme to the other are of neither.
_STAND_STILL = "() => document.getAnimations().forEach((animation) => animation.finish())"
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(page: Page, options: dict[str, Any] = EVERYTHING, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """What is serious: the rule, and where. without: selectors of what others made, and is left out."""
    if not page.evaluate(_IS_THERE):
        page.evaluate(_AXE)
    page.evaluate(_STAND_STILL)
    serious = [
        found for found in page.evaluate(_RUN, [list(without), options])["violations"] if found["impact"] in SERIOUS
    ]
    return [(found["id"], _words(node)) for found in serious for node in found["nodes"]]


def _words(node: dict[str, Any]) -> str:
    html, why = (" ".join(node[part].split()) for part in ("html", "failureSummary"))
    return f"{html[:160]} ({why[:160]})"


def overflow(page: Page) -> int:
    """By how many pixels it is wider than its window; 0 if nothing scrolls sideways."""
    return max(0, int(page.evaluate(_TOO_WIDE)))
