"""The contrast of drawings with their background: outlook, marks and shapes.

WCAG 2.2 requires 3:1 for graphics (1.4.11) and 4.5:1 for text (1.4.3). axe-core does not measure SVG.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone as clock
from playwright.sync_api import Page

from techs import cache
from techs.models import LEVELS, LevelChange, Tech
from tests.browser.conftest import OpenPage
from tests.support.factories import add

GRAPHICS, TEXT = 3.0, 4.5
# Elements, the property with their colour, and their background.
PARTS = [
    ("#overview .chart rect[class^='is-']", "fill", "body", GRAPHICS),
    ("#overview .chart text", "fill", "body", TEXT),
    ("#overview .chart .edge", "stroke", "body", GRAPHICS),
    ("#overview .moves .shape", "color", None, GRAPHICS),
    (".tab .shape", "color", None, GRAPHICS),
    (".rows .shape", "color", None, GRAPHICS),
]
# The colours of elements with the nearest painted background, unless a selector names another one.
COLOURS = """([selector, property, behind]) => [...document.querySelectorAll(selector)].map((element) => {
  const painted = (node) => getComputedStyle(node).backgroundColor;
  let ground = behind ? document.querySelector(behind) : element.parentElement;
  while (painted(ground) === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  return [getComputedStyle(element)[property], painted(ground)];
})"""


def contrast(colour: str, ground: str) -> float:
    """Return the contrast ratio of two colours as defined by WCAG 2."""
    lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(part) / 255) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def measured(page: Page, selector: str, colour: str, ground: str | None) -> list[float]:
    """Return the contrast of each of these elements."""
    return [contrast(*pair) for pair in page.evaluate(COLOURS, [selector, colour, ground])]


def one_of_each_level() -> None:
    """Create one technology per level, with an end of support ahead and a recent level change."""
    for number, (level, _) in enumerate(LEVELS, start=1):
        tech = add(f"thing {number}")
        end = clock.now().date() + timedelta(days=90 * number)
        Tech.objects.filter(pk=tech.pk).update(level=level, end_of_life=end)
        LevelChange.objects.create(tech=tech, name=tech.name, at=clock.now(), from_level="low", to_level=level, why="-")
    cache.invalidate()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_drawn_is_seen(open_page: OpenPage, scheme: Any) -> None:
    one_of_each_level()
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    for selector, colour, ground, least in PARTS:
        found = measured(page, selector, colour, ground)
        assert len(found) >= (1 if "edge" in selector else 5), selector
        assert min(found) >= least, f"{selector} has {min(found):.2f}"


def test_contrast() -> None:
    """Control: WCAG's own extremes, and a grey that fails by little."""
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
    assert contrast("rgb(255, 255, 255)", "rgb(255, 255, 255)") == 1
    assert contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)
