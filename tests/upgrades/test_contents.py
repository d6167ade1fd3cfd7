"""The comparison that the bench of upgrades relies on."""

import re

import pytest

from techlist import __version__
from techlist.local.embedded import BASE_DIR
from tests.upgrades.contents import Contents, lost
from tests.upgrades.releases import RELEASES

BEFORE: Contents = {"techs_tech": {1: {"id": 1, "note": "Ask Ada."}, 2: {"id": 2, "note": ""}}}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (BEFORE, []),
        ({"techs_tech": {**BEFORE["techs_tech"], 3: {"id": 3, "note": "new"}}, "techs_new": {}}, []),
        ({"techs_tech": {key: row | {"owner": ""} for key, row in BEFORE["techs_tech"].items()}}, []),
        ({}, ["table techs_tech"]),
        ({"techs_tech": {1: {"id": 1, "note": "Ask Ada."}}}, ["row 2 of techs_tech: {'id': 2, 'note': ''}"]),
        (
            {"techs_tech": {1: {"id": 1, "note": ""}, 2: {"id": 2}}},
            ["techs_tech.note: 'Ask Ada.' became ''", "techs_tech.note: '' became 'nothing'"],
        ),
    ],
)
def test_every_loss_is_found(after: Contents, found: list[str]) -> None:
    assert [*lost(BEFORE, after, may_change=frozenset())] == found


def test_expected_changes_are_no_losses() -> None:
    after: Contents = {"techs_tech": {1: {"id": 1, "note": "x"}, 2: {"id": 2, "note": "y"}}}
    assert [*lost(BEFORE, after, may_change={"techs_tech.note"})] == []
    assert [*lost(BEFORE, {}, may_change={"techs_tech"})] == []


def test_every_release_is_upgraded() -> None:
    changelog = (BASE_DIR / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[([0-9.]+)\]", changelog, re.MULTILINE)
    assert {*released} - {__version__} == RELEASES.keys(), (
        "Add the last commit of the release to tests/upgrades/releases.py."
    )
