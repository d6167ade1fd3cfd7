"""requirements.txt pins the dependencies of pyproject.toml, and nothing that pyproject.toml no longer names."""

import tomllib
from collections.abc import Iterator
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from techlist.local.embedded import BASE_DIR

PROJECT = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
DECLARED = [
    Requirement(line)
    for line in chain(
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    )
]


def pins() -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each pin, with the comments below it that name what needs it."""
    needed_by: list[str] = []
    for line in (BASE_DIR / "requirements.txt").read_text().splitlines():
        if line.startswith(" "):
            needed_by.append(line.strip(" #"))
        elif not line.startswith("#"):
            needed_by = []
            yield Requirement(line), needed_by


PINS = list(pins())


@pytest.mark.parametrize("declared", DECLARED, ids=str)
def test_every_dependency_is_pinned(declared: Requirement) -> None:
    name = canonicalize_name(declared.name)
    found = [pinned for pinned, _ in PINS if canonicalize_name(pinned.name) == name]
    assert found
    for pinned in found:
        (exact,) = pinned.specifier
        assert exact.operator == "=="
        assert declared.specifier.contains(exact.version, prereleases=True)


def test_nothing_is_pinned_that_was_dropped() -> None:
    ours = {canonicalize_name(pinned.name) for pinned, why in PINS if "techlist (pyproject.toml" in " ".join(why)}
    assert ours == {canonicalize_name(declared.name) for declared in DECLARED}


def test_every_package_is_needed_by_one_that_is_pinned() -> None:
    names = {canonicalize_name(pinned.name) for pinned, _ in PINS}
    for pinned, why in PINS:
        users = {canonicalize_name(user) for line in why if (user := line.removeprefix("via").strip().split(" (")[0])}
        assert users, pinned
        assert users - {"techlist"} <= names, pinned
