"""techs.rules.overrides: the words of a level override, of which one to low accepts the risk."""

from datetime import date

import pytest

from techs.rules.overrides import is_accepted, reason_text, shown_level

UNTIL = date(2027, 2, 1)
TODAY = date(2027, 1, 31)


@pytest.mark.parametrize(
    ("level", "note", "text"),
    [
        ("low", "Isolated.", "Risk accepted until 2027-02-01. Isolated."),
        ("high", "Soon.", "Set to high by hand, until the review on 2027-02-01. Soon."),
        ("critical", "", "Set to critical by hand, until the review on 2027-02-01."),
    ],
)
def test_reason(level: str, note: str, text: str) -> None:
    assert reason_text(level, until=UNTIL, note=note) == text


@pytest.mark.parametrize(
    ("level", "reason", "shown"),
    [
        ("low", reason_text("low", until=UNTIL, note=""), "accepted"),
        ("low", "Set to low by hand, until the review on 2027-02-01. Worded so up to 0.3.0.", "accepted"),
        ("low", "Django 5.2: support ends on 2028-04-30.", "low"),
        ("high", reason_text("high", until=UNTIL, note=""), "high"),
    ],
)
def test_level_of_a_change(level: str, reason: str, shown: str) -> None:
    assert shown_level(level, reason) == shown


@pytest.mark.parametrize(
    ("level", "review_on", "expected"),
    [
        ("low", UNTIL, True),
        ("low", TODAY, False),
        ("low", None, False),
        ("high", UNTIL, False),
        ("", None, False),
    ],
)
def test_accepted_risks(level: str, review_on: date | None, *, expected: bool) -> None:
    assert is_accepted(level, review_on, today=TODAY) is expected
