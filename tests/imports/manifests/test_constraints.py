"""Versions and ranges as package managers write them, and as the list shows them."""

import pytest
from packaging.specifiers import SpecifierSet

from techs.imports.manifests.ranges import MAX_RANGE, MAX_SHOWN, Syntax, read, read_specifiers
from techs.rules import ranges


@pytest.mark.parametrize(
    ("syntax", "written", "shown"),
    [
        (Syntax.NPM, "18.2.0", "18.2.0"),
        (Syntax.NPM, "=v18.2.0", "18.2.0"),
        (Syntax.NPM, "^18.2.0", "^18.2.0"),
        (Syntax.NPM, ">= 17   < 19", ">=17 <19"),
        (Syntax.NPM, "^18||^20", "^18 || ^20"),
        (Syntax.NPM, "1.2 - 1.4", "1.2 - 1.4"),
        (Syntax.NPM, "18.x", "18.x"),
        (Syntax.NPM, "<19", "<19"),
        (Syntax.NPM, "~>6.1", "~> 6.1"),
        (Syntax.NPM, ">= 1.0, < 2.0", ">=1.0,<2.0"),
        (Syntax.NPM, "[1.0, 2.0)", "[1.0,2.0)"),
        (Syntax.NPM, "[1.0]", "1.0"),
        (Syntax.NPM, "2.36-9+deb12u4", "2.36-9+deb12u4"),
        (Syntax.COMPOSER, "^8.1 | ~7.4", "^8.1 || >=7.4,<8"),
        (Syntax.COMPOSER, "~1.2.3", "~1.2.3"),
        (Syntax.COMPOSER, ">=7.4@stable", ">=7.4"),
        (Syntax.COMPOSER, "8.0.*", "8.0.*"),
        (Syntax.CARGO, "1.2.3", "^1.2.3"),
        (Syntax.CARGO, "=1.2.3", "1.2.3"),
        (Syntax.CARGO, ">=1.2, <1.5", ">=1.2,<1.5"),
    ],
)
def test_a_range_stays_a_range(syntax: Syntax, written: str, shown: str) -> None:
    reading = read(written, syntax=syntax)
    assert reading
    assert (reading.version, reading.note) == (shown, "")


@pytest.mark.parametrize("written", ["", "*", "latest", "x"])
def test_any_version(written: str) -> None:
    reading = read(written)
    assert reading
    assert (reading.version, reading.note) == ("", "any version")


@pytest.mark.parametrize("written", ["workspace:*", "next", "dev-main", ">=", "^18 foo", "^" + "1" * MAX_RANGE])
def test_neither_a_version_nor_a_range(written: str) -> None:
    assert read(written) is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<4,>=3.2", ">=3.2,<4"),
        ("~=4.2", "~=4.2"),
        ("==4.2.*", "==4.2.*"),
        ("==4.2.1,>=4", "4.2.1"),
        ("===2023a", "2023a"),
        ("!=3.7.*,>=3.6", ">=3.6,!=3.7.*"),
        ("<=4", "<=4.0"),
        (">=1!2.0", ">=1!2.0"),
        ("", ""),
    ],
)
def test_specifiers_of_python(written: str, shown: str) -> None:
    assert read_specifiers(SpecifierSet(written)).version == shown


def test_a_long_range_is_shortened_to_its_limits() -> None:
    written = " || ".join(f"^{number}.0.0" for number in range(40, 58))
    assert MAX_SHOWN < len(written) <= MAX_RANGE
    reading = read(written)
    assert reading
    assert reading.version == ">=40,<58"


@pytest.mark.parametrize("written", ["~1.2", "^8.1 | ~7.4", "1.0.*||2.0.*", ">=1.0 <1.1 || >=1.2"])
def test_the_rule_reads_the_result(written: str) -> None:
    reading = read(written, syntax=Syntax.COMPOSER)
    assert reading
    assert ranges.parse(reading.version)
