"""Which ends of support count as changed between two versions of the lifecycle data, and their descriptions."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from techs.rules.end_dates import EndField, compare, describe
from techs.rules.findings import has_ended
from techs.rules.products import EndOfSupport, ProductFacts, ReleaseCycle
from tests.support.snapshots import SNAPSHOTS, snapshot

FIRST, SECOND = date(2028, 4, 1), date(2028, 4, 30)


def product(*cycles: ReleaseCycle, slug: str = "django") -> dict[str, ProductFacts]:
    url = f"https://endoflife.date/{slug}"
    return {slug: ProductFacts(slug=slug, title="Django", url=url, facts_as_of=date(2026, 1, 1), cycles=cycles)}


CYCLE = ReleaseCycle(name="5.2", released=None, eol=FIRST)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (FIRST, SECOND, "moved from 2028-04-01 to 2028-04-30"),
        (SECOND, FIRST, "moved from 2028-04-30 to 2028-04-01"),
        (False, FIRST, "set to 2028-04-01; none was announced before"),
        (None, FIRST, "set to 2028-04-01; none was announced before"),
        (True, FIRST, "set to 2028-04-01; the day was unknown before"),
        (FIRST, False, "on 2028-04-01 was withdrawn"),
        (FIRST, None, "on 2028-04-01 was withdrawn"),
        (FIRST, True, "has passed on an unknown day; it was 2028-04-01 before"),
        (False, True, "has passed on an unknown day"),
        (True, False, "was withdrawn; it had passed before"),
        (FIRST, FIRST, ""),
        (True, True, ""),
        (None, False, ""),
        (False, None, ""),
    ],
)
def test_each_state_of_each_field(before: EndOfSupport, after: EndOfSupport, words: str) -> None:
    names = {"eol": "end of support", "active_support": "end of active support"}
    for field, name in (names | {"extended_support": "end of extended support"}).items():
        if field == "eol" and None in (before, after):
            continue
        old, new = (product(replace(CYCLE, **cast(Any, {field: end}))) for end in (before, after))
        found = [describe(change.field, before=change.before, after=change.after) for change in compare(old, new)]
        assert found == ([f"{name} {words}"] if words else [])


def test_a_change_names_product_and_cycle() -> None:
    (change,) = compare(product(CYCLE), product(replace(CYCLE, eol=SECOND, label="5.2 (LTS)")))
    assert (change.product, change.cycle, change.title, change.field) == (
        *("django", "5.2", "Django 5.2 (LTS)"),
        EndField.END_OF_LIFE,
    )
    assert describe(change.field, before=change.before, after=change.after, cycle=change.title) == (
        "end of support of Django 5.2 (LTS) moved from 2028-04-01 to 2028-04-30"
    )


def test_only_common_cycles_and_only_ends_count() -> None:
    other = replace(CYCLE, name="4.2")
    assert not list(compare(product(CYCLE), product(CYCLE, replace(other, eol=SECOND))))
    assert not list(compare(product(CYCLE, other), product(CYCLE)))
    assert not list(compare(product(CYCLE), product(replace(CYCLE, eol=SECOND), slug="flask")))
    assert not list(compare(product(CYCLE), product(replace(CYCLE, latest="5.2.9", is_lts=True))))


def test_a_year_of_changes() -> None:
    """The snapshots' description counts 135 moved, 225 first and 28 lost dates among cycles that had not ended.

    The documents themselves have 224 first dates, and six of the 28 lost ones had passed.
    """
    before, after = (snapshot(name) for name in SNAPSHOTS)
    alive = {
        (slug, cycle.name)
        for slug, product in before.products.items()
        for cycle in product.cycles
        if not has_ended(cycle, today=before.as_of)
    }
    kinds: Counter[tuple[bool, str]] = Counter()
    for change in compare(before.products, after.products):
        if change.field is EndField.END_OF_LIFE:
            dates = tuple("date" if end[0].isdecimal() else end for end in (change.before, change.after))
            kinds[(change.product, change.cycle) in alive, " ".join(dates)] += 1
    assert kinds == {
        (True, "date date"): 135,
        (True, "none date"): 224,
        (True, "date none"): 22,
        (True, "none ended"): 3,
        (False, "date date"): 100,
        (False, "date none"): 6,
        (False, "ended date"): 29,
    }
