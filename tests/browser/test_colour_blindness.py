"""The colours of levels in drawings can be told apart by people who do not see all colours."""

from itertools import combinations
from typing import Any, TypeAlias

import pytest

from techs.rules.levels import Level
from tests.browser.conftest import OpenPage

Vector: TypeAlias = tuple[float, ...]
Matrix: TypeAlias = tuple[Vector, Vector, Vector]

# Complete dichromacy, as simulated by Machado, Oliveira and Fernandes (2009), in linear RGB.
EYES: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# Oklab, by Björn Ottosson: to cones, and from their cube roots.
CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
# In Oklab, where 0.02 is just noticeable side by side.
APART = 0.09
FILLS = """(levels) => levels.map((level) => {
  const element = document.body.appendChild(document.createElement("i"));
  element.className = `is-${level}`;
  element.style.color = "var(--fill)";
  return getComputedStyle(element).color.match(/[0-9.]+/g).slice(0, 3).map(Number);
})"""


def times(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum(weight * part for weight, part in zip(row, vector, strict=True)) for row in matrix)


def linear(part: float) -> float:
    part /= 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def seen(colour: list[float], eyes: str) -> Vector:
    """Return a colour in Oklab, as these eyes see it."""
    light = times(EYES[eyes], tuple(map(linear, colour)))
    cones = times(CONES, tuple(min(max(part, 0), 1) for part in light))
    return times(OKLAB, tuple(max(part, 0) ** (1 / 3) for part in cones))


def distance(one: list[float], other: list[float], eyes: str) -> float:
    pairs = zip(seen(one, eyes), seen(other, eyes), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_levels_are_apart(open_page: OpenPage, scheme: Any) -> None:
    levels = [level.value for level in Level]
    fills = dict(zip(levels, open_page(color_scheme=scheme).evaluate(FILLS, levels), strict=True))
    assert len({tuple(fill) for fill in fills.values()}) == 5
    for eyes in EYES:
        for one, other in combinations(levels, 2):
            assert distance(fills[one], fills[other], eyes) > APART, (eyes, one, other)


def test_distances() -> None:
    """Control: red and green of the same lightness, which only some people tell apart."""
    red, green = [200.0, 60.0, 40.0], [118.0, 117.0, 0.0]
    assert distance(red, green, "normal") > APART
    assert distance(red, green, "deuteranopia") < APART
    assert distance([0.0, 0.0, 0.0], [255.0, 255.0, 255.0], "protanopia") == pytest.approx(1, abs=0.01)
