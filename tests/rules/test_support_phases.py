"""techs.rules.support_phases: the phases of a release cycle, and the cycles to show around a team's own."""

from datetime import date
from typing import Any

import pytest

from techs.rules.products import ProductFacts, ReleaseCycle
from techs.rules.support_phases import Phase, Place, Span, cycles_around, phases_of

TODAY = date(2026, 11, 29)
BEGIN, ACTIVE, END, LATER = date(2024, 1, 1), date(2025, 1, 1), date(2027, 1, 1), date(2029, 1, 1)
PAST = date(2026, 1, 1)


def cycle(name: str = "1", eol: Any = END, **values: Any) -> ReleaseCycle:
    return ReleaseCycle(**{"name": name, "released": BEGIN, "eol": eol} | values)


def product(*cycles: ReleaseCycle, slug: str = "acme") -> ProductFacts:
    return ProductFacts(slug=slug, title="Acme", url="", facts_as_of=TODAY, cycles=cycles)


def around(cycles: list[ReleaseCycle], *, most: int = 9, **place: Any) -> tuple[list[str], int]:
    shown, more = cycles_around(product(*cycles), Place(**place), today=TODAY, most=most)
    return [each.name for each in shown], more


@pytest.mark.parametrize(
    ("found", "phases"),
    [
        (cycle(), [("full", BEGIN, END)]),
        (cycle(released=None), [("full", None, END)]),
        (cycle(eol=False), [("full", BEGIN, None)]),
        (cycle(eol=True, active_support=ACTIVE, extended_support=LATER), []),
        (cycle(active_support=ACTIVE), [("full", BEGIN, ACTIVE), ("security", ACTIVE, END)]),
        (cycle(eol=False, active_support=ACTIVE), [("full", BEGIN, ACTIVE), ("security", ACTIVE, None)]),
        (cycle(active_support=END), [("full", BEGIN, END)]),
        (cycle(active_support=LATER), [("full", BEGIN, END)]),
        (cycle(active_support=True), [("security", BEGIN, END)]),
        (cycle(active_support=False), [("full", BEGIN, END)]),
        (cycle(active_support=BEGIN), [("security", BEGIN, END)]),
        (cycle(extended_support=LATER), [("full", BEGIN, END), ("extended", END, LATER)]),
        (cycle(extended_support=False), [("full", BEGIN, END), ("extended", END, None)]),
        (cycle(extended_support=True), [("full", BEGIN, END)]),
        (cycle(extended_support=ACTIVE), [("full", BEGIN, END)]),
        (cycle(eol=False, extended_support=LATER), [("full", BEGIN, None)]),
        (cycle(eol=BEGIN), []),
    ],
)
def test_phases(found: ReleaseCycle, phases: list[tuple[str, date | None, date | None]]) -> None:
    assert phases_of(found) == tuple(Span(Phase(phase), start, end) for phase, start, end in phases)


def test_supported_cycles_and_the_own_one_in_the_order_of_the_product() -> None:
    cycles = [cycle("5"), cycle("4", eol=False), cycle("3", eol=PAST), cycle("2", eol=True), cycle("1", eol=PAST)]
    assert around(cycles) == (["5", "4"], 0)
    assert around(cycles, own="2", target="5") == (["5", "4", "2"], 0)
    assert around(cycles, own="unknown") == (["5", "4"], 0)


def test_cycles_that_are_not_out_yet_are_no_choice() -> None:
    assert around([cycle("6", released=LATER, eol=False), cycle("5")]) == (["5"], 0)


def test_a_product_without_supported_cycles_has_only_the_own_one() -> None:
    assert around([cycle("2", eol=PAST), cycle("1", eol=True)], own="1") == (["1"], 0)
    assert around([cycle("2", eol=PAST)]) == ([], 0)


def test_extended_support_counts_for_teams_that_have_it() -> None:
    cycles = [cycle("2"), cycle("1", eol=PAST, extended_support=LATER), cycle("0", eol=PAST, extended_support=ACTIVE)]
    assert around(cycles) == (["2"], 0)
    assert around(cycles, extended=True) == (["2", "1"], 0)


def test_other_kinds_and_editions_are_no_choice() -> None:
    assert around([cycle("python3.14"), cycle("nodejs24"), cycle("nodejs18", eol=PAST)], own="nodejs18") == (
        ["nodejs24", "nodejs18"],
        0,
    )
    windows = product(cycle("11-25h2-e"), cycle("11-25h2-w"), cycle("10-22h2-w", eol=PAST), slug="windows")
    shown, _ = cycles_around(windows, Place(own="10-22h2-w"), today=TODAY, most=9)
    assert [each.name for each in shown] == ["11-25h2-w", "10-22h2-w"]


def test_of_many_the_first_remain_with_own_and_target() -> None:
    cycles = [cycle(str(number)) for number in range(20, 0, -1)]
    assert around(cycles, own="3", target="5", most=4) == (["20", "19", "5", "3"], 16)
