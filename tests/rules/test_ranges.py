"""Ranges of versions, in the notations of the package managers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from techs.rules.ranges import MAX_LENGTH, Parts, parse, within


def allowed(text: str, *numbers: str) -> list[str]:
    versions = parse(text)
    assert versions, text
    return [number for number in numbers if versions.allows(parts(number))]


def parts(number: str) -> Parts:
    return tuple(map(int, number.split(".")))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        # npm, Composer, Poetry, Cargo
        ("^4.1.0", "4.1 4.9", "3.9 4.0 5.0"),
        ("^0.3.1", "0.3", "0.2 0.4 1.0"),
        ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("^0", "0.1 0.9", "1.0"),
        ("^1.0.0-beta.2", "1.0 1.9", "0.9 2.0"),
        ("~1.2.3", "1.2", "1.1 1.3"),
        ("~1.2", "1.2", "1.1 1.3"),
        ("~1", "1.0 1.9", "0.9 2.0"),
        ("3.x", "3.0 3.14", "2.7 4.0"),
        ("v18.x", "18", "17 19"),
        ("2.x.x", "2.7", "1.9 3.0"),
        ("1.2x", "1.20 1.29", "1.2 1.19 1.30"),
        ("1.2*", "1.2 1.20 1.29", "1.19 1.30"),
        ("1.2 - 1.4", "1.2 1.4", "1.1 1.5"),
        ("1.2.3 - 2.x", "1.2 2.9", "1.1 3.0"),
        ("^18 || ^20", "18 20", "17 19 21"),
        ("^7.4 | ^8.0", "7.4 8.5", "7.3 9.0"),
        ("18 || 20", "18 20", "19 21"),
        ("18.12.1 || >=20", "18 20 26", "17 19"),
        ("14 >=14.17", "14", "13 15"),
        (">=16 || 14 >=14.17", "14 16 20", "13 15"),
        (">=18 <21 || ^22", "18 20 22", "17 21 23"),
        (">= 1.2-alpha", "1.2 9.9", "1.1"),
        # Ruby, Terraform
        ("~> 6.1", "6.1 6.9", "6.0 7.0"),
        ("~> 6.1.4", "6.1", "6.0 6.2"),
        ("~> 6", "6.0 6.9", "5.9 7.0"),
        ("~> 1.0, >= 1.0.3", "1.0 1.9", "0.9 2.0"),
        # PEP 440
        (">=3.2,<4", "3.2 3.9", "3.1 4.0"),
        ("~=4.2", "4.2 4.9", "4.1 5.0"),
        ("~=4.2.1", "4.2", "4.1 4.3"),
        (">=3.6,!=3.7.*,<3.12", "3.6 3.8 3.11", "3.5 3.7 3.12"),
        ("!=5.1, <= 5.2.3", "4.2 5.1 5.2", "5.3 6.0"),
        (">=3.8.dev0", "3.8 3.9", "3.7"),
        ("<4", "2.7 3.9", "4.0 4.1"),
        ("<=3.9", "3.8 3.9", "3.10"),
        # Maven, NuGet
        ("[1.0,2.0)", "1.0 1.9", "0.9 2.0"),
        ("[1.0,2.0]", "1.0 1.9 2.0", "0.9 2.1"),
        ("[1.5,)", "1.5 2.0", "1.4"),
        ("[1,2]", "1.0 1.9 2.0", "0.9 2.1"),
        ("(,1.0],[1.2,)", "0.9 1.0 1.2 2.0", "1.1"),
        # In words
        ("3.8+", "3.8 4.0", "3.7"),
        ("3.8 or newer", "3.8 4.0", "3.7"),
        ("at least 3.8", "3.8 4.0", "3.7"),
        ("≥ 3.8", "3.8 4.0", "3.7"),
        ("ab 3.8", "3.8 4.0", "3.7"),
        ("from 3.8 to 3.11", "3.8 3.11", "3.7 3.12"),
        ("3.8-3.11", "3.8 3.11", "3.7 3.12"),
        ("12–14", "12 14", "11 15"),
        ("up to 4.2", "3.2 4.2", "4.3"),
        ("4.2 oder älter", "3.2 4.2", "4.3"),
        ("before 2016", "2014", "2016 2019"),
        (">= 1.0.0 and < 2.0.0", "1.0 1.9", "0.9 2.0"),
        # Hex, Gradle, Ivy
        ("~> 1.7 or ~> 2.0", "1.7 1.9 2.5", "1.6 3.0"),
        ("1.+", "1.0 1.9", "0.9 2.0"),
        ("]1.0,2.0[", "1.0 1.9", "0.9 2.0"),
    ],
)
def test_a_range_allows_and_excludes(text: str, inside: str, outside: str) -> None:
    assert allowed(text, *inside.split(), *outside.split()) == inside.split()


@pytest.mark.parametrize(
    ("text", "is_floor"),
    [(">=3.9", True), (">=0", True), ("^3 || >=5", True), ("[1.0,)", True), ("!=3.7.*", True), ("<4", False)],
)
def test_a_floor_has_no_upper_limit(text: str, *, is_floor: bool) -> None:
    versions = parse(text)
    assert versions
    assert versions.is_floor is is_floor


@pytest.mark.parametrize(
    "text",
    [
        *("3.2", "v3.2.1", "==3.2.1", "=3.2", "[1.0]", "3.8, 3.9", "17.0.2+8", "1.2.3-4", "20.10.7~3-0~ubuntu"),
        *("5.10-3.1", "590-2", "1.2.3+build", "3.8+ or so"),
        *("", "*", "x", "latest", ">4 <3", ">=", "^", "||", "3.2 foo", ">= 3 || foo", "2019 - beta", "<0"),
        *(">=" + "9" * 50, ">= 1." + "0" * MAX_LENGTH),
    ],
)
def test_a_single_version_or_anything_else_is_no_range(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "cycle", "latest", "newest"),
    [
        (">=2.3", "2", "2.26.1", "2.26.1"),
        ("<4.2.5", "4.2", "4.2.9", "4.2.4"),
        ("<3", "2", "2.26.1", "2.26.1"),
        ("<2.13", "2", "2.26.1", "2.12"),
    ],
)
def test_the_newest_version_of_a_cycle_that_a_range_allows(text: str, cycle: str, latest: str, newest: str) -> None:
    versions = parse(text)
    assert versions
    found = versions.newest_in(parts(cycle), parts(latest))
    assert found[: len(parts(newest))] == parts(newest)


NUMBER = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))
BOUND = st.tuples(st.sampled_from([">=", "<", "~="]), NUMBER).filter(lambda bound: bound[0] != "~=" or "." in bound[1])


@given(bounds=st.lists(BOUND, min_size=1, max_size=3), version=st.tuples(*3 * [st.integers(0, 30)]))
def test_python_agrees(bounds: list[tuple[str, str]], version: tuple[int, int, int]) -> None:
    text = ",".join(f"{op}{number}" for op, number in bounds)
    versions = parse(text)
    exact = within(version)
    is_allowed = any(interval.meets(exact) for interval in (versions.intervals if versions else ()))
    assert is_allowed is (".".join(map(str, version)) in SpecifierSet(text))


@given(st.text(alphabet="0123456789.x*^~<>=!|,[]() -v+rc", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    versions = parse(text)
    assert versions is None or (versions.intervals and versions.lowest is not None)
