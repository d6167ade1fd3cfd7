"""Snapshots of files: the row of each technology, versions in order, and the difference of two snapshots."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techs.lifecycles import starter
from techs.rules import matching, snapshots
from techs.rules.name_index import NameIndex
from techs.rules.products import Outcome
from techs.rules.snapshots import Move, Seen, Sighting, diff, moves, needs_confirmation

INDEX = NameIndex.build(starter.read_starter())


def cycle_of(text: str) -> tuple[str, str]:
    match = matching.find(text, INDEX)
    is_exact = match.outcome is Outcome.MATCHED and match.cycle
    return (match.product.slug if match.product else "", match.cycle.name if is_exact and match.cycle else "")


def place(text: str) -> Sighting:
    return snapshots.place(text, matching.find(text, INDEX), find_cycle=cycle_of)


@pytest.mark.parametrize(
    ("text", "row", "cycle"),
    [
        ("Django 3.2.25", "Django 3.2", "3.2"),
        ("django 3.2", "Django 3.2", "3.2"),
        ("Node 20", "Node.js 20", "20"),
        ("Django >=3.2,<4", "Django >=3.2,<4", ""),
        ("Django", "Django", ""),
        ("Django 77.1", "Django 77.1", ""),
        ("Our billing engine", "Our billing engine", ""),
        ("Our engine 1.2.3", "Our engine 1.2.3", ""),
    ],
)
def test_the_row_of_a_text(text: str, row: str, cycle: str) -> None:
    placed = place(text)
    assert (placed.name, placed.cycle) == (row, cycle)
    assert placed.is_exact is (bool(cycle) or row == "Django 77.1")
    assert placed.is_range is (">=" in text)


def test_every_release_cycle_has_a_row_of_its_own() -> None:
    rows: dict[str, tuple[str, str]] = {}
    for product in starter.read_starter().products.values():
        for cycle in product.cycles:
            placed = place(f"{product.title} {cycle.name}")
            assert (placed.product, placed.cycle) == (product.slug, cycle.name)
            assert rows.setdefault(placed.key, (product.slug, cycle.name)) == (product.slug, cycle.name)


VERSIONS = st.lists(st.sampled_from(["3.2", "3.2.1", "3.10", "4.0rc1", "4.0", ""]), max_size=3)
SEEN = st.builds(
    lambda name, versions: Seen(name=name, product="", versions=snapshots.united(versions)),
    st.sampled_from(["a", "b", "c"]),
    VERSIONS,
)
SNAPSHOT = st.dictionaries(st.integers(0, 30).map(str), SEEN, max_size=30)


@settings(derandomize=True, max_examples=2000)
@given(SNAPSHOT, SNAPSHOT)
def test_the_difference_is_that_of_the_sets(before: dict[str, Seen], after: dict[str, Seen]) -> None:
    check(before, after)


def test_ten_thousand_random_pairs() -> None:
    chance = random.Random(20261128)  # noqa: S311  data, no secret
    for _ in range(10_000):
        check(random_snapshot(chance), random_snapshot(chance))


def random_snapshot(chance: random.Random) -> dict[str, Seen]:
    keys = chance.sample(range(40), chance.randrange(40))
    return {str(key): Seen(name=f"n{key}", product=f"p{key % 7}", versions=(str(chance.randrange(3)),)) for key in keys}


def versions(snapshot: dict[str, Seen]) -> dict[str, tuple[str, ...]]:
    return {key: each.versions for key, each in snapshot.items()}


def check(before: dict[str, Seen], after: dict[str, Seen]) -> None:
    """Compare with the differences of the sets of keys, and apply the difference."""
    found = diff(before, after)
    assert found.entered.keys() == after.keys() - before.keys()
    assert found.left.keys() == before.keys() - after.keys()
    applied = {key: seen for key, seen in before.items() if key not in found.left} | dict(found.entered)
    applied |= {key: seen for key, (_, seen) in found.changed.items()}
    assert versions(applied) == versions(after)
    shared = before.keys() & after.keys()
    assert found.unchanged + len(found.changed) == len(shared)
    assert found.is_empty is (versions(before) == versions(after))
    back = diff(after, before)
    assert (back.entered.keys(), back.left.keys()) == (found.left.keys(), found.entered.keys())


def seen(name: str, *versions: str, product: str = "django") -> Seen:
    return Seen(name=name, product=product, versions=versions)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([seen("Django 3.2", "3.2.25")], [seen("Django 5.2", "5.2.1")], [Move("Django", "3.2.25", "5.2.1")]),
        ([seen("Django 3.2", "3.2.1")], [seen("Django 3.2", "3.2.2")], [Move("Django", "3.2.1", "3.2.2")]),
        ([seen("Django 3.2", "3.2")], [seen("Django 4.2", "4.2"), seen("Django 5.2", "5.2")], []),
        ([seen("Django 3.2", "3.2")], [], []),
        ([], [seen("Django 3.2", "3.2")], []),
        ([seen("Django 3.2", "3.2.1")], [seen("Django 3.2", "3.2.1", "3.2.2")], []),
        ([seen("Django", product="django")], [seen("Django 3.2", "3.2")], []),
        ([seen("lodash", "1", "2", product="")], [seen("lodash", "2", "3", product="")], [Move("lodash", "1", "3")]),
        ([seen("Our 1.2", "1.2", product="")], [seen("Our 1.3", "1.3", product="")], [Move("Our", "1.2", "1.3")]),
    ],
)
def test_one_version_for_another(before: list[Seen], after: list[Seen], expected: list[Move]) -> None:
    assert moves(diff({each.name: each for each in before}, {each.name: each for each in after})) == expected


def test_versions_are_in_order() -> None:
    assert snapshots.united(["3.10", "3.9"], ["3.9", "3.9rc1", "3"]) == ("3", "3.9rc1", "3.9", "3.10")
    assert snapshots.lowest_exact(["^3.1", "3.10.2", "3.9.1", "3"]) == "3.9.1"
    assert snapshots.lowest_exact(["^3.1", ""]) == ""


@pytest.mark.parametrize(
    ("removes", "of", "left", "needed"),
    [
        (0, 0, 0, False),
        (0, 5, 5, False),
        (1, 1, 0, True),
        (20, 20, 1, False),
        (21, 40, 19, True),
        (21, 42, 21, False),
        (22, 42, 20, True),
        (500, 10_000, 9_500, False),
    ],
)
def test_which_removals_need_a_confirmation(removes: int, of: int, left: int, *, needed: bool) -> None:
    assert needs_confirmation(removes=removes, of=of, left=left) is needed
