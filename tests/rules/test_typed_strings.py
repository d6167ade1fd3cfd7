"""Texts as people type, paste and copy them, on the whole document of endoflife.date where it is present."""

import pytest

from techs.rules.curated_names import NOT_TYPOS
from techs.rules.matching import find
from techs.rules.name_index import NameIndex
from techs.rules.products import Match, Outcome
from tests.support.pasted_strings import EVERYTHING as PASTED
from tests.support.pasted_strings import OTHER_THINGS
from tests.support.snapshots import SNAPSHOTS, snapshot
from tests.support.typed_catalogue import EACH_PRODUCT, NONE
from tests.support.typed_inventory import APART
from tests.support.typed_strings import EVERYTHING as TYPED
from tests.support.typed_strings import NOT_A_PRODUCT

EVERYTHING = {**TYPED, **PASTED, **EACH_PRODUCT, **NONE}
OPEN = {Outcome.CANDIDATES: "*", Outcome.RELEASE_UNKNOWN: "?"}


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(snapshot(SNAPSHOTS[-1]))


def meaning(text: str, index: NameIndex) -> str:
    match = find(text, index)
    if match.parts:
        return " | ".join(said(find(part, index)) for part in match.parts)
    return said(match)


def said(match: Match) -> str:
    if match.product is None:
        return ""
    return f"{match.product.slug} {match.cycle.name if match.cycle else OPEN[match.outcome]}"


def test_what_people_type(index: NameIndex) -> None:
    wrong = {text: got for text, expected in EVERYTHING.items() if (got := meaning(text, index)) != expected}
    assert wrong == {}


@pytest.mark.parametrize("wrapping", ["{}", "  {} ", "- {}", "{}."])
def test_decoration_changes_nothing(index: NameIndex, wrapping: str) -> None:
    texts = [text for text in EVERYTHING if text[0].isalnum() and text[-1].isalnum() and " " in text]
    wrong = {text: got for text in texts if (got := meaning(wrapping.format(text), index)) != EVERYTHING[text]}
    assert wrong == {}


def test_case_changes_nothing(index: NameIndex) -> None:
    texts = [text for text in EVERYTHING if "pkg:" not in text and "/" not in text]
    changed = {text: got for text in texts if (got := meaning(text.lower(), index)) != EVERYTHING[text]}
    assert changed == {}


def test_suggestions_never_lead_from_one_thing_to_another(index: NameIndex) -> None:
    """A suggestion with a version would carry the number of a library onto a product."""
    offered = {
        text: suggested
        for text in (*NOT_A_PRODUCT, *OTHER_THINGS, *APART, *NONE)
        if len(suggested := find(text, index).suggestions) == 1
    }
    assert {text: suggested for text, suggested in offered.items() if suggested[0][-1].isdecimal()} == {}


@pytest.mark.parametrize("name", sorted(NOT_TYPOS))
def test_another_technology_is_no_typo_of_a_product(index: NameIndex, name: str) -> None:
    offered = [suggested for number in range(1, 30) for suggested in find(f"{name} {number}.0", index).suggestions]
    assert [suggested for suggested in offered if suggested[-1].isdecimal()] == []
