"""Formula injection: no exported cell can be executed."""

from typing import Any

import pytest

from techs.rules.csv_injection import defused, plain

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tx",
    "\rx",
]
HIDDEN = [
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b@x",
    '"=1',
    "'=1",
    ' "+1',
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("cell", FORMULAS + HIDDEN)
def test_a_formula_becomes_a_text(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Django 3.2", "C++", "a=b", "3.2", "user@host", "é", " ", "'"])
def test_a_text_stays_as_it_is(cell: str) -> None:
    assert defused(cell) == cell


@pytest.mark.parametrize("cell", [*FORMULAS, *HIDDEN, "", "Django 3.2", "C++", "'", "'quoted'"])
def test_what_was_defused_comes_back(cell: str) -> None:
    assert plain(defused(cell)) == cell


@pytest.mark.parametrize("cell", [-12, 0, -1.5, None, True])
def test_numbers_stay_numbers(cell: Any) -> None:
    assert defused(cell) is cell
