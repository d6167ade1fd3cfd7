"""Ranges of npm, Ruby, Maven and NuGet compared with univers, a library that knows their native syntax.

It is compared only where it is right: it misreads alternatives that overlap, and "2.2 - 2.2". Here, a limit stands for
a whole release cycle, so versions equal to a limit are left out.
"""

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from univers.version_range import GemVersionRange, MavenVersionRange, NpmVersionRange, NugetVersionRange, VersionRange
from univers.versions import MavenVersion, NugetVersion, RubygemsVersion, SemverVersion, Version

from techs.rules import ranges

RANGES = 3_000 if os.environ.get("FUZZ_FULL") else 300
SEED = 20261122
VERSIONS = [f"{major}.{minor}.{patch}" for major in range(8) for minor in range(0, 7, 2) for patch in (1, 5)]


NUMBERS = [f"{major}.{minor}.{patch}" for major in range(7) for minor in range(7) for patch in range(7)]


def npm(chance: random.Random) -> str:
    first, second = sorted(chance.sample(NUMBERS, 2))
    forms = [f"^{first}", f"~{first}", f"{first[:3]}.x", f"{first[0]}.x", f"{first} - {second}", f">={first} <{second}"]
    return chance.choice([*forms, f"<={first}"])


def gem(chance: random.Random) -> str:
    first, second = sorted(chance.sample(NUMBERS, 2))
    return chance.choice([f"~> {first}", f"~> {first[:3]}", f">= {first}, < {second}", f"> {first}", f"<= {first}"])


def interval(chance: random.Random) -> str:
    first, second = sorted(chance.sample(NUMBERS, 2))
    alone = [f"[{first},{second})", f"[{first},{second}]", f"(,{second}]", f"[{first},)", f"({first},{second})"]
    return chance.choice([*alone, f"(,{first}],[{second},)"])


def allows(versions: ranges.VersionRange, version: str) -> bool:
    exact = ranges.within(tuple(map(int, version.split("."))))
    return any(each.meets(exact) for each in versions.intervals)


def differences(
    chance: random.Random, write: Callable[[random.Random], str], native: type[VersionRange], kind: type[Version]
) -> Iterator[str]:
    for _ in range(RANGES):
        text = write(chance)
        versions = ranges.parse(text)
        expected: Any = native.from_native(text)  # type: ignore[no-untyped-call]  # the library has half its types
        assert versions, text
        for version in VERSIONS:
            if version not in text and allows(versions, version) is not (kind(version) in expected):
                yield f"{text} and {version}"


@pytest.mark.parametrize(
    ("write", "native", "kind"),
    [
        (npm, NpmVersionRange, SemverVersion),
        (gem, GemVersionRange, RubygemsVersion),
        (interval, MavenVersionRange, MavenVersion),
        (interval, NugetVersionRange, NugetVersion),
    ],
    ids=["npm", "Ruby", "Maven", "NuGet"],
)
def test_univers_agrees(write: Callable[[random.Random], str], native: type[VersionRange], kind: type[Version]) -> None:
    chance = random.Random(SEED)  # noqa: S311  a repeatable choice, no secret
    assert not list(differences(chance, write, native, kind))
